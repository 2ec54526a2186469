import { catalogueParts } from "@rackway/errors";
import type { Issue } from "@rackway/errors";
import type { ClusterDocument } from "@rackway/schema";
import { parseDocument } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { failoverDocument, failoverRuleCases } from "./testing/failover-rule-cases.ts";
import { editDocument, ruleCases, soundDocument } from "./testing/rule-cases.ts";
import { roamingRouterDocument, roamingRouterRuleCases } from "./testing/roaming-router-rule-cases.ts";
import { serviceDocument, serviceRuleCases } from "./testing/service-rule-cases.ts";
import { validate } from "./validate.ts";

function parsed(text: string): ClusterDocument {
  const result = parseDocument([{ name: "sound.yaml", text }]);
  if (!result.ok) throw new Error(result.issues.map(({ message, line }) => `${line}: ${message}`).join("; "));
  return result.document;
}

function found(text: string): string[] {
  return validate(parsed(text)).map(({ code, path }) => `${code} ${path}`);
}

const cases = [
  ...ruleCases.map((item) => ({ item, sound: soundDocument })),
  ...serviceRuleCases.map((item) => ({ item, sound: serviceDocument })),
  ...failoverRuleCases.map((item) => ({ item, sound: failoverDocument })),
  ...roamingRouterRuleCases.map((item) => ({ item, sound: roamingRouterDocument })),
];

test.each([soundDocument, serviceDocument, failoverDocument, roamingRouterDocument])(
  "the sound documents have no issue, not even a warning",
  (sound) => {
    expect(validate(parsed(sound))).toEqual([]);
  },
);

describe.each(cases.map(({ item, sound }) => [item.code, item.about ?? "", item, sound] as const))(
  "%s %s",
  (_code, _about, item, sound) => {
    test("is found in the broken document, alone, at the field that causes it", () => {
      expect(found(editDocument(item.broken, sound))).toEqual([`${item.code} ${item.path}`]);
    });

    test("is not found in the nearest sound one", () => {
      expect(found(editDocument(item.nearest, sound))).toEqual([]);
    });

    test("says what is wrong in full words", () => {
      for (const { message, hint } of validate(parsed(editDocument(item.broken, sound)))) {
        expect(`${message} ${hint}`).not.toMatch(/[{}]|undefined|null|\[object/);
      }
    });
  },
);

test("every code of the catalogue has a broken document", () => {
  expect([...new Set(cases.map(({ item }) => item.code))].sort()).toEqual(Object.keys(catalogueParts.validation).sort());
});

test("all faults are reported at once, each once", () => {
  const independent = ["range-overlap", "inbound-ports", "fencing-secret", "interface-clash"];
  const edits = independent.flatMap((code) => ruleCases.find((item) => item.code === code)?.broken ?? []);
  const codes = validate(parsed(editDocument(edits))).map((item: Issue) => item.code);
  expect(codes.sort()).toEqual(independent.sort());
});

test("a host in an unknown rack is one fault, not one for everything that hangs on it", () => {
  const text = editDocument([["{ name: ctl-a2, rack: rack-a,", "{ name: ctl-a2, rack: nowhere,"]]);
  expect(found(text)).toEqual(["rack-unknown spec.hosts[1].rack", "two-controllers spec.pacemaker[0]"]);
});

test("a misspelt rack gets the name that was probably meant", () => {
  const text = editDocument([["{ name: node-b1, rack: rack-b,", "{ name: node-b1, rack: rakc-b,"]]);
  expect(validate(parsed(text))[0]?.hint).toBe('Racks of this document: rack-a, rack-b. Did you mean "rack-b"?');
});
