import { setTimeout as sleep } from "node:timers/promises";

import type { CheckerEvent } from "@rackway/schema";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { stringify } from "yaml";

import { AnycastFlows } from "../harness/anycast-flows.ts";
import { insideNamespace } from "../harness/place.ts";
import { RoamingWatch } from "../harness/roaming-watch.ts";
import { Stand } from "../harness/stand.ts";

/**
 * A roaming VIP in a cluster across both racks: one owner, announced by it alone, moved when its service fails, when its host fails or is cut
 * off, and when it is drained; never two owners but where the document allows an overlap. Facts, not times: the machine may be busy.
 */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 420_000 });

let stand: Stand;
let hosts: string[] = [];
const vip: Record<4 | 6, string> = { 4: "", 6: "" };
const families = [4, 6] as const;
const sayHost = "/usr/lib/rackway-lab/say-host";

beforeAll(async () => {
  stand = await Stand.up({ name: `t-roam-${process.pid}`, example: "roaming", onProgress: (text) => console.log(text) });
  const { items } = await stand.controlPlane.client.vips();
  for (const { family, address } of items.find((item) => item.name === "api")?.addresses ?? []) vip[family] = address;
  hosts = [...stand.controllers("rack-a"), ...stand.controllers("rack-b")];
  await Promise.all(hosts.map(serve));
});

afterAll(() => stand?.down());

async function service(host: string, verb: "start" | "stop"): Promise<void> {
  await stand.lab.run(host, [sayHost, verb, "rw-api"]);
}

/** Has the service run on a host, which may have booted a moment ago. */
async function serve(host: string): Promise<void> {
  await stand.until(`Pacemaker has made the namespace on ${host}, where VIPs may be bound before they are there`, 60_000, async () => {
    const { code, stdout } = await stand.lab.sh(host, "ip netns exec rw-api sysctl -n net.ipv4.ip_nonlocal_bind");
    return code === 0 && stdout.trim() === "1" ? true : undefined;
  });
  if ((await stand.lab.sh(host, "ip netns exec rw-api ss -Hltn | grep -q :8080")).code !== 0) await service(host, "start");
}

async function ask(from: string, family: 4 | 6): Promise<string> {
  const address = family === 6 ? `[${vip[6]}]` : vip[4];
  const { stdout } = await stand.lab.exec(from, ["curl", "-s", "-m", "3", `http://${address}:8080/`]);
  return stdout.trim();
}

const watch = (): RoamingWatch => new RoamingWatch(stand, { hosts, routers: ["tor-a", "tor-b"], namespace: "rw-api", vip });

/** The one host that holds the VIP by its kernel, is announced by the routers, and answers everywhere in both families; not `not`. */
async function serving(not: string | null, timeoutMs = 90_000): Promise<string> {
  let seen = "";
  return stand
    .until(`one owner that serves${not === null ? "" : `, not ${not}`}`, timeoutMs, async () => {
      const { holders, announcers } = await watch().sample();
      const answers = await Promise.all(["node-a1", "node-b1", "internet"].flatMap((from) => families.map((family) => ask(from, family))));
      seen = `held by ${holders.join(" ")}, announced by ${announcers.join(" ")}, answered by ${answers.join(" ")}`;
      const [owner] = holders;
      const isOne = holders.length === 1 && announcers.join() === owner && answers.every((answer) => answer === owner);
      return isOne && owner !== not ? owner : undefined;
    })
    .catch((error: unknown) => {
      throw new Error(`${String(error)}; ${seen}`);
    });
}

async function eventsOf(host: string): Promise<CheckerEvent[]> {
  const text = await stand.lab.run(host, ["cat", "/run/rackway/rw-api-check/events"]);
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as CheckerEvent]));
}

/** One flow at 1 kHz in each family, answered by servers behind the VIP on all hosts. */
async function flowsFrom(from: string, port: number): Promise<AnycastFlows[]> {
  const servers = hosts.filter((host) => stand.lab.isOn(host)).map((host) => insideNamespace(stand.place(host), "rw-api"));
  const options = { clients: [stand.place(from)], servers, flows: 1, rateHz: 1000, maxSeconds: 60 };
  return Promise.all(families.map((family) => AnycastFlows.start({ ...options, address: vip[family], port: port + family })));
}

describe("a roaming VIP", () => {
  test("has one owner, is announced by that alone, and answers members of both racks and the internet", async () => {
    expect(hosts).toContain(await serving(null));
  });

  test("leaves a host on which its service dies, and says why", async () => {
    const owner = await serving(null);
    const seen = await watch().start();
    const began = performance.now();
    await service(owner, "stop");
    const next = await serving(owner);
    const { summary, twoOwners, twoAnnouncers } = await seen.stop();
    console.log("service dead", { ms: Math.round(performance.now() - began), from: owner, to: next, ...summary });
    expect([...twoOwners, ...twoAnnouncers]).toEqual([]);
    const reasons = (await eventsOf(owner)).filter(({ kind }) => kind === "vip-down").map(({ reason }) => reason);
    expect(reasons.at(-1)).toMatch(/refused/);
    // Back there, it does not draw the VIP to itself.
    await service(owner, "start");
    await sleep(1_000);
    expect(await serving(null)).toBe(next);
  });

  test("is tried on every host and then rests where it is, when its service is down everywhere; is back with the first that answers", async () => {
    await Promise.all(hosts.map((host) => service(host, "stop")));
    const marked = await stand.until("every host is known to be a bad place", 90_000, async () => {
      const text = await stand.lab.run(hosts[0] ?? "", ["crm_mon", "-1A"]);
      const marks = [...text.matchAll(/rw-api-roam-api\.1-health\s*: 0/g)].length;
      return marks === hosts.length ? marks : undefined;
    });
    expect(marked).toBe(hosts.length);
    const { holders } = await watch().sample();
    expect(holders).toHaveLength(1);
    const seen = await watch().start();
    await sleep(8_000);
    expect((await seen.stop()).summary.owners).toEqual(holders);
    // Where it is not, its service is seen to answer by the namespace's own address.
    const first = hosts.find((host) => host !== holders[0]) ?? "";
    const began = performance.now();
    await service(first, "start");
    expect(await serving(null)).toBe(first);
    console.log("back after being down everywhere", { ms: Math.round(performance.now() - began) });
    await Promise.all(hosts.filter((host) => host !== first).map((host) => service(host, "start")));
  });

  test("goes to another when its owner's power is cut, and never has two", async () => {
    const owner = await serving(null);
    const flows = await flowsFrom("internet", 7100);
    const seen = await watch().start();
    await stand.lab.powerOff(owner);
    const next = await serving(owner);
    const { summary, twoOwners, twoAnnouncers } = await seen.stop();
    const gaps = await Promise.all(flows.map(async (each) => (await each.stop()).longestGapMs));
    console.log("power cut", { from: owner, to: next, gaps, ...summary });
    expect([...twoOwners, ...twoAnnouncers]).toEqual([]);
    await stand.lab.powerOn(owner);
    await stand.mend();
    await serve(owner);
  });

  test("is given up by an owner that is cut off from the others before another takes it", async () => {
    const owner = await serving(null);
    const seen = await watch().start();
    const began = performance.now();
    await stand.lab.partition(
      [owner],
      hosts.filter((host) => host !== owner),
    );
    const next = await stand.until("another announces it", 60_000, async () => {
      const { holders, announcers } = await watch().sample();
      return holders.length === 1 && announcers.join() === holders[0] && holders[0] !== owner ? holders[0] : undefined;
    });
    const { summary, twoOwners, twoAnnouncers } = await seen.stop();
    console.log("partition", { ms: Math.round(performance.now() - began), from: owner, to: next, ...summary });
    expect([...twoOwners, ...twoAnnouncers]).toEqual([]);
    await stand.mend();
    // It may have been fenced.
    await serve(owner);
    expect((await watch().sample()).holders).toHaveLength(1);
  });

  test("leaves a host that is drained with one owner at a time; comes back only when it is asked to", async () => {
    const owner = await serving(null);
    const flows = await flowsFrom("internet", 7200);
    const seen = await watch().start();
    await stand.controlPlane.client.drain(owner, "test");
    const next = await serving(owner);
    const { summary, twoOwners, twoAnnouncers } = await seen.stop();
    const gaps = await Promise.all(flows.map(async (each) => (await each.stop()).longestGapMs));
    console.log("drain, one at a time", { from: owner, to: next, gaps, ...summary });
    expect([...twoOwners, ...twoAnnouncers]).toEqual([]);
    await stand.controlPlane.client.undrain(owner);
    await stand.converged();
    expect(await serving(null)).toBe(next);
  });

  test("loses nothing in a drain where the document lets it overlap, which a probe of the same kind would have seen", async () => {
    const vips = stand.document.spec.vips.map((one) => ({ ...one, overlap: true }));
    await stand.controlPlane.apply("roaming.yaml", stringify({ ...stand.document, spec: { ...stand.document.spec, vips } }));
    await stand.controlPlane.converged();
    const owner = await serving(null);
    const drained = await flowsFrom("internet", 7300);
    await stand.controlPlane.client.drain(owner, "test");
    const next = await serving(owner);
    await stand.controlPlane.client.undrain(owner);
    await stand.converged();
    for (const { lost, sent, flows } of await Promise.all(drained.map((each) => each.stop()))) {
      expect(flows.flatMap(({ servers }) => servers.map(({ name }) => name))).toEqual([owner, next]);
      expect({ lost, isEnough: sent > 2_000 }).toEqual({ lost: 0, isEnough: true });
    }
    const control = await flowsFrom("internet", 7400);
    const addresses = [`${vip[4]}/32`, `${vip[6]}/128`];
    const all = (verb: string): string => addresses.map((address) => `ip -n rw-api address ${verb} ${address} dev rw-vip`).join("; ");
    await stand.lab.sh(next, `${all("del")}; sleep 0.2; ${all("add")}`);
    for (const each of control) expect((await each.stop()).lost).toBeGreaterThan(10);
  });

  test("leaves nothing when it is taken out of the document", async () => {
    const text = stringify({ ...stand.document, spec: { ...stand.document.spec, vips: [], vipPools: [] } });
    await stand.controlPlane.apply("roaming.yaml", text);
    await stand.controlPlane.converged();
    const left =
      "ip netns list; ip -br link; ip rule; ip -6 rule; ip route show table all proto 82; ip -6 route show table all proto 82; nft list tables";
    for (const host of hosts) {
      await stand.until(`nothing of it is left on ${host}`, 60_000, async () => {
        const now = await stand.lab.run(host, ["sh", "-c", left]);
        return /rw-api|rw-any|rackway-any|8190|8200|8201|10\.77\.|fd00:77:/.test(now) ? undefined : true;
      });
    }
    expect(await stand.lab.run(hosts[0] ?? "", ["crm_mon", "-1A"])).not.toMatch(/rw-api-roam/);
  });
});
