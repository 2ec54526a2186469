import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { renderFrrBatch } from "./frr-config.ts";
import { renderFrr } from "./render-frr.ts";
import { bgpState, debian12, keys, ospfState } from "./testing.ts";

const golden = (name: string): string => readFileSync(new URL(`goldens/${name}.conf`, import.meta.url), "utf8");

/** FRR's own checker reads the same goldens in tests/lab/routing.lab.test.ts. */
describe("the configuration", () => {
  test("of OSPF is the golden", () => {
    expect(renderFrrBatch(renderFrr(ospfState, keys, debian12))).toBe(golden("ospf"));
  });

  test("of BGP is the golden", () => {
    expect(renderFrrBatch(renderFrr(bgpState, keys, debian12))).toBe(golden("bgp"));
  });

  test("has BFD before its profile on an interface: FRR 8.4 makes no session otherwise", () => {
    const lines = renderFrr(ospfState, keys, debian12).map(({ text }) => text);
    expect(lines.indexOf("ip ospf bfd")).toBeLessThan(lines.indexOf("ip ospf bfd profile rw-bfd"));
    expect(lines.indexOf("ipv6 ospf6 bfd")).toBeLessThan(lines.indexOf("ipv6 ospf6 bfd profile rw-bfd"));
  });

  test("meets a neighbour only once all else on the interface is set", () => {
    const lines = renderFrr(ospfState, keys, debian12).filter(({ context }) => context[0] === "interface e0");
    expect(lines.findLast(({ text }) => text.startsWith("ip "))?.text).toBe("ip ospf area 0.0.0.0");
    expect(lines.at(-1)?.text).toBe("ipv6 ospf6 area 0.0.0.0");
  });

  test("speaks in the families that it is told to alone", () => {
    const text = renderFrrBatch(renderFrr({ ...ospfState, families: [4] }, keys, debian12));
    expect(text).not.toMatch(/ospf6|ipv6/);
    const six = renderFrrBatch(renderFrr({ ...bgpState, families: [6] }, keys, debian12));
    expect(six).toMatch(/ address-family ipv4 unicast\n(  no neighbor \S+ activate\n){3} exit-address-family\n/);
    expect(six).not.toContain("rw-announce-4");
  });

  test("with IPv4 not activated by default activates it where it is spoken", () => {
    const text = renderFrr(bgpState, keys, { ...debian12, bgpActivatesIpv4: true });
    const line = text.find((entry) => entry.text === "neighbor 10.20.1.1 activate");
    expect(line).toMatchObject({ isDefault: false, context: ["router bgp 65001", "address-family ipv4 unicast"] });
  });
});
