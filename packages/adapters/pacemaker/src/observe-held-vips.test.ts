import type { CommandRunner } from "@rackway/linux";
import type { AnycastState } from "@rackway/schema";
import { expect, it } from "vitest";

import { observeHeldVips } from "./observe-held-vips.ts";

/** Answers of iproute2 6.1. */
const link = (flags: readonly string[], entries: readonly object[]): string =>
  JSON.stringify([{ ifindex: 3, link_index: 4, ifname: "rw-vip", flags, mtu: 1500, addr_info: entries }]);
const up = ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"];
const inet = (local: string) => ({ family: "inet", local, prefixlen: 32, scope: "global", label: "rw-vip" });
const inet6 = (local: string, more: object = { nodad: true }) => ({ family: "inet6", local, prefixlen: 128, scope: "global", ...more });
const route = (dst: string, gateway: string, dev = "rw-any") => ({ dst, gateway, dev, protocol: "82", flags: [] });

const namespace = (name: string, index: number): AnycastState["namespaces"][number] => ({
  name,
  netns: `rw-${name}`,
  existing: false,
  index,
  linkIpv4: `169.254.64.${index + 1}`,
  linkIpv6: `fd72:6b77:616e::${index + 1}`,
  vips: [
    { name: `${name}-4`, family: 4, address: `10.77.${index}.5`, mode: "anycast" },
    { name: `${name}-6`, family: 6, address: `fd00:77::${index}:5`, mode: "anycast" },
  ],
});

const anycast = (...namespaces: AnycastState["namespaces"]): AnycastState => ({
  bridge: "rw-any",
  hostIpv4: "169.254.64.1",
  hostIpv6: "fd72:6b77:616e::1",
  ipv4Length: 18,
  ipv6Length: 64,
  replyTable: 8200,
  replySources: [],
  interfaces: [],
  gateways: [],
  namespaces,
});

type Answer = { readonly stdout?: string; readonly stderr?: string; readonly code?: number };

function host(answers: Readonly<Record<string, Answer>>): { readonly run: CommandRunner; readonly calls: string[] } {
  const calls: string[] = [];
  const run: CommandRunner = (argv) => {
    const command = argv.join(" ");
    calls.push(command);
    const { stdout = "", stderr = "", code = 0 } = answers[command] ?? { code: 124, stderr: "ip: no end after 5000 ms" };
    return Promise.resolve({ code, stdout, stderr });
  };
  return { run, calls };
}

const show = (name: string): string => `ip -n rw-${name} -j address show dev rw-vip`;
const routes4 = "ip -4 -j route show table 8201";
const routes6 = "ip -6 -j route show table 8201";
const emptyTable: Answer = { code: 2, stdout: "[", stderr: "Error: ipv4: FIB table does not exist.\nDump terminated\n" };

it("an address is there when the kernel answers for it, and has a way in when the route leads into its own namespace", async () => {
  const { run, calls } = host({
    [show("edge")]: {
      stdout: link(up, [
        inet("10.77.1.5"),
        inet("169.254.64.2"),
        inet6("fd00:77::1:5"),
        inet6("fd00:77::1:6", { dadfailed: true, tentative: true }),
      ]),
    },
    [routes4]: {
      stdout: JSON.stringify([
        route("10.77.1.5", "169.254.64.2"),
        route("10.77.1.6", "169.254.64.3"),
        route("10.77.1.0/24", "169.254.64.2"),
      ]),
    },
    [routes6]: { stdout: JSON.stringify([route("fd00:77::1:5", "fd72:6b77:616e::2"), route("fd00:77::1:6", "fd72:6b77:616e::2", "eth0")]) },
  });
  const seen = (await observeHeldVips(run, anycast(namespace("edge", 1)))).get("edge");
  expect(seen).toEqual({
    kind: "seen",
    addresses: new Set(["10.77.1.5", "169.254.64.2", "fd00:77::1:5"]),
    routed: new Set(["10.77.1.5", "fd00:77::1:5"]),
  });
  expect(calls).toHaveLength(3);
});

it("a namespace or link that is missing or down is told as such, and leaves the others as they are", async () => {
  const { run } = host({
    [show("gone")]: { code: 255, stderr: 'Cannot open network namespace "rw-gone": No such file or directory\n' },
    [show("left")]: { code: 255, stderr: 'setting the network namespace "rw-left" failed: Invalid argument\n' },
    [show("bare")]: { code: 1, stderr: 'Device "rw-vip" does not exist.\n' },
    [show("down")]: { stdout: link(["BROADCAST", "MULTICAST"], [inet("10.77.4.5")]) },
    [show("edge")]: { stdout: link(up, []) },
    [routes4]: emptyTable,
    [routes6]: emptyTable,
  });
  const names = ["gone", "left", "bare", "down", "edge", "mute"];
  const seen = await observeHeldVips(run, anycast(...names.map((name, index) => namespace(name, index + 1))));
  expect([...seen].map(([name, { kind }]) => `${name} ${kind}`)).toEqual([
    "gone no-namespace",
    "left no-namespace",
    "bare no-link",
    "down no-link",
    "edge seen",
    "mute unknown",
  ]);
});

it("where ip(8) does not tell of routes, nothing is known; a family that no VIP has is not asked for", async () => {
  const edge = namespace("edge", 1);
  const there = { [show("edge")]: { stdout: link(up, [inet("10.77.1.5")]) } };
  expect((await observeHeldVips(host(there).run, anycast(edge))).get("edge")).toEqual({ kind: "unknown" });
  expect((await observeHeldVips(host({ ...there, [routes4]: { stdout: "[{" } }).run, anycast(edge))).get("edge")).toEqual({
    kind: "unknown",
  });
  const ipv4Only = { ...edge, vips: edge.vips.filter(({ family }) => family === 4) };
  const { run, calls } = host({ ...there, [routes4]: emptyTable });
  expect((await observeHeldVips(run, anycast(ipv4Only))).get("edge")).toMatchObject({ kind: "seen", routed: new Set() });
  expect(calls).not.toContain(routes6);
});
