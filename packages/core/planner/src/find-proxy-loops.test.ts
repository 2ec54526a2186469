import type { ClusterDocument, VipSpec } from "@rackway/schema";
import { expect, test } from "vitest";

import { findProxyLoops } from "./find-proxy-loops.ts";

/** VIPs by number, each with the backends of its frontends by port; VIP n has the addresses 10.77.0.n and fd00:77::n. */
function loops(...vips: Readonly<Record<number, readonly string[]>>[]): string[] {
  const spec = vips.map((ports, index) => ({
    name: `v${index}`,
    proxy: { frontends: Object.entries(ports).map(([port, backends]) => ({ port: Number(port), backends })) },
  }));
  const document = { spec: { vips: spec } } as unknown as ClusterDocument;
  const addressesOf = ({ name }: VipSpec): string[] => [`10.77.0.${name.slice(1)}`, `fd00:77::${name.slice(1)}`];
  return findProxyLoops(document, addressesOf).map(({ vip, owner, path }) => `${vip} ${owner} ${path.slice(2).join(".")}`);
}

test("a proxy asks neither itself nor another that asks it, in either family; every backend on the way is named", () => {
  expect(loops({ 80: ["10.0.2.21:80", "10.77.0.0:443"], 443: ["10.0.2.21:443"] })).toEqual(["v0 v0 0.proxy.frontends.0.backends.1"]);
  expect(loops({ 80: ["10.77.0.1:80"] }, { 80: ["[fd00:77::2]:80"] }, { 80: ["10.77.0.0:80"] })).toHaveLength(3);
});

test("VIPs that wait for each other by other ports would both never be announced", () => {
  expect(loops({ 80: ["10.77.0.1:80"], 443: ["10.0.2.21:443"] }, { 80: ["10.0.2.21:80"], 443: ["10.77.0.0:443"] })).toHaveLength(2);
});

test("a chain that ends is none, nor is a port that is no frontend", () => {
  expect(loops({ 80: ["10.77.0.1:80"] }, { 80: ["10.0.2.21:80"] })).toEqual([]);
  expect(loops({ 80: ["10.77.0.0:8080"] })).toEqual([]);
});
