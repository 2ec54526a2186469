import type { ClusterDocument } from "@rackway/schema";
import { expect, it } from "vitest";

import { findLoops } from "./find-loops.ts";

/** Routers by name with their VIPs and whom they ask: upstreams, and local domains. */
type Net = Readonly<Record<string, { readonly asks: readonly string[]; readonly local?: Readonly<Record<string, readonly string[]>> }>>;

/** A router's VIP is `vip-` and its name. */
function loops(net: Net): string[] {
  const virtualRouters = Object.entries(net).map(([name, { asks, local = {} }]) => ({
    name,
    dns: { upstreams: asks, localDomains: Object.entries(local).map(([domain, servers]) => ({ name: domain, servers })) },
  }));
  return told({ virtualRouters, vips: [] });
}

/** Every router and service VIP has one address: `vip-` and its name. */
function told(spec: object): string[] {
  const addresses = ({ name }: { readonly name: string }): string[] => [`vip-${name}`];
  return findLoops({ spec } as unknown as ClusterDocument, { ofRouter: addresses, ofVip: addresses }).map(
    ({ router, owner, path }) => `${router} ${owner} ${path.slice(4).join(".")}`,
  );
}

it("service VIPs of one namespace are one name server: one that asks another's address asks itself, also by way of a router", () => {
  const vip = (name: string, namespace: string, asks: string) => ({ name, namespace, dns: { upstreams: [asks], localDomains: [] } });
  const router = { name: "r", dns: { upstreams: ["vip-a"], localDomains: [] } };
  expect(told({ virtualRouters: [], vips: [vip("a", "n", "vip-b"), vip("b", "n", "x")] })).toEqual(["a b upstreams.0"]);
  expect(told({ virtualRouters: [], vips: [vip("a", "n", "vip-b"), vip("b", "m", "x")] })).toEqual([]);
  expect(told({ virtualRouters: [router], vips: [vip("a", "n", "vip-r")] })).toEqual(["r a upstreams.0", "a r upstreams.0"]);
});

it("a router that asks itself, and routers that ask each other, go round", () => {
  expect(loops({ a: { asks: ["vip-a"] } })).toEqual(["a a upstreams.0"]);
  expect(loops({ a: { asks: ["x", "vip-b"] }, b: { asks: ["vip-c"] }, c: { asks: ["vip-a"] } })).toHaveLength(3);
});

it("a router that asks one that asks others goes round nowhere", () => {
  expect(loops({ a: { asks: ["vip-b"] }, b: { asks: ["x"] }, c: { asks: ["vip-b", "vip-a"] } })).toEqual([]);
});

it("a local domain goes its own way: what is sent to a router that knows better does not come back", () => {
  expect(loops({ a: { asks: ["x"], local: { "corp.example": ["vip-b"] } }, b: { asks: ["vip-a"] } })).toEqual([
    "a b localDomains.0.servers.0",
    "b a upstreams.0",
  ]);
  const knowing = { asks: ["vip-a"], local: { example: ["y"] } };
  expect(loops({ a: { asks: ["x"], local: { "corp.example": ["vip-b"] } }, b: knowing })).toEqual([]);
});
