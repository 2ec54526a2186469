import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandRunner } from "@rackway/linux";
import type { AnycastState, CheckedVip, CheckerStatus } from "@rackway/schema";
import { serviceVipObservationSchema } from "@rackway/schema";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { CheckerWord } from "./checker-word.ts";
import { parseCheckerWord } from "./checker-word.ts";
import { renderServices, seeVips, ServiceWatch } from "./service-watch.ts";

const now = new Date("2026-01-02T03:04:05.678Z");

const edge: AnycastState["namespaces"][number] = {
  name: "edge",
  netns: "rw-edge",
  existing: false,
  index: 1,
  linkIpv4: "169.254.64.2",
  linkIpv6: "fd72:6b77:616e::2",
  vips: [
    { name: "api", family: 4, address: "10.77.0.5", mode: "anycast" },
    { name: "api", family: 6, address: "fd00:77::5", mode: "anycast" },
    { name: "db", family: 4, address: "10.77.0.6", mode: "roaming" },
  ],
};

const checked = (address: string, change: Partial<CheckedVip> = {}): CheckedVip => ({
  vip: "api",
  address,
  mode: "anycast",
  health: "up",
  reason: "tcp 80: accepts connections",
  since: "2026-01-02T03:00:00.000Z",
  announced: true,
  held: null,
  ...change,
});

const statusText = (change: Partial<CheckerStatus> = {}): string =>
  JSON.stringify({ namespace: "edge", at: "2026-01-02T03:04:01.000Z", drained: false, vips: [checked("10.77.0.5")], ...change });

const seen = (addresses: readonly string[], routed = addresses) =>
  ({ kind: "seen", addresses: new Set(addresses), routed: new Set(routed) }) as const;
const heard = (...vips: readonly CheckedVip[]): CheckerWord => ({ kind: "heard", vips: new Map(vips.map((vip) => [vip.address, vip])) });

describe("a VIP on a host", () => {
  test("is held where its address is in the namespace and the host has a way to it, and is as well as the checker says", () => {
    const health = { health: "down", reason: "tcp 80: connection refused" } as const;
    const vips = seeVips(edge, seen(["10.77.0.5", "fd00:77::5"]), heard(checked("10.77.0.5"), checked("fd00:77::5", health)));
    expect(vips.map(({ vip, family, held, health: is, reason, since }) => [vip, family, held, is, reason, since])).toEqual([
      ["api", 4, true, "up", "tcp 80: accepts connections", "2026-01-02T03:00:00.000Z"],
      ["api", 6, true, "down", "tcp 80: connection refused", "2026-01-02T03:00:00.000Z"],
      ["db", 4, false, "unknown", "not on this host", null],
    ]);
  });

  test("comes with why it is announced although it is down, or not although it is up", () => {
    const kept = checked("10.77.0.5", { health: "down", held: "last" });
    expect(seeVips(edge, seen(["10.77.0.5", "fd00:77::5"]), heard(kept)).map(({ hold }) => hold)).toEqual(["last", null, null]);
  });

  test("that is not held is told with what is missing, whatever the checker says", () => {
    const word = heard(checked("10.77.0.5"));
    const reasons = (...args: Parameters<typeof seen>): string[] =>
      seeVips(edge, seen(...args), word).map(({ held, reason }) => `${held}: ${reason}`);
    expect(reasons(["10.77.0.5"], [])).toEqual([
      "false: this host has no route to it; tcp 80: accepts connections",
      "false: not in network namespace rw-edge",
      "false: not on this host",
    ]);
    expect(reasons([], ["10.77.0.6"])[2]).toBe("false: not in network namespace rw-edge");
  });

  test("of a namespace or link that is missing is not held", () => {
    const first = (kind: "no-namespace" | "no-link") =>
      seeVips(edge, { kind }, { kind: "silent", reason: "no checker has said anything here" })[0];
    expect(first("no-namespace")).toMatchObject({
      held: false,
      health: "unknown",
      reason: "network namespace rw-edge is not there; no checker has said anything here",
    });
    expect(first("no-link")?.reason).toMatch(/^network namespace rw-edge has no link rw-vip that is up; /);
  });

  test("that the checker does not know of is not called well", () => {
    expect(seeVips(edge, seen(["10.77.0.5"]), heard())[0]).toMatchObject({
      held: true,
      health: "unknown",
      reason: "the checker has not taken it up",
      since: null,
    });
  });

  test("is not spoken of where the kernel did not answer", () => {
    expect(seeVips(edge, { kind: "unknown" }, heard())).toEqual([]);
  });

  test("is announced where the routing daemon has told of its very prefix", () => {
    const sight = seeVips(edge, seen(["10.77.0.5", "fd00:77::5", "10.77.0.6"]), heard());
    const announced = [
      { family: 4, prefix: "10.77.0.5/32" },
      { family: 6, prefix: "fd00:77::5/128" },
    ] as const;
    const told = renderServices(sight, { announced: [...announced] })?.map((vip) => serviceVipObservationSchema.parse(vip));
    expect(told?.map((vip) => vip.announced)).toEqual([true, true, false]);
    expect(renderServices(sight, null)?.map((vip) => vip.announced)).toEqual([false, false, false]);
    expect(renderServices(null, { announced: [...announced] })).toBeNull();
  });
});

describe("a checker's word", () => {
  test("counts for fifteen seconds, by a clock that may also have been set back", () => {
    const at = (iso: string) => parseCheckerWord(statusText({ at: iso }), now);
    expect(at("2026-01-02T03:03:51.000Z").kind).toBe("heard");
    expect(at("2026-01-02T03:03:50.000Z")).toEqual({ kind: "silent", reason: "the checker is silent since 2026-01-02T03:03:50.000Z" });
    expect(at("2026-01-02T04:04:05.000Z").kind).toBe("silent");
  });

  test("that is half of one, or another version's, is none", () => {
    for (const text of ["", statusText().slice(0, 40), "{}", statusText().replace('"up"', '"splendid"')]) {
      expect(parseCheckerWord(text, now)).toMatchObject({ kind: "silent", reason: expect.stringMatching(/not understood/) as string });
    }
  });
});

describe("a look at a host", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "service-watch-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const anycastOf = (namespaces: AnycastState["namespaces"]): AnycastState => ({
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

  /** Four namespaces with 250 VIPs each, all held, of which the checkers say that they are up. */
  function thousand(): { readonly anycast: AnycastState; readonly run: CommandRunner; readonly calls: string[] } {
    const namespaces = [1, 2, 3, 4].map((index): AnycastState["namespaces"][number] => ({
      ...edge,
      name: `ns-${index}`,
      netns: `rw-ns-${index}`,
      index,
      linkIpv4: `169.254.64.${index + 1}`,
      vips: Array.from({ length: 250 }, (_, at) => ({
        name: `vip-${index}-${at}`,
        family: 4,
        address: `10.77.${index}.${at}`,
        mode: "anycast",
      })),
    }));
    for (const { name, vips } of namespaces) {
      mkdirSync(join(folder, `rw-${name}-check`));
      const text = statusText({ vips: vips.map(({ address }) => checked(address)) });
      writeFileSync(join(folder, `rw-${name}-check`, "status.json"), text);
    }
    const calls: string[] = [];
    const run: CommandRunner = (argv) => {
      calls.push(argv.join(" "));
      const shown = namespaces.filter(({ netns }) => argv.includes(netns));
      const answer = argv.includes("route")
        ? namespaces.flatMap(({ linkIpv4, vips }) => vips.map(({ address }) => ({ dst: address, gateway: linkIpv4, dev: "rw-any" })))
        : shown.map(({ vips }) => ({ flags: ["UP"], addr_info: vips.map(({ address }) => ({ family: "inet", local: address })) }));
      return Promise.resolve({ code: 0, stdout: JSON.stringify(answer), stderr: "" });
    };
    return { anycast: anycastOf(namespaces), run, calls };
  }

  test("asks once for each namespace and family, however many VIPs there are", async () => {
    const { anycast, run, calls } = thousand();
    const watch = new ServiceWatch(run, folder);
    expect(watch.sight).toBeNull();
    await watch.look({ anycast }, now);
    expect(calls).toHaveLength(5);
    expect(watch.sight).toHaveLength(1000);
    expect(watch.sight?.every(({ held, health }) => held && health === "up")).toBe(true);
    await watch.look({ anycast: null }, now);
    expect(watch.sight).toBeNull();
  });

  test("sees failover VIPs on the links of their networks, and what is held but not checked yet", async () => {
    const vips = [
      { name: "in", family: 4 as const, address: "10.0.1.9", device: "n-management" },
      { name: "out", family: 4 as const, address: "192.0.2.9", device: "n-public" },
    ];
    const failover = [{ name: "shop", netns: "rw-shop", index: 1, vips }];
    const links = [{ ifname: "n-management", flags: ["UP"], addr_info: vips.map(({ address }) => ({ family: "inet", local: address })) }];
    const answer = { code: 0, stdout: JSON.stringify(links), stderr: "" };
    const watch = new ServiceWatch(() => Promise.resolve(answer), join(folder, "elsewhere"));
    await watch.look({ anycast: null, failover }, now);
    expect(watch.sight?.map(({ vip, mode, held, reason }) => [vip, mode, held, reason])).toEqual([
      ["in", "failover", true, "no checker has said anything here"],
      // An address on another link is not where it should be.
      ["out", "failover", false, "not on this host; no checker has said anything here"],
    ]);
    const gone = { code: 1, stdout: "", stderr: 'Cannot open network namespace "rw-shop": No such file or directory' };
    const without = new ServiceWatch(() => Promise.resolve(gone), folder);
    await without.look({ anycast: null, failover }, now);
    expect(without.sight?.[0]?.reason).toContain("network namespace rw-shop is not there");
  });

  test("that the kernel does not answer is no look; one without a checker's word is", async () => {
    const { anycast, run } = thousand();
    const watch = new ServiceWatch(run, join(folder, "elsewhere"));
    await watch.look({ anycast }, now);
    expect(watch.sight?.[0]).toMatchObject({ held: true, health: "unknown", reason: "no checker has said anything here" });
    const deaf = new ServiceWatch(() => Promise.resolve({ code: 124, stdout: "", stderr: "" }), folder);
    await deaf.look({ anycast }, now);
    expect(deaf.sight).toBeNull();
  });
});
