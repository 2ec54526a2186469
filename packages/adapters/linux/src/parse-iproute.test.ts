import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { renderIpOperation } from "./ip-operation.ts";
import { parseHostLinks, parseLinks, parseRoutes } from "./parse-iproute.ts";

/** Recorded from iproute2 6.1.0 on kernel 6.18. */
const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8");

describe("links", () => {
  const links = parseLinks(fixture("address"));
  const find = (name: string) => links.find((link) => link.name === name);

  test("a bridge of ours is told by its alias, with its options and addresses", () => {
    expect(find("br-ex")).toMatchObject({
      kind: "bridge",
      alias: "rackway:bridge/public",
      up: true,
      master: null,
      bridge: { stp: false, forwardDelayCs: 0, multicastSnooping: false },
    });
    expect(find("br-ex")?.addresses.filter(({ scope }) => scope === "global")).toEqual([
      {
        family: 4,
        address: "203.0.113.11",
        prefixLength: 25,
        scope: "global",
        broadcast: "203.0.113.127",
        label: "br-ex",
        dynamic: false,
        noPrefixRoute: false,
      },
      {
        family: 6,
        address: "2001:db8:a::11",
        prefixLength: 64,
        scope: "global",
        broadcast: null,
        label: null,
        dynamic: false,
        noPrefixRoute: false,
      },
    ]);
  });

  test("a bridge with the kernel's defaults reads as that", () => {
    expect(find("br-theirs")).toMatchObject({ alias: null, bridge: { stp: false, forwardDelayCs: 1500, multicastSnooping: true } });
  });

  test("an address with a lifetime is dynamic, a label and a missing prefix route are seen", () => {
    const [leased, labelled] = find("br-theirs")?.addresses ?? [];
    expect(leased).toMatchObject({ address: "10.0.0.2", dynamic: true });
    expect(labelled).toMatchObject({ address: "10.0.0.3", label: "br-theirs:1", noPrefixRoute: true, dynamic: false });
  });

  test("a port names its bridge", () => {
    expect(find("eth-pub")).toMatchObject({ kind: "veth", master: "br-ex" });
  });
});

describe("routes", () => {
  const routes = parseRoutes(fixture("route-ipv4"), 4);
  const to = (destination: string) => routes.filter((route) => route.to === destination);

  test("default routes are 0.0.0.0/0 and keep source, MTU, metric and protocol", () => {
    expect(to("0.0.0.0/0").map(renderRoute)).toEqual([
      "0.0.0.0/0 proto 82 metric 20 via 203.0.113.1 dev br-theirs onlink",
      "0.0.0.0/0 proto static metric 1024 src 10.0.0.2 via 10.0.0.1 dev br-theirs mtu 1400",
    ]);
  });

  test("a multipath route comes back with all its hops, and its own onlink", () => {
    expect(to("10.9.0.0/16").map(renderRoute)).toEqual([
      "10.9.0.0/16 proto boot nexthop via 10.0.0.1 dev br-theirs weight 2 nexthop via 10.2.0.5 dev br-theirs weight 1 onlink",
    ]);
  });

  test("an IPv4 route by an IPv6 neighbour (RFC 5549) and one on the link are understood", () => {
    expect(to("10.7.0.1/32").map(renderRoute)).toEqual(["10.7.0.1/32 proto boot via inet6 fe80::1 dev br-theirs"]);
    expect(to("10.6.0.0/16").map(renderRoute)).toEqual(["10.6.0.0/16 proto boot dev br-theirs scope link"]);
  });

  test("what is no unicast route is none of ours and is left out", () => {
    expect(to("10.8.0.0/16")).toEqual([]);
  });

  test("an IPv6 default route is ::/0", () => {
    expect(parseRoutes(fixture("route-ipv6"), 6).filter(({ protocol }) => protocol === "82")).toMatchObject([{ to: "::/0", metric: 20 }]);
  });

  test("nothing to list is an empty list, and something else than a list is an error", () => {
    expect(parseRoutes("", 4)).toEqual([]);
    expect(() => parseRoutes("{}", 4)).toThrow("not a JSON list");
  });

  function renderRoute(route: (typeof routes)[number]): string {
    return renderIpOperation({ do: "add-route", route }).replace("route add ", "");
  }
});

describe("links that a document could name", () => {
  const entry = (ifname: string, more: object = {}) => ({ ifname, flags: ["BROADCAST", "UP", "LOWER_UP"], ...more });
  const read = (...entries: object[]) => parseHostLinks(JSON.stringify(entries));

  test("are told by name and kind, sorted, with their carrier where they are up", () => {
    const cut = { flags: ["NO-CARRIER", "BROADCAST", "UP"], linkinfo: { info_kind: "bond" } };
    expect(read(entry("eth1"), entry("bond0", cut), entry("eth0", { flags: ["BROADCAST"] }))).toEqual([
      { name: "bond0", kind: "bond", carrier: false, ours: false },
      { name: "eth0", kind: null, carrier: null, ours: false },
      { name: "eth1", kind: null, carrier: true, ours: false },
    ]);
  });

  test("are neither the loopback nor our routers' ends, and what we made says so", () => {
    const router = { ifalias: "rackway:netns/rw-vr-a/public", linkinfo: { info_kind: "veth" } };
    expect(read(entry("lo"), entry("rwp-1", router))).toEqual([]);
    expect(parseHostLinks(fixture("address")).find(({ name }) => name === "br-ex")).toMatchObject({ kind: "bridge", ours: true });
  });
});
