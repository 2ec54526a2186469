import { describe, expect, test } from "vitest";
import { rackA, routerA } from "./fixtures/pacemaker-state.ts";
import { findLacks, observeUplinks } from "./observe-uplinks.ts";

/** `ip -j link show` of a lab's controller, what is read of it; the cable of each bridge is a veth pair into the switch. */
const links = (cut: readonly string[]) =>
  [
    { ifname: "br-ex", flags: ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"], operstate: "UP" },
    { ifname: "eth-pub", flags: ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"], master: "br-ex", operstate: "UP" },
    { ifname: "rwp-1", flags: ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"], master: "br-ex", ifalias: "rackway:netns/rw-vr-a/public" },
    { ifname: "eth-mgmt", flags: ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"], master: "br-mgmt", operstate: "UP" },
    { ifname: "rwm-1", flags: ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"], master: "br-mgmt", ifalias: "rackway:netns/rw-vr-a/mgmt" },
  ].map((link) =>
    cut.includes(link.ifname) ? { ...link, flags: ["NO-CARRIER", "BROADCAST", "MULTICAST", "UP"], operstate: "DOWN" } : link,
  );

/** The file of .rackway-watch. */
const found = (ipv4: string, ipv6: string): string =>
  `2026-11-22T20:10:03Z public 203.0.113.1 ${ipv4}\n2026-11-22T20:10:03Z public 2001:db8:a::1 ${ipv6}\n2026-11-22T20:01:00Z mgmt 10.10.1.1 answers\n`;

describe("what keeps a router from the world", () => {
  test("is nothing while the cables have carrier and all gateways answer", () => {
    expect(findLacks(routerA, links([]), found("answers", "answers"))).toEqual([]);
  });

  test("is the cable, and not beside it the gateways behind it; our own port has carrier all the same", () => {
    expect(findLacks(routerA, links(["eth-pub"]), found("silent", "silent"))).toEqual([
      { kind: "no-carrier", router: "vr-a", link: "public", bridge: "br-ex" },
    ]);
  });

  test("is the gateway that does not answer though there is carrier, with the moment since when", () => {
    expect(findLacks(routerA, links([]), found("silent", "answers"))).toEqual([
      { kind: "silent", router: "vr-a", link: "public", address: "203.0.113.1", since: "2026-11-22T20:10:03Z" },
    ]);
  });

  test("is not guessed: no watch has spoken, a bridge without cables, a line that was cut short", () => {
    expect(findLacks(routerA, [], null)).toEqual([]);
    expect(findLacks(routerA, [], "2026-11-22T20:10:03Z public 203.0.113.1")).toEqual([]);
    expect(findLacks(routerA, [], " public 203.0.113.1 silent\n")).toMatchObject([{ since: null }]);
  });
});

test("a host is asked for the routers that it may run, and no others", async () => {
  const read: string[] = [];
  const look = (host: string) =>
    observeUplinks(
      async () => ({ code: 0, stdout: JSON.stringify(links([])), stderr: "" }),
      rackA,
      host,
      async (path) => {
        read.push(path);
        return found("answers", "silent");
      },
    );
  expect(await look("ctl-b1")).toEqual([]);
  expect(read).toEqual([]);
  expect(await look("ctl-a1")).toMatchObject([{ kind: "silent", address: "2001:db8:a::1" }]);
  expect(read).toEqual(["/run/rackway/rw-vr-a-watch/found"]);
});
