import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";

import type { PacemakerState, RouterState } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { rackA, routerA } from "./fixtures/pacemaker-state.ts";
import { foreseeRouter, reloadableParameters } from "./foresee-router.ts";

const now = { router: routerA, pacemaker: rackA };

function fates(change: Partial<RouterState>, pacemaker: Partial<PacemakerState> = {}): string[] {
  const after = { router: { ...routerA, ...change }, pacemaker: { ...rackA, ...pacemaker } };
  return [...foreseeRouter(now, after)].map(([id, fate]) => `${fate} ${id.replace("rw-vr-a", "")}`).sort();
}

/** What crm_simulate of Pacemaker 2.1.5 says of the same changes to a CIB in which all of the router runs. */
describe("what Pacemaker will do with a router's resources", () => {
  test("is nothing where nothing differs, and where only who waits for whom does", () => {
    expect(fates({})).toEqual([]);
    expect(fates({}, { takeover: "fenced" })).toEqual([]);
    expect(fates({ controllers: ["ctl-a1", "ctl-a2"] })).toEqual([]);
  });

  test("stops the VIPs for another address", () => {
    const vips = routerA.vips.map((vip, index) => (index === 0 ? { ...vip, address: "203.0.113.77" } : vip));
    expect(fates({ vips })).toEqual(["restarts ", "restarts -vips"]);
  });

  test("leaves the VIPs alone for MTU, bridge, translation and uplink check: what restarts there puts right and stops nothing", () => {
    expect(fates({ public: { ...routerA.public, mtu: 9000 } })).toEqual(["restarts "]);
    expect(fates({ public: { ...routerA.public, bridge: "br-new" } })).toEqual(["restarts "]);
    expect(fates({ nat: { ipv4: "routed", ipv6: "routed" } })).toEqual(["restarts "]);
    expect(fates({ uplink: { ...routerA.uplink, intervalMs: 500 } })).toEqual(["restarts -watch"]);
  });

  test("lets name and time service go on with another configuration", () => {
    const upstreams = [{ address: "198.51.100.54", port: 53, tls: null }];
    expect(fates({ dns: routerA.dns && { ...routerA.dns, upstreams, names: [] } })).toEqual([]);
    expect(fates({ ntp: routerA.ntp && { ...routerA.ntp, orphanStratum: 12 } })).toEqual([]);
    expect(fates({ dns: null })).toEqual(["restarts ", "restarts -ntp", "stops -dns"]);
  });

  test("makes the namespace anew, and all in it, where the synchronisation link goes", () => {
    expect(fates({ connectionSync: null, ntp: routerA.ntp && { ...routerA.ntp, peers: [] } })).toEqual([
      "restarts ",
      "restarts -dns",
      "restarts -ns",
      "restarts -ntp",
      "restarts -out",
      "restarts -ra",
      "restarts -vips",
      "restarts -watch",
      "stops -sync",
    ]);
  });

  test("stops all of a router that is gone", () => {
    const all = [...foreseeRouter(now, null)];
    expect(all).toHaveLength(9);
    expect(new Set(all.map(([, fate]) => fate))).toEqual(new Set(["stops"]));
  });
});

describe("what an agent takes without a stop", () => {
  const folder = new URL("../ocf/", import.meta.url);
  const agents = readdirSync(folder).filter((name) => !name.startsWith("."));

  test.each(agents)("%s: as its metadata say", (agent) => {
    const metadata = execFileSync("sh", [new URL(agent, folder).pathname, "meta-data"], { encoding: "utf8" });
    const tags = [...metadata.matchAll(/<parameter [^>]*>/g)].map(([tag]) => tag);
    expect(tags.length).toBeGreaterThan(0);
    const reloadable = tags.filter((tag) => tag.includes(' reloadable="1"')).map((tag) => /name="([^"]*)"/.exec(tag)?.[1]);
    expect(reloadable).toEqual(reloadableParameters[`ocf:rackway:${agent}`] ?? []);
  });
});
