import type { HostState } from "@rackway/schema";
import { expect, test } from "vitest";

import { readHostState } from "./received-state.ts";
import { hostState, pacemakerState } from "./testing.ts";

/** Something in every list, so that every text is tried. */
const fencing = [{ agent: "fence_ipmilan", parameters: { ip: "192.0.2.9", login: "a b" }, hosts: ["ctl-a1"] }];
const inbound = [{ family: 4 as const, to: "10.10.1.21", protocol: "tcp" as const, ports: ["8000-8080"] }];
const full: HostState = hostState("ctl-a1", {
  bridges: [
    { network: "public", name: "br-ex", driver: "linux", port: "eth1", mtu: 1500, vlan: 4, addresses: ["203.0.113.11/25", "fd00::1/64"] },
  ],
  sysctls: [{ key: "net.ipv4.ip_forward", value: "1" }],
  defaultRoutes: [{ family: 6, via: "fe80::1", device: "br-ex", metric: 20 }],
  routes: [{ family: 4, to: "10.10.2.0/24", via: "10.10.1.1", device: "br-mgmt", metric: 20 }],
  hostRouters: [
    {
      name: "vr-b",
      management: { bridge: "br-mgmt", cidrs: ["10.10.2.0/24"] },
      public: { bridge: "br-ex", addresses: ["203.0.113.139/25"] },
      nat: { ipv4: "snat", ipv6: "routed" },
      inbound,
    },
  ],
  pacemaker: { ...pacemakerState(), fencing, routers: pacemakerState().routers.map((router) => ({ ...router, inbound })) },
});

/** Each text of a value with what it would be with `ending` after it. */
function spoilt(value: unknown, ending: string): { readonly at: string; readonly value: unknown }[] {
  if (typeof value === "string") return [{ at: "", value: value + ending }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    spoilt(item, ending).map(({ at, value: changed }) => {
      const others: readonly unknown[] | null = Array.isArray(value) ? value : null;
      return { at: `.${key}${at}`, value: others?.with(Number(key), changed) ?? { ...value, [key]: changed } };
    }),
  );
}

test("a whole state is taken", () => {
  expect(readHostState(full, "ctl-a1")).toEqual({ ok: true, state: full });
});

test.each(["\n", '" accept; }', "\u0000", "\r\nnetns exec x sh"])("no text of it can end a word and begin a command: %j", (ending) => {
  const all = spoilt(full, ending);
  expect(all.length).toBeGreaterThan(60);
  // The options of fence agents are text of one line.
  const taken = all.filter(({ value }) => readHostState(value, "ctl-a1").ok).map(({ at }) => at);
  expect(taken.filter((at) => !at.startsWith(".pacemaker.fencing.0.parameters."))).toEqual([]);
  if (/\p{Cc}/u.test(ending)) expect(taken).toEqual([]);
});

test("another host's state is not taken", () => {
  expect(readHostState(full, "ctl-a2")).toEqual({ ok: false, reason: "the token is that of ctl-a1, and this host is ctl-a2" });
});
