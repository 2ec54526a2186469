/**
 * What the examples compile to, host by host, as JSON that a reviewer can read. After a change that is meant:
 * `UPDATE_GOLDENS=1 npx vitest run packages/core/planner`, and look at the difference.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { hostStateSchema } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { compiled, mustParse } from "./testing/plan-options.ts";
import { serviceDocument } from "./testing/service-rule-cases.ts";
import { validate } from "./validate.ts";

const examples = path.join(import.meta.dirname, "../../../../examples");
const goldens = path.join(import.meta.dirname, "goldens");

const texts = [
  ...["default-lab", "minimal", "spanning", "two-controllers", "quorum-device", "five-controllers", "failover"].map((name) => ({
    name,
    text: readFileSync(path.join(examples, `${name}.yaml`), "utf8"),
  })),
  // Two racks with anycast and roaming VIPs, OSPF in the one and BGP in the other.
  { name: "services", text: serviceDocument },
];

describe.each(texts)("$name", ({ name, text }) => {
  const document = mustParse(text);

  test("has no fault", () => {
    expect(validate(document)).toEqual([]);
  });

  test("compiles to its golden", () => {
    const states = Object.fromEntries(compiled(document));
    const file = path.join(goldens, `${name}.json`);
    if (process.env.UPDATE_GOLDENS !== undefined) writeFileSync(file, `${JSON.stringify(states, null, 2)}\n`);
    const golden = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    expect(states).toEqual(golden);
    for (const state of Object.values(golden)) expect(hostStateSchema.parse(state)).toEqual(state);
  });
});
