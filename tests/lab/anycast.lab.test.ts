import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { AnycastFlows } from "../harness/anycast-flows.ts";
import { AnycastStand } from "../harness/anycast-stand.ts";
import { byBgp } from "../harness/fabrics.ts";
import { helloVip, HostsOwnService } from "../harness/hosts-own-service.ts";
import type { HttpRequestsResult } from "../harness/http-requests.ts";
import { ProxiedVip } from "../harness/proxied-vip.ts";
import { ResolverVip } from "../harness/resolver-vip.ts";
import { families } from "../harness/vip-stand.ts";
import { reloadUnderRequests } from "../soak/scenarios/proxy-reload.ts";

/**
 * An anycast VIP that controllers of both racks announce, rack-a's by OSPF, rack-b's by BGP: announced only where its service answers, withdrawn
 * with a reason, drained and brought back without loss, kept where nobody else has it, and gone without a trace; one that HAProxy answers on;
 * one that serves names and the time; and one whose service is a program of the hosts' own.
 * Facts, not times: the machine may be busy.
 */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 420_000 });

let any: AnycastStand;

beforeAll(async () => {
  any = await AnycastStand.up({ name: `t-any-${process.pid}`, ...byBgp(["rack-b"]), onProgress: (text) => console.log(text) });
});

afterAll(() => any.down());

/** One TCP connection from node-a1, which asks something only when it is told to. */
class HeldConnection {
  readonly host: string;
  readonly #answer: Promise<{ stdout: string }>;

  /**
   * Its packets go to this host whatever is announced, as a router does it that remembers flows: one that does not sends them to another
   * host once this one has withdrawn, and that resets them.
   */
  static async open(host: string): Promise<HeldConnection> {
    const { lab } = any.stand;
    const vip = any.vip[4];
    const pinned = `ip route add ${vip} table 99 $(ip route show ${vip} | grep -o 'via [^ ]* dev f-${host}')`;
    await lab.sh("tor-a", `${pinned}; ip rule add to ${vip} ipproto tcp lookup 99`);
    const held = new HeldConnection(host);
    await any.stand.until("the connection stands", 20_000, async () => {
      const { code } = await lab.exec("node-a1", ["test", "-e", "/run/held"]);
      return code === 0 ? true : undefined;
    });
    return held;
  }

  private constructor(host: string) {
    this.host = host;
    const wait = "touch /run/held; until [ -e /run/ask ]; do sleep 0.1; done";
    const ask = "printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; timeout 5 tail -n 1 <&3";
    this.#answer = any.stand.lab.exec("node-a1", ["bash", "-c", `exec 3<>/dev/tcp/${any.vip[4]}/8080; ${wait}; ${ask}`], {
      timeoutMs: 120_000,
    });
  }

  /** Resolves with the answer; the connection ends with it. */
  async ask(): Promise<string> {
    const { lab } = any.stand;
    await lab.run("node-a1", ["touch", "/run/ask"]);
    const { stdout } = await this.#answer;
    await lab.sh("tor-a", `ip rule del to ${any.vip[4]} ipproto tcp lookup 99; ip route flush table 99`);
    return stdout.trim();
  }
}

function vipAddresses(host: string): Promise<string> {
  return any.stand.lab.run(host, ["ip", "-n", "rw-web", "-o", "address", "show", "dev", "rw-vip"]);
}

/** A drained host keeps its addresses while the connection is there; then it lets them go. */
async function letGo(connection: HeldConnection): Promise<void> {
  const { host } = connection;
  const { client } = any.stand.controlPlane;
  const drain = async () => (await client.host(host)).drain;
  const left = { vip: "web", address: any.vip[4], held: true, announced: false, isLast: false, flows: 1 };
  await any.stand.until(`one connection is left on ${host}`, 30_000, async () => {
    const now = await drain();
    return JSON.stringify(now?.left) === JSON.stringify([left]) ? true : undefined;
  });
  expect(await vipAddresses(host)).toContain(` ${any.vip[4]}/32`);
  expect(await connection.ask()).toBe(host);
  await any.stand.until(`${host} has let go`, 60_000, async () => ((await drain())?.held === 0 ? true : undefined));
  const addresses = await vipAddresses(host);
  for (const family of families) expect(addresses).not.toContain(` ${any.vip[family]}/`);
}

describe("an anycast VIP", () => {
  test("stands on every controller, and is announced by nobody while nothing answers behind it", async () => {
    for (const host of any.hosts) {
      const addresses = await any.stand.lab.run(host, ["ip", "netns", "exec", "rw-web", "ip", "-o", "address", "show", "dev", "rw-vip"]);
      for (const family of families) expect(addresses, host).toContain(` ${any.vip[family]}/`);
    }
    for (const router of ["tor-a", "tor-b", "spine"]) await any.announced(router, []);
  });

  test("is announced where its service answers and nowhere else, and answers members of both racks and the internet", async () => {
    for (const host of ["ctl-a1", "ctl-a2", "ctl-b1"]) await any.service(host, "start");
    await any.announced("tor-a", ["ctl-a1", "ctl-a2"]);
    await any.announced("tor-b", ["ctl-b1"]);
    for (const family of families) {
      expect(["ctl-a1", "ctl-a2"]).toContain(await any.ask("node-a1", family));
      expect(await any.ask("node-b1", family)).toBe("ctl-b1");
      expect(["ctl-a1", "ctl-a2", "ctl-b1"]).toContain(await any.ask("internet", family));
    }
  });

  test("goes from a host whose service dies, and only from that, and says why", async () => {
    await any.service("ctl-a2", "stop");
    await any.announced("tor-a", ["ctl-a1"]);
    await any.announced("tor-b", ["ctl-b1"]);
    const { vips } = await any.checkerStatus("ctl-a2");
    for (const family of families) {
      expect(vips.find(({ address }) => address === any.vip[family])).toMatchObject({ health: "down", announced: false });
      expect(await any.ask("node-a1", family)).toBe("ctl-a1");
    }
    const events = await any.stand.lab.run("ctl-a2", ["cat", "/run/rackway/rw-web-check/events"]);
    expect(events).toMatch(/"kind":"vip-withdrawn".*refused/);
    // The address stands on: what is on its way still arrives.
    expect(await any.stand.lab.run("ctl-a2", ["ip", "-n", "rw-web", "-o", "address", "show", "dev", "rw-vip"])).toContain(any.vip[4]);
    await any.service("ctl-a2", "start");
    await any.announced("tor-a", ["ctl-a1", "ctl-a2"]);
  });

  test("by BGP goes from a host whose service dies, though the router may tell that host of nobody else", async () => {
    await any.service("ctl-b2", "start");
    await any.announced("tor-b", ["ctl-b1", "ctl-b2"]);
    await any.service("ctl-b2", "stop");
    await any.announced("tor-b", ["ctl-b1"]);
    // It gave way to the other, saw it then, and has withdrawn.
    await any.stand.until("ctl-b2 announces nothing", 30_000, async () => {
      const { vips } = await any.checkerStatus("ctl-b2");
      return vips.every(({ announced, health }) => !announced && health === "down") ? true : undefined;
    });
    for (const family of families) expect(await any.ask("node-b1", family)).toBe("ctl-b1");
    // The last of a rack hears of the other rack only once it is silent: its router prefers what it has by BGP to all that it has by OSPF.
    await any.service("ctl-b1", "stop");
    await any.announced("tor-b", ["spine"], 60_000);
    for (const family of families) expect(["ctl-a1", "ctl-a2"]).toContain(await any.ask("node-b1", family));
    await any.service("ctl-b1", "start");
    await any.announced("tor-b", ["ctl-b1"]);
  });

  test("is drained and resumed without loss at 1 kHz, which a probe of the same kind would have seen", async () => {
    const { client } = any.stand.controlPlane;
    const hosts = ["ctl-a1", "ctl-a2"];
    await any.service("ctl-b1", "stop");
    await any.announced("tor-b", ["spine"]);
    const start = (family: 4 | 6, port: number): Promise<AnycastFlows> =>
      any.flows({ from: ["internet"], hosts, family, port, flows: 1, rateHz: 1000, maxSeconds: 90 });

    const began = Date.now();
    const steps: string[] = [];
    const step = (what: string): number => steps.push(`${what} ${Date.now() - began} ms`);
    const drained = [await start(4, 7004), await start(6, 7006)];
    const held = await HeldConnection.open("ctl-a1");
    for (const host of hosts) {
      step(`drain ${host}`);
      await client.drain(host, "test", { deadlineSeconds: 600 });
      const others = hosts.filter((name) => name !== host);
      await any.announced("tor-a", others, 45_000);
      step("withdrawn");
      if (host === held.host) await letGo(held);
      step("resume");
      await client.undrain(host);
      await any.announced("tor-a", hosts, 60_000);
      step("announced");
    }
    expect(await vipAddresses(held.host)).toContain(` ${any.vip[6]}/128`);
    for (const { lost, sent, flows, instrument } of await Promise.all(drained.map((each) => each.stop()))) {
      // It went from one to the other, at least once.
      expect(flows[0]?.servers.length).toBeGreaterThan(1);
      if (lost > 0) console.log("lost in a drain", JSON.stringify({ began, steps, flows, instrument }));
      expect({ lost, isEnough: sent > 2_000 }).toEqual({ lost: 0, isEnough: true });
    }

    const control = [await start(4, 7014), await start(6, 7016)];
    const addresses = [`${any.vip[4]}/32`, `${any.vip[6]}/128`];
    for (const host of hosts) {
      const all = (verb: string): string => addresses.map((address) => `ip -n rw-web address ${verb} ${address} dev rw-vip`).join("; ");
      await any.stand.lab.sh(host, `${all("del")}; sleep 0.2; ${all("add")}`);
    }
    for (const each of control) expect((await each.stop()).lost).toBeGreaterThan(10);
    await any.service("ctl-b1", "start");
    await any.announced("tor-b", ["ctl-b1"]);
  });

  test("goes to others when a host falls silent, its cable still up", async () => {
    const flows = await any.flows({
      from: ["node-a1"],
      hosts: ["ctl-a1", "ctl-a2", "ctl-b1"],
      port: 7020,
      flows: 10,
      rateHz: 50,
      maxSeconds: 120,
    });
    // By which other the router sends is its own affair: FRR 8.4's ospf6d may forget the near one until the next change (docs/lab.md).
    const sendsToIt = async (is: boolean): Promise<void> => {
      await any.stand.until(`tor-a sends ${is ? "" : "nothing "}to ctl-a1, and to others`, 90_000, async () => {
        const hops = await Promise.all(families.map((family) => any.nextHops("tor-a", any.vip[family])));
        return hops.every((names) => names.includes("ctl-a1") === is && names.some((name) => name !== "ctl-a1" || is)) ? true : undefined;
      });
    };
    await any.stand.lab.loss("ctl-a1", "fabric", 100);
    await sendsToIt(false);
    for (const family of families) expect(["ctl-a2", "ctl-b1"]).toContain(await any.ask("node-a1", family));
    await any.stand.lab.loss("ctl-a1", "fabric", 0);
    await sendsToIt(true);
    const result = await flows.stop();
    const moved = result.flows.filter(({ servers: [first] }) => first?.name === "ctl-a1");
    expect(moved.length).toBeGreaterThan(0);
    for (const { servers: answerers } of moved) expect(answerers[1]?.name).toBe("ctl-a2");
    console.log("silent host", { longestGapMs: result.longestGapMs, moved: moved.length });
  });

  test("stays where nobody else has it, although its service is down, and says so", async () => {
    for (const host of ["ctl-a1", "ctl-a2", "ctl-b1"]) await any.service(host, "stop");
    // Each address by itself: IPv4 may be kept by one host and IPv6 by another.
    await any.stand.until("kept by one host at least, said by its checker", 60_000, async () => {
      const statuses = await Promise.all(["ctl-a1", "ctl-a2", "ctl-b1"].map((host) => any.checkerStatus(host)));
      const kept = statuses.flatMap(({ vips }) =>
        vips.filter(({ announced: is, held, health }) => is && held === "last" && health === "down"),
      );
      return families.every((family) => kept.some(({ address }) => address === any.vip[family])) ? true : undefined;
    });
    // Those that withdrew in the same moment, each seeing the others, have taken it back by now.
    await any.stand.until("every router has a way to it", 20_000, async () => {
      const asked = families.flatMap((family) => ["tor-a", "tor-b", "spine"].map((router) => any.nextHops(router, any.vip[family])));
      return (await Promise.all(asked)).every((hops) => hops.length > 0) ? true : undefined;
    });
    await any.service("ctl-b1", "start");
    await any.announced("tor-b", ["ctl-b1"]);
    await any.announced("tor-a", ["spine"]);
  });
});

describe("an anycast VIP with a proxy (examples/proxy.yaml)", () => {
  const [first, added] = ["node-b1", "node-a1"];
  const near = ["ctl-a1", "ctl-a2", "ctl-a3"];
  let shop: ProxiedVip;

  test("answers from every controller, by HTTP and by HTTPS with the hosts' certificate, through a backend elsewhere", async () => {
    shop = await ProxiedVip.prepare(any, { members: [first, added], without: [added] });
    await shop.announced("tor-a", near);
    for (const family of families) {
      // Routers further away follow those of the first rack.
      for (const [client, scheme] of [
        ["node-a1", "http"],
        ["internet", "http"],
        ["node-b1", "https"],
      ] as const) {
        await any.stand.until(`${first} answers ${client} by ${scheme} over IPv${family}`, 30_000, async () =>
          (await shop.ask(client, family, scheme)) === first ? true : undefined,
        );
      }
    }
    expect(await shop.certificateSubject("node-a1")).toContain("CN = shop");
    // How it is, it says inside the namespace and to nobody else.
    expect(await shop.health("ctl-a1", "inside")).toBe("200");
    expect(await shop.health("node-a1", "outside")).toBe("000");
  });

  test("is reloaded without a failed request when a backend is added, IPv4 and IPv6", async () => {
    const { failures, details } = await reloadUnderRequests(any, shop, {
      perSecond: 100,
      clients: [
        ["node-a1", 4],
        ["node-b1", 6],
      ],
      members: [first, added],
      reloads: 1,
    });
    expect(failures).toEqual([]);
    for (const { answers } of details as HttpRequestsResult[]) expect(Object.keys(answers).toSorted()).toEqual([added, first]);
  });

  test("is withdrawn where no backend can be reached, while other hosts reach one, and says which port has none", async () => {
    await shop.reach("ctl-a1", false);
    await shop.announced("tor-a", ["ctl-a2", "ctl-a3"]);
    expect(await shop.health("ctl-a1", "inside")).toBe("503");
    expect(await shop.events("ctl-a1")).toMatch(/"kind":"vip-withdrawn".*port (80|443): no backend answers/);
    for (const family of families) expect(["node-a1", "node-b1"]).toContain(await shop.ask("node-a1", family));
    await shop.reach("ctl-a1", true);
    await shop.announced("tor-a", near);
  });

  test("fails some requests where HAProxy dies or stands still: withdrawn, with a reason, and started anew by Pacemaker", async () => {
    const control = await shop.requests("node-a1");
    await shop.more(control, 50);
    const before = await Promise.all(near.map((host) => shop.worker(host)));
    // All that are near: with one alone, the requests of the moment might be another's.
    await Promise.all(near.map((host) => (host === "ctl-a1" ? shop.kill(host, "STOP", "worker") : shop.kill(host, "KILL", "all"))));
    await any.stand.until("requests failed", 30_000, async () =>
      Object.keys((await control.soFar()).failures).length > 0 ? true : undefined,
    );
    await control.stop();
    await any.stand.until("ctl-a1 has withdrawn it, and said why", 30_000, async () =>
      /"kind":"vip-withdrawn".*no answer within/.test(await shop.events("ctl-a1")) ? true : undefined,
    );
    await any.stand.until("Pacemaker has started it anew everywhere", 60_000, async () => {
      const workers = await Promise.all(near.map((host) => shop.worker(host)));
      return workers.every((pid, index) => pid !== "" && pid !== before[index]) ? true : undefined;
    });
  });
});

describe("an anycast VIP with name and time service (examples/resolver.yaml)", () => {
  const near = ["ctl-a1", "ctl-a2", "ctl-a3"];
  /** Ahead of every clock of the lab: only who really asks the internet's time server knows it. */
  const secondsAhead = 3;
  let resolver: ResolverVip;

  test("answers members of both racks, in both families, with names of the world and of the document, and with the internet's time", async () => {
    await HostsOwnService.install(any);
    resolver = await ResolverVip.prepare(any, [helloVip]);
    await resolver.announced("tor-a", near);
    const askers = ["node-a1", "node-b1"].flatMap((client) => families.map((family) => ({ client, family })));
    const answers = await Promise.all(
      askers.map(async ({ client, family }) => ({
        client,
        family,
        world: await resolver.resolve(client, family, "www.example"),
        document: await resolver.resolve(client, family, "node-b1.rack-b.anycast.internal", "AAAA"),
        secondsAhead: await resolver.secondsAhead(client, family),
      })),
    );
    const right = { world: "198.51.100.80", document: "fd00:10:2::21", secondsAhead: expect.closeTo(secondsAhead, 1) as number };
    expect(answers).toEqual(askers.map((asker) => ({ ...asker, ...right })));
    for (const member of ["node-a1", "node-b1"]) {
      expect(await resolver.asked(member)).toEqual({ names: Object.values(resolver.vip), time: Object.values(resolver.vip) });
    }
    expect(await resolver.resolve("node-b1", 4, "-x", resolver.vip[4])).toBe("resolver.vip.anycast.internal.");
    // Who is in no network of the document is told nothing.
    expect(await resolver.resolve("internet", 4, "www.example")).toBe("");
    const { check } = await any.stand.controlPlane.client.vip("resolver");
    expect(check).toMatch(/^dns on port 53, anycast.internal SOA and ntp on port 123, stratum up to 9: /);
  });

  test("is asked without a failed question while its upstreams change: the daemon goes on with its cache", async () => {
    const before = await Promise.all(any.hosts.map((host) => resolver.pid(host, "dns")));
    const questions = resolver.question("node-a1");
    await resolver.change({ upstreams: ["2001:db8:100::53"], localDomains: [{ name: "corp.example", servers: ["198.51.100.53"] }] });
    const forwards = "unbound-control -c /run/rackway/rw-names-dns/unbound.conf list_forwards";
    await any.stand.until("every controller asks the new upstreams", 30_000, async () => {
      const lists = await Promise.all(any.hosts.map((host) => any.stand.lab.sh(host, forwards)));
      return lists.every(({ stdout }) => stdout.includes("corp.example.") && stdout.includes("2001:db8:100::53")) ? true : undefined;
    });
    const { asked, failed } = await questions.stop();
    expect({ failed, isEnough: asked > 50 }).toEqual({ failed: 0, isEnough: true });
    expect(await Promise.all(any.hosts.map((host) => resolver.pid(host, "dns")))).toEqual(before);
    // Nobody has asked for these before: by IPv6 the one, by the local domain's server the other.
    expect(await resolver.resolve("node-a1", 4, "ntp.example")).toBe("198.51.100.123");
    expect(await resolver.resolve("node-b1", 6, "intranet.corp.example")).toBe("198.51.100.80");
  });

  test("goes on with what it knew when no upstream of names or time answers, past the time to live, and stays announced; then knows the world again", async () => {
    const { lab } = any.stand;
    await resolver.askEverywhere("brief.example");
    const withdrawals = (): Promise<string[]> =>
      Promise.all(any.hosts.map(async (host) => String((await resolver.events(host)).match(/"kind":"vip-(withdrawn|down)"/g)?.length)));
    const before = await withdrawals();
    await lab.run("internet", ["sh", "-c", "sv down nsd chrony chrony-reference"]);
    try {
      await any.stand.until("a name that nobody has asked for is not answered", 20_000, async () =>
        (await resolver.status("node-a1", "nobody-asked.example")) === "SERVFAIL" ? true : undefined,
      );
      // Its time to live is 2 s.
      await sleep(2_500);
      for (const client of ["node-a1", "node-b1"]) {
        for (const family of families) {
          expect(await resolver.resolve(client, family, "brief.example"), `${client}, IPv${family}`).toBe("198.51.100.80");
          expect(await resolver.secondsAhead(client, family)).toBeCloseTo(secondsAhead, 1);
        }
      }
      await resolver.announced("tor-a", near);
      expect(await withdrawals()).toEqual(before);
    } finally {
      await lab.run("internet", ["sh", "-c", "sv up nsd chrony-reference chrony"]);
    }
    for (const client of ["node-a1", "node-b1"]) {
      await any.stand.until(`${client} is told of the world again`, 30_000, async () =>
        (await resolver.status(client, `late-${client}.example`)) === "NXDOMAIN" ? true : undefined,
      );
    }
    expect(await withdrawals()).toEqual(before);
  });

  test("is withdrawn where Unbound stands still or chronyd dies, answered from elsewhere, and comes back with them", async () => {
    const control = resolver.question("node-a1");
    await resolver.signal("ctl-a1", "dns", "STOP");
    await resolver.signal("ctl-a2", "dns", "STOP");
    await resolver.signal("ctl-a3", "ntp", "KILL");
    await any.stand.until("each has withdrawn it, and said why", 30_000, async () => {
      const [first = "", second = "", third = ""] = await Promise.all(near.map((host) => resolver.events(host)));
      const silent = /"kind":"vip-withdrawn".*dns 53: no answer within/;
      return silent.test(first) && silent.test(second) && /"kind":"vip-withdrawn".*ntp 123: connection refused/.test(third)
        ? true
        : undefined;
    });
    await any.stand.until("somebody answers", 10_000, async () =>
      (await resolver.resolve("node-a1", 4, "www.example")) === "198.51.100.80" ? true : undefined,
    );
    await resolver.announced("tor-a", near, 60_000);
    expect((await control.stop()).failed).toBeGreaterThan(0);
    for (const family of families) expect(await resolver.secondsAhead("node-a1", family)).toBeCloseTo(secondsAhead, 1);
  });
});

test("an anycast VIP with a program of the hosts' own has it run by Pacemaker, where it dies as well", async () => {
  const near = ["ctl-a1", "ctl-a2", "ctl-a3"];
  const hello = await HostsOwnService.find(any);
  await hello.announced("tor-a", near);
  for (const family of families) {
    expect(near).toContain(await hello.ask("node-a1", family));
    expect(await hello.ask("node-b1", family)).toMatch(/^ctl-b/);
  }
  const before = await hello.pid("ctl-a1");
  await any.stand.lab.run("ctl-a1", ["kill", "-KILL", before]);
  await any.stand.until("Pacemaker has started it anew", 30_000, async () =>
    ![before, ""].includes(await hello.pid("ctl-a1")) ? true : undefined,
  );
  await hello.announced("tor-a", near);
  expect(await any.stand.lab.run("ctl-a1", ["crm_mon", "-1rf"])).toContain("hello of hello has ended");
});

test("VIPs leave nothing when they are taken out of the document", async () => {
  await any.takeOut(["rw-shop", "rw-names", "rw-hello"]);
  for (const router of ["tor-a", "tor-b", "spine"]) await any.announced(router, []);
  for (const host of any.hosts) {
    await any.stand.until(`no daemon of theirs is left on ${host}`, 10_000, async () =>
      (await any.stand.lab.sh(host, "pgrep haproxy; pgrep -f '[r]w-names|[h]ello[.]conf'; ls -d /run/rackway/rw-[snh]*")).stdout === ""
        ? true
        : undefined,
    );
  }
  expect(await any.stand.lab.run("ctl-a1", ["ip", "netns", "list"])).toContain("rw-vr-");
});
