import { describe, expect, test } from "vitest";

import { parseFrrConfig, renderFrrBatch } from "./frr-config.ts";
import { isDaemonOn, neededDaemons, setDaemonLine } from "./frr-daemons.ts";
import { emptyFrrMemory } from "./frr-memory.ts";
import type { FrrObservation } from "./observe-frr.ts";
import { planFrr } from "./plan-frr.ts";
import { bgpState, enter, keys, ospfState } from "./testing.ts";

const shipped = "# comment\nbgpd=no\nospfd=no\nospf6d=no\nbfdd=no\n\nvtysh_enable=yes\n";
const on = shipped.replaceAll("=no", "=yes");
const running = { installed: true, enabled: true, running: true };
const stopped = { installed: true, enabled: false, running: false };

function frr(change: Partial<FrrObservation> = {}): FrrObservation {
  const config = parseFrrConfig("frr version 8.4.4\nhostname ctl-a1\n");
  return {
    daemonsFile: on,
    service: running,
    version: [8, 4],
    running: ["zebra", "ospfd", "ospf6d", "bgpd", "watchfrr", "staticd", "bfdd"],
    config,
    whole: change.config === undefined ? config : change.config,
    forgetful: [],
    saved: "log syslog informational\n",
    ...change,
  };
}

const codes = (plan: { readonly problems: readonly { readonly code: string }[] }): string[] => plan.problems.map(({ code }) => code);

describe("daemons", () => {
  test("that are needed are what is spoken, and BFD", () => {
    expect(neededDaemons(ospfState)).toEqual(["ospfd", "ospf6d", "bfdd"]);
    expect(neededDaemons({ ...ospfState, families: [4], ospf: { ...ospfState.ospf!, bfd: null } })).toEqual(["ospfd"]);
    expect(neededDaemons(bgpState)).toEqual(["bgpd", "bfdd"]);
  });

  test("are switched in their own line alone, and back", () => {
    const changed = setDaemonLine(shipped, "ospfd", "ospfd=yes");
    expect(changed).toBe(shipped.replace("ospfd=no", "ospfd=yes"));
    expect(setDaemonLine(changed, "ospfd", "ospfd=no")).toBe(shipped);
    const added = setDaemonLine("zebra=yes\n", "bfdd", "bfdd=yes");
    expect(added).toBe("zebra=yes\nbfdd=yes\n");
    expect(setDaemonLine(added, "bfdd", null)).toBe("zebra=yes\n");
  });

  test.each([
    ["ospfd=yes", true],
    ['ospfd="yes"', true],
    ["ospfd=no", false],
    ["ospfd=0", false],
    ["ospfd= # later", false],
    ["#ospfd=yes", false],
    ["ospfd=yes\nospfd=no", false],
  ])("are on as FRR's scripts read the file: %s", (file, is) => {
    expect(isDaemonOn(file, "ospfd")).toBe(is);
  });

  test("that are off are switched on first, and are remembered", () => {
    const plan = planFrr(ospfState, keys, frr({ daemonsFile: shipped }), emptyFrrMemory);
    expect(plan.actions).toEqual([{ do: "write-daemons", text: shipped.replace(/(ospfd|ospf6d|bfdd)=no/g, "$1=yes") }, { do: "reload" }]);
    expect(plan.remember.daemons).toEqual({ ospfd: "ospfd=no", ospf6d: "ospf6d=no", bfdd: "bfdd=no" });
    expect(plan.steps.map(({ target }) => target)).toEqual(["ospfd", "ospf6d", "bfdd"]);
  });

  test("of an FRR that does not run are started with it", () => {
    const idle = frr({ daemonsFile: shipped, service: stopped, running: [], config: null, version: null });
    const plan = planFrr(ospfState, keys, idle, emptyFrrMemory);
    expect(plan.actions.at(-1)).toEqual({ do: "start" });
    expect(plan.remember.startedService).toBe(true);
  });

  test("are not switched while that would lose what an operator has only typed", () => {
    const typed = "frr version 8.4.4\nno ip forwarding\nrouter bgp 65001\n neighbor 192.0.2.1 remote-as 1\n";
    const config = parseFrrConfig(typed);
    const plan = planFrr(ospfState, keys, frr({ daemonsFile: shipped, config }), emptyFrrMemory);
    expect(plan.actions).toEqual([]);
    expect(codes(plan)).toEqual(["frr-unsaved"]);
    expect(plan.problems[0]?.message).toContain("2 lines");
    expect(plan.blocked).toHaveLength(3);
    expect(planFrr(ospfState, keys, frr({ daemonsFile: shipped, config, saved: typed }), emptyFrrMemory).problems).toEqual([]);
  });

  test("that are on and silent are waited for", () => {
    expect(codes(planFrr(ospfState, keys, frr({ running: ["zebra", "ospfd", "bfdd"] }), emptyFrrMemory))).toEqual(["frr-not-running"]);
    expect(codes(planFrr(ospfState, keys, frr({ running: [], config: null, version: null }), emptyFrrMemory))).toEqual(["frr-not-running"]);
  });
});

describe("nothing is configured", () => {
  test("without FRR", () => {
    expect(codes(planFrr(ospfState, keys, frr({ daemonsFile: null }), emptyFrrMemory))).toEqual(["frr-missing"]);
  });

  test.each([
    ["without its key", ospfState, { ospf: null, bgp: null }],
    ["without the session's key", bgpState, { ospf: null, bgp: null }],
    ["with a key that FRR would cut", ospfState, { ospf: "a-key-of-more-than-sixteen", bgp: null }],
  ])("%s", (_, routing, withKeys) => {
    const plan = planFrr(routing, withKeys, frr(), emptyFrrMemory);
    expect(codes(plan)).toEqual(["frr-key-unusable"]);
    expect(plan.actions).toEqual([]);
  });

  test("with an authentication that this FRR does not have; a newer one takes it by key chain, and OSPFv3 always does", () => {
    const sha = {
      ...ospfState,
      ospf: { ...ospfState.ospf!, authentication: { ...ospfState.ospf!.authentication!, algorithm: "hmac-sha-256" as const } },
    };
    expect(codes(planFrr(sha, keys, frr(), emptyFrrMemory))).toEqual(["frr-authentication"]);
    const [action] = planFrr(sha, keys, frr({ version: [9, 1] }), emptyFrrMemory).actions;
    expect(action?.do === "configure" ? renderFrrBatch(action.change) : "").toContain(" ip ospf authentication key-chain rw-ospf\n");
    const only6 = planFrr({ ...sha, families: [6] }, keys, frr(), emptyFrrMemory);
    expect(only6.problems).toEqual([]);
  });
});

describe("when routing leaves", () => {
  const there = planFrr(ospfState, keys, frr(), { ...emptyFrrMemory, daemons: { ospfd: "ospfd=no" } });
  const [action] = there.actions;
  const configured = action?.do === "configure" ? enter(frr().config ?? [], action.change) : [];

  test("an FRR that never was ours is let be, and so is one that is gone", () => {
    expect(planFrr(null, keys, frr({ daemonsFile: null }), emptyFrrMemory)).toMatchObject({ problems: [], actions: [] });
    expect(planFrr(null, keys, frr({ daemonsFile: null }), there.memory).memory).toEqual(emptyFrrMemory);
  });

  test("what bears our names goes also where the memory of it is lost, and an operator's FRR stays as it is", () => {
    const config = parseFrrConfig(
      "router ospf\n redistribute kernel route-map rw-anycast-4\n passive-interface default\nroute-map rw-anycast-4 permit 10\n",
    );
    const [action] = planFrr(null, keys, frr({ config }), emptyFrrMemory).actions;
    expect(action?.do === "configure" ? renderFrrBatch([...action.withdraw, ...action.change]) : "").toBe(
      "router ospf\n no redistribute kernel\nexit\nno route-map rw-anycast-4 permit 10\n",
    );
    const his = frr({ config: parseFrrConfig("router ospf\n passive-interface default\n") });
    expect(planFrr(null, keys, his, emptyFrrMemory)).toMatchObject({ actions: [], problems: [] });
  });

  test("the configuration goes first, then the daemons that were off before", () => {
    const away = planFrr(null, keys, frr({ config: configured }), there.memory);
    expect(away.actions.map((entry) => entry.do)).toEqual(["configure"]);
    expect(away.memory.daemons).toEqual({ ospfd: "ospfd=no" });
    const rest = planFrr(null, keys, frr(), away.memory);
    expect(rest.actions).toEqual([{ do: "write-daemons", text: setDaemonLine(on, "ospfd", "ospfd=no") }, { do: "reload" }]);
    expect(rest.memory).toEqual(emptyFrrMemory);
  });

  test("what `write memory` kept of ours leaves the file as well, and every other line of it stays", () => {
    const his = "! by hand\nhostname ctl-a1\n!\ninterface e0\n description uplink\n";
    const saved = `${his} ip ospf area 0.0.0.0\nexit\n!\ninterface e1\n ip ospf area 0.0.0.0\nexit\nroute-map rw-deny deny 10\nexit\nip prefix-list rw-announce-4 seq 5 permit 10.77.0.1/32\nline vty\n`;
    const settings = ["e0", "e1"].map((name) => `interface ${name}\nip ospf area`);
    const [action] = planFrr(null, keys, frr({ saved }), { ...emptyFrrMemory, settings }).actions;
    expect(action).toEqual({ do: "write-config", text: `${his}exit\n!\nline vty\n` });
    expect(planFrr(null, keys, frr({ saved: his }), { ...emptyFrrMemory, settings }).actions).toEqual([]);
  });

  test("a daemon that an operator has come to use stays on", () => {
    const used = frr({ config: parseFrrConfig("router ospf\n passive-interface default\n") });
    expect(planFrr(null, keys, used, { ...emptyFrrMemory, daemons: { ospfd: "ospfd=no" } })).toMatchObject({
      actions: [],
      memory: emptyFrrMemory,
    });
  });

  test("an FRR that did not run before us is stopped", () => {
    expect(planFrr(null, keys, frr(), { ...emptyFrrMemory, startedService: true }).actions).toEqual([{ do: "stop" }]);
  });
});

describe("what an operator runs himself", () => {
  test("keeps its way into the kernel", () => {
    const his = frr({ config: parseFrrConfig("router ospf\n passive-interface default\n") });
    const [action] = planFrr(ospfState, keys, his, emptyFrrMemory).actions;
    const batch = action?.do === "configure" ? renderFrrBatch(action.change) : "";
    expect(batch).not.toContain("ip protocol ospf route-map");
    expect(batch).toContain("ipv6 protocol ospf6 route-map rw-deny\n");
    expect(batch).not.toContain("timers throttle lsa");
  });
});
