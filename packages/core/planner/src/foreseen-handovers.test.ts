import { describe, expect, test } from "vitest";

import { planRevision } from "./plan-revision.ts";
import { failoverDocument } from "./testing/failover-rule-cases.ts";
import { mustParse, planOptions, reservationsOf } from "./testing/plan-options.ts";
import { editDocument } from "./testing/rule-cases.ts";
import type { Edit } from "./testing/rule-cases.ts";

/** What a plan of the edited document warns of, against the failover document as the current revision. */
function warnings(...edits: Edit[]) {
  const current = mustParse(failoverDocument);
  const document = mustParse(editDocument(edits, failoverDocument));
  const planned = planRevision({
    ...planOptions(document),
    document,
    current: { revision: 1, document: current, reservations: reservationsOf(current) },
    isCommitted: false,
  });
  if (!planned.ok) throw new Error(planned.issues.map(({ message }) => message).join("; "));
  return planned.warnings.filter(({ code }) => code === "owner-unordered" || code === "host-renamed");
}

const outside = "name: outside, mode: failover, rack: rack-a, network: public, address: { ipv4: auto }, namespace: haproxy";
const ctl = 'name: ctl-a3, rack: rack-a, role: controller, addresses: { management: [10.0.1.13, "fd00:1::13"] }';

describe("an address with one owner, on its way to another resource", () => {
  test("is told of where the VIP's group, or its namespace, becomes another one", () => {
    expect(warnings([outside, `${outside}, group: inside`])).toMatchObject([
      {
        severity: "warning",
        code: "owner-unordered",
        path: "spec.vips[1]",
        message: expect.stringMatching(
          /^192\.0\.2\.\d+ goes from group outside of namespace haproxy to group inside of namespace haproxy:/,
        ) as string,
      },
    ]);
    expect(warnings([outside, outside.replace("namespace: haproxy", "namespace: other")]).map(({ message }) => message)).toEqual([
      expect.stringMatching(/ goes from group outside of namespace haproxy to group outside of namespace other:/),
    ]);
  });

  test("is told of where a VIP with a chosen address gets another name, and that address alone", () => {
    const found = warnings(["name: inside", "name: inner"], ["ipv4: 10.0.1.200, ipv6: auto", "ipv4: 10.0.1.200"]);
    expect(found.map(({ code, message }) => `${code} ${message.split(":", 1)[0]}`)).toEqual([
      "owner-unordered 10.0.1.200 goes from group inside of namespace haproxy to group inner of namespace haproxy",
    ]);
  });

  test("is not told of where the VIP stays what it is, gets another address, comes or goes", () => {
    expect(warnings()).toEqual([]);
    expect(warnings(["ipv4: 10.0.1.200, ipv6: auto", "ipv4: 10.0.1.201, ipv6: auto"])).toEqual([]);
    expect(warnings([`    - { ${outside} }\n`, ""])).toEqual([]);
  });
});

describe("a host that is taken for another one", () => {
  test("is one that comes with the address of one that goes", () => {
    expect(warnings([ctl, ctl.replace("ctl-a3", "ctl-a9")])).toMatchObject([
      { code: "host-renamed", path: "spec.hosts[2].name", message: expect.stringContaining("address 10.0.1.13 of ctl-a3") as string },
    ]);
  });

  test("is not one with addresses of its own, nor one that only gets another address", () => {
    expect(warnings([ctl, ctl.replace("ctl-a3", "ctl-a9").replace("10.0.1.13", "10.0.1.19").replace("::13", "::19")])).toEqual([]);
    expect(warnings([ctl, ctl.replace("10.0.1.13", "10.0.1.19")])).toEqual([]);
  });
});
