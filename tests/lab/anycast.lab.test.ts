import type { CheckerStatus } from "@rackway/schema";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { stringify } from "yaml";

import { startAnycastProbe, type AnycastProbe } from "../harness/anycast-probe.ts";
import { insideNamespace } from "../harness/place.ts";
import { Stand } from "../harness/stand.ts";

/**
 * An anycast VIP that controllers of both racks announce by OSPF: announced only where its service answers, withdrawn with a reason,
 * drained and brought back without loss, kept where nobody else has it, and gone without a trace. Facts, not times: the machine may be busy.
 */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 420_000 });

let stand: Stand;
const vip: Record<4 | 6, string> = { 4: "", 6: "" };
const families = [4, 6] as const;
const sayHost = "/usr/lib/rackway-lab/say-host";

beforeAll(async () => {
  stand = await Stand.up({ name: `t-any-${process.pid}`, example: "anycast", onProgress: (text) => console.log(text) });
  const { items } = await stand.controlPlane.client.vips();
  for (const { family, address } of items.find((item) => item.name === "web")?.addresses ?? []) vip[family] = address;
});

afterAll(() => stand.down());

/** Hosts towards which a router sends what is for the VIP, by the kernel's own table. */
async function nextHops(router: string, family: 4 | 6): Promise<string[]> {
  const text = await stand.lab.run(router, ["ip", `-${family}`, "-j", "route", "show", vip[family]]);
  const routes = text.trim() === "" ? [] : (JSON.parse(text) as { dev?: string; nexthops?: { dev: string }[] }[]);
  const devices = routes.flatMap((route) => route.nexthops?.map((hop) => hop.dev) ?? (route.dev === undefined ? [] : [route.dev]));
  return devices.map((device) => device.replace(/^f-/, "")).toSorted();
}

/** Waits until the rack's router sends to exactly these. */
async function announced(router: string, hosts: readonly string[], timeoutMs = 20_000): Promise<void> {
  const wanted = hosts.toSorted().join(" ");
  let seen = "";
  await stand
    .until(`${router} sends to ${wanted}`, timeoutMs, async () => {
      const [four, six] = await Promise.all(families.map(async (family) => (await nextHops(router, family)).join(" ")));
      seen = `IPv4: ${four}; IPv6: ${six}`;
      return four === wanted && six === wanted ? true : undefined;
    })
    .catch((error: unknown) => {
      throw new Error(`${String(error)}; it sends to: ${seen}`);
    });
}

async function service(host: string, verb: "start" | "stop"): Promise<void> {
  await stand.lab.run(host, [sayHost, verb, "rw-web"]);
}

async function checkerStatus(host: string): Promise<CheckerStatus> {
  return JSON.parse(await stand.lab.run(host, ["cat", "/run/rackway/rw-web-check/status.json"])) as CheckerStatus;
}

async function ask(from: string, family: 4 | 6): Promise<string> {
  const address = family === 6 ? `[${vip[6]}]` : vip[4];
  const { stdout } = await stand.lab.exec(from, ["curl", "-s", "-m", "3", `http://${address}:8080/`]);
  return stdout.trim();
}

describe("an anycast VIP", () => {
  test("stands on every controller, and is announced by nobody while nothing answers behind it", async () => {
    for (const host of [...stand.controllers("rack-a"), ...stand.controllers("rack-b")]) {
      const addresses = await stand.lab.run(host, ["ip", "netns", "exec", "rw-web", "ip", "-o", "address", "show", "dev", "rw-vip"]);
      for (const family of families) expect(addresses, host).toContain(` ${vip[family]}/`);
    }
    for (const router of ["tor-a", "tor-b", "spine"]) await announced(router, []);
  });

  test("is announced where its service answers and nowhere else, and answers members of both racks and the internet", async () => {
    for (const host of ["ctl-a1", "ctl-a2", "ctl-b1"]) await service(host, "start");
    await announced("tor-a", ["ctl-a1", "ctl-a2"]);
    await announced("tor-b", ["ctl-b1"]);
    for (const family of families) {
      expect(["ctl-a1", "ctl-a2"]).toContain(await ask("node-a1", family));
      expect(await ask("node-b1", family)).toBe("ctl-b1");
      expect(["ctl-a1", "ctl-a2", "ctl-b1"]).toContain(await ask("internet", family));
    }
  });

  test("goes from a host whose service dies, and only from that, and says why", async () => {
    await service("ctl-a2", "stop");
    await announced("tor-a", ["ctl-a1"]);
    await announced("tor-b", ["ctl-b1"]);
    const { vips } = await checkerStatus("ctl-a2");
    for (const family of families) {
      expect(vips.find(({ address }) => address === vip[family])).toMatchObject({ health: "down", announced: false });
      expect(await ask("node-a1", family)).toBe("ctl-a1");
    }
    const events = await stand.lab.run("ctl-a2", ["cat", "/run/rackway/rw-web-check/events"]);
    expect(events).toMatch(/"kind":"vip-withdrawn".*refused/);
    // The address stands on: what is on its way still arrives.
    expect(await stand.lab.run("ctl-a2", ["ip", "-n", "rw-web", "-o", "address", "show", "dev", "rw-vip"])).toContain(vip[4]);
    await service("ctl-a2", "start");
    await announced("tor-a", ["ctl-a1", "ctl-a2"]);
  });

  test("is drained and resumed without loss at 1 kHz, which a probe of the same kind would have seen", async () => {
    const { client } = stand.controlPlane;
    const hosts = ["ctl-a1", "ctl-a2"];
    await service("ctl-b1", "stop");
    await announced("tor-b", ["spine"]);
    const servers = hosts.map((host) => insideNamespace(stand.place(host), "rw-web"));
    const start = (family: 4 | 6, port: number): Promise<AnycastProbe> =>
      startAnycastProbe({ client: stand.place("internet"), servers, address: vip[family], port, rateHz: 1000, count: 90_000 });

    const drained = [await start(4, 7004), await start(6, 7006)];
    for (const host of hosts) {
      await client.drain(host, "test");
      await announced(
        "tor-a",
        hosts.filter((name) => name !== host),
      );
      await client.undrain(host);
      await announced("tor-a", hosts);
    }
    for (const { lost, sent, received } of await Promise.all(drained.map((probe) => probe.stop()))) {
      // It went from one to the other, at least once.
      expect(
        Object.values(received).every((count) => count !== null && count > 0),
        JSON.stringify(received),
      ).toBe(true);
      expect({ lost, isEnough: sent > 2_000 }).toEqual({ lost: 0, isEnough: true });
    }

    const control = [await start(4, 7014), await start(6, 7016)];
    const addresses = [`${vip[4]}/32`, `${vip[6]}/128`];
    for (const host of hosts) {
      const all = (verb: string): string => addresses.map((address) => `ip -n rw-web address ${verb} ${address} dev rw-vip`).join("; ");
      await stand.lab.sh(host, `${all("del")}; sleep 0.2; ${all("add")}`);
    }
    for (const probe of control) expect((await probe.stop()).lost).toBeGreaterThan(10);
    await service("ctl-b1", "start");
    await announced("tor-b", ["ctl-b1"]);
  });

  test("goes to others when a host falls silent, its cable still up", async () => {
    const servers = ["ctl-a1", "ctl-a2", "ctl-b1"].map((host) => insideNamespace(stand.place(host), "rw-web"));
    const probe = await startAnycastProbe({
      client: stand.place("node-a1"),
      servers,
      address: vip[4],
      port: 7020,
      rateHz: 200,
      count: 12_000,
    });
    for (const host of ["ctl-a1", "ctl-a2"]) {
      await stand.lab.loss(host, "fabric", 100);
      await announced(
        "tor-a",
        ["ctl-a1", "ctl-a2"].filter((name) => name !== host),
      );
      await stand.lab.loss(host, "fabric", 0);
      await announced("tor-a", ["ctl-a1", "ctl-a2"], 90_000);
    }
    const { longestGapMs, received } = await probe.stop();
    console.log("silent host", { longestGapMs });
    expect(Object.values(received).filter((count) => count !== null && count > 0).length).toBeGreaterThan(1);
  });

  test("stays where nobody else has it, although its service is down, and says so", async () => {
    for (const host of ["ctl-a1", "ctl-a2", "ctl-b1"]) await service(host, "stop");
    const kept = await stand.until("kept by one host at least, said by its checker", 30_000, async () => {
      const statuses = await Promise.all(["ctl-a1", "ctl-a2", "ctl-b1"].map(checkerStatus));
      const keeping = statuses.filter(({ vips }) =>
        vips.every(({ announced: is, held, health }) => is && held === "last" && health === "down"),
      );
      return keeping.length > 0 ? keeping : undefined;
    });
    expect(kept.length).toBeLessThanOrEqual(3);
    // Those that withdrew in the same moment, each seeing the others, have taken it back by now.
    await stand.until("every router has a way to it", 20_000, async () => {
      const asked = families.flatMap((family) => ["tor-a", "tor-b", "spine"].map((router) => nextHops(router, family)));
      return (await Promise.all(asked)).every((hops) => hops.length > 0) ? true : undefined;
    });
    await service("ctl-b1", "start");
    await announced("tor-b", ["ctl-b1"]);
    await announced("tor-a", ["spine"]);
  });

  test("leaves nothing when it is taken out of the document", async () => {
    const text = stringify({ ...stand.document, spec: { ...stand.document.spec, vips: [], vipPools: [] } });
    await stand.controlPlane.apply("anycast.yaml", text);
    await stand.controlPlane.converged();
    for (const router of ["tor-a", "tor-b", "spine"]) await announced(router, []);
    for (const host of [...stand.controllers("rack-a"), ...stand.controllers("rack-b")]) {
      const left =
        "ip netns list; ip -br link; ip rule; ip -6 rule; ip route show table all proto 82; ip -6 route show table all proto 82; nft list tables";
      const seen = await stand.until(`nothing of it is left on ${host}`, 60_000, async () => {
        const now = await stand.lab.run(host, ["sh", "-c", left]);
        return /rw-web|rw-any|rackway-any|8190|8200|8201|10\.77\.|fd00:77:/.test(now) ? undefined : now;
      });
      expect(seen).toContain("rw-vr-");
    }
  });
});
