import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { LabError } from "@rackway/lab";
import type { CheckerStatus } from "@rackway/schema";
import { answerers, FailoverVips, type FailoverName } from "../harness/failover-vips.ts";
import { hearTime, runRackway, Stand } from "../harness/index.ts";
import { TrustedUpstreams } from "../harness/trusted-upstreams.ts";
import { cutUnderQuestions } from "../soak/scenarios/dns-power-cut.ts";
import { moveRouter } from "../soak/scenarios/steering.ts";

/** What a virtual router does with packets: seen on the wire, and by those who send and receive them. */
let stand: Stand;
let vips: Awaited<ReturnType<Stand["vips"]>>;
beforeAll(async () => {
  stand = await Stand.up({ name: "router", racks: ["rack-a"] });
  vips = await stand.vips("vr-a");
});
afterAll(async () => {
  await stand?.down();
});

const outside = { ipv4: "198.51.100.2", ipv6: "2001:db8:100::2" };

/** What the internet host sees as the source of a request from a host. */
async function sourceSeenOutside(from: string, address: string, netns?: string): Promise<string> {
  const capture = await stand.lab.capture("internet", "eth0", `udp and dst port 4444`);
  const script = `echo x | socat -u - UDP-SENDTO:${address.includes(":") ? `[${address}]` : address}:4444`;
  await stand.lab.sh(from, netns === undefined ? script : `ip netns exec ${netns} sh -c '${script}'`);
  await sleep(500);
  const lines = await capture.stop();
  return / (\S+)\.\d+ > \S+\.4444:/.exec(lines.join("\n"))?.[1] ?? "nothing";
}

describe("what leaves a rack", () => {
  it("carries the router's public VIP as its source, IPv4 and IPv6", async () => {
    expect(await sourceSeenOutside("node-a1", outside.ipv4)).toBe(vips.public.ipv4);
    expect(await sourceSeenOutside("node-a1", outside.ipv6)).toBe(vips.public.ipv6);
  });

  it("leaves a standby's own namespace by its host, with the host's address", async () => {
    const owner = await stand.owner();
    const standby = stand.controllers().find((host) => host !== owner) ?? "";
    const own = stand.document.spec.hosts.find((host) => host.name === standby)?.addresses["public"] ?? [];
    expect(own).toContain(await sourceSeenOutside(standby, outside.ipv4, "rw-vr-a"));
    expect(own).toContain(await sourceSeenOutside(standby, outside.ipv6, "rw-vr-a"));
    // What comes back is for a neighbour that the host has to ask for, after some time without a question from there.
    await stand.lab.run(standby, ["sh", "-c", "ip -6 neigh flush dev rwh-1; ip neigh flush dev rwh-1"]);
    for (const address of [outside.ipv6, outside.ipv4])
      expect((await stand.inRouter(standby, `ping -c 1 -W 2 ${address}`)).stdout).toContain("1 received");
  });
});

describe("what comes from outside unasked", () => {
  it("for the public VIP is dropped, not answered: no reset, no unreachable; pings are answered", async () => {
    const { stdout } = await stand.lab.sh(
      "internet",
      `timeout 3 socat -u OPEN:/dev/null TCP:${vips.public.ipv4}:2222,connect-timeout=2 2>&1; ping -c 1 -W 2 ${vips.public.ipv4} | grep -c 'bytes from'; ping -c 1 -W 2 ${vips.public.ipv6} | grep -c 'bytes from'`,
    );
    expect(stdout).toMatch(/timed out/i);
    expect(stdout).not.toMatch(/refused|unreachable/i);
    expect(stdout.trim().split("\n").slice(-2)).toEqual(["1", "1"]);
  });

  it("for the inside is not forwarded, although the sender knows the way", async () => {
    const capture = await stand.lab.capture("node-a1", "br-mgmt", "udp port 4445");
    await stand.lab.sh(
      "tor-a",
      `ip route replace 10.10.1.21/32 via ${vips.public.ipv4} table 99; ip rule add iif lo dport 4445 table 99 pref 50; echo x | socat -u - UDP-SENDTO:10.10.1.21:4445; sleep 0.3; ip rule del pref 50; ip route flush table 99`,
    );
    expect(await capture.stop()).toEqual([]);
  });
});

describe("router advertisements", () => {
  const ask = async (): Promise<string[]> => {
    const { stdout } = await stand.lab.sh("node-a1", "rdisc6 -m -w 1500 br-mgmt");
    return [...stdout.matchAll(/from (fe80::\S+)/g)].map((match) => match[1] ?? "");
  };

  it("come from one link-local address, the owner's, also after a move", async () => {
    expect(new Set(await ask())).toEqual(new Set(["fe80::5257:1"]));
    const from = await stand.owner();
    const to = stand.controllers().find((host) => host !== from) ?? "";
    const capture = await stand.lab.capture("tor-a", "br-management", "icmp6 and ip6[40] == 134");
    await moveRouter(stand, to);
    await stand.ownerOtherThan(from);
    expect(new Set(await ask())).toEqual(new Set(["fe80::5257:1"]));
    const mac = (await stand.inRouter(to, "cat /sys/class/net/mgmt/address; ip -br link show mgmt")).stdout;
    const lines = await capture.stop();
    expect(lines.at(-1)?.toLowerCase()).toContain(/(02:72[0-9a-f:]+)/.exec(mac)?.[1]);
    expect(lines.every((line) => !/lifetime 0s/.test(line))).toBe(true);
  });
});

describe("a new owner", () => {
  it("announces every VIP, more than once: gratuitous ARP in both forms, unsolicited neighbour advertisements", async () => {
    const from = await stand.owner();
    const to = stand.controllers().find((host) => host !== from) ?? "";
    const captures = await Promise.all(
      ["br-management", "br-public"].map((bridge) => stand.lab.capture("tor-a", bridge, "arp or (icmp6 and ip6[40] == 136)")),
    );
    await moveRouter(stand, to);
    await stand.ownerOtherThan(from);
    await sleep(1500);
    const [management = "", publicSide = ""] = (await Promise.all(captures.map((capture) => capture.stop()))).map((lines) =>
      lines.join("\n"),
    );
    const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;
    const literal = (text: string): string => text.replaceAll(".", "\\.");
    for (const [text, vip] of [
      [management, vips.management],
      [publicSide, vips.public],
    ] as const) {
      expect(count(text, new RegExp(`Request who-has ${literal(vip.ipv4)} .*tell ${literal(vip.ipv4)}`, "g"))).toBeGreaterThanOrEqual(2);
      expect(count(text, new RegExp(`Reply ${literal(vip.ipv4)} is-at`, "g"))).toBeGreaterThanOrEqual(2);
      expect(count(text, new RegExp(`neighbor advertisement, tgt is ${vip.ipv6}`, "g"))).toBeGreaterThanOrEqual(2);
    }
  });
});

describe("a router that is not the owner's", () => {
  it("forwards nothing, even when it is asked by its hardware address", async () => {
    const owner = await stand.owner();
    const standby = stand.controllers().find((host) => host !== owner) ?? "";
    const mac = /(02:72[0-9a-f:]+)/.exec((await stand.inRouter(standby, "ip -br link show mgmt")).stdout)?.[1] ?? "";
    const capture = await stand.lab.capture("internet", "eth0", "udp and dst port 4446");
    await stand.lab.sh(
      "node-a1",
      `ip neigh replace 10.10.1.199 lladdr ${mac} dev br-mgmt nud permanent; ip route replace 198.51.100.2/32 via 10.10.1.199; echo x | socat -u - UDP-SENDTO:198.51.100.2:4446; sleep 0.3; ip route del 198.51.100.2/32; ip neigh del 10.10.1.199 dev br-mgmt`,
    );
    expect(await capture.stop()).toEqual([]);
    expect(await sourceSeenOutside("node-a1", outside.ipv4)).toBe(vips.public.ipv4);
  });
});

describe("the uplink watch", () => {
  it("moves the router off a controller whose public link is dead, keeps it when all are, and does not bring it back", async () => {
    const first = await stand.owner();
    await stand.lab.link(first, "public", "down");
    const second = await stand.ownerOtherThan(first, "vr-a", 30_000);
    for (const host of stand.controllers()) if (host !== first) await stand.lab.link(host, "public", "down");
    await sleep(8_000);
    expect(await stand.owner()).toBe(second);
    await stand.mend();
    expect(await stand.owner()).toBe(second);
  });
});

/** By a member, from a server. */
const heardFrom = (server: string) => hearTime(stand, "node-a1", server);

const pidOf = async (host: string, service: "dns" | "ntp"): Promise<string> =>
  (await stand.lab.sh(host, `cat /run/rackway/rw-vr-a-${service}/pid`)).stdout.trim();

describe("time service on the management VIP", () => {
  it("tells the time of the upstreams, IPv4 and IPv6, and leaves the host's clock alone", async () => {
    // It answers nobody before an upstream, or a controller that follows one, has answered it.
    for (const via of [vips.management.ipv4, vips.management.ipv6])
      await stand.until(`${via} tells the internet's time`, 60_000, async () =>
        Math.abs(((await heardFrom(via)) ?? 0) - 3) < 0.05 ? true : undefined,
      );
    const owner = await stand.owner();
    const { stdout } = await stand.lab.sh(owner, `grep CapEff /proc/${await pidOf(owner, "ntp")}/status`);
    // CAP_SYS_TIME (capabilities(7)): who has it not cannot touch the clock.
    expect((BigInt(`0x${stdout.trim().split(/\s+/)[1]}`) >> 25n) & 1n).toBe(0n);
    const { ntp } = (await stand.controlPlane.client.status()).routers[0] ?? {};
    expect([ntp?.healthy, Math.round((ntp?.offsetMs ?? 0) / 100)]).toEqual([true, 30]);
  });

  /**
   * Waits until the member's own time service follows a VIP of the router, and has the internet's time by it, as it tells others: it may not touch the
   * machine's clock, and what it says of itself shows nothing of a step. It asks once more at once: its next question may be a minute away.
   */
  async function memberFollows(): Promise<void> {
    await stand.lab.run("node-a1", ["sh", "-c", "chronyc allow 127.0.0.1; chronyc burst 2/4"]);
    try {
      let seen = "";
      await stand
        .until("the member follows its router", 90_000, async () => {
          const [, address = ""] = (await stand.lab.sh("node-a1", "chronyc -c -n tracking")).stdout.split(",");
          const heard = await heardFrom("127.0.0.1");
          seen = `it follows ${address}, and tells ${heard} s`;
          // The outside is three seconds ahead of every clock here: who has not asked cannot know.
          return [vips.management.ipv4, vips.management.ipv6].includes(address) && Math.abs((heard ?? 0) - 3) < 0.05 ? true : undefined;
        })
        .catch((error: unknown) => {
          throw new Error(`${String(error)}; ${seen}`, { cause: error });
        });
    } finally {
      await stand.lab.run("node-a1", ["chronyc", "deny", "127.0.0.1"]);
    }
  }

  it("is what a member follows by itself, before a source of its own that says the same", async () => {
    await stand.lab.sh("node-a1", "echo 'server 198.51.100.123 iburst' >/etc/chrony/sources.d/own.sources; chronyc reload sources");
    await stand.until("its own source answers", 30_000, async () =>
      /^\^,[-+*],198\.51\.100\.123,/m.test((await stand.lab.sh("node-a1", "chronyc -c -n sources")).stdout) ? true : undefined,
    );
    await memberFollows();
    await stand.lab.sh("node-a1", "rm /etc/chrony/sources.d/own.sources; chronyc reload sources");
  });

  it("tells it on when no upstream does, also by a daemon that has just begun: it follows the other controllers", async () => {
    const owner = await stand.owner();
    const isWithPeers = async (host: string): Promise<boolean> =>
      (await stand.lab.sh(host, "chronyc -n -h /run/rackway/rw-vr-a-ntp/chrony/control sources")).stdout
        .split("\n")
        .filter((line) => /^\^[-+*] fd72/.test(line)).length === 2;
    await stand.until("the controllers know each other", 60_000, async () => ((await isWithPeers(owner)) ? true : undefined));
    await stand.lab.run("internet", ["sh", "-c", "sv down chrony && sv down chrony-reference"]);
    try {
      expect(await heardFrom("198.51.100.123"), "the upstreams are really dead").toBeNull();
      expect(await heardFrom(vips.management.ipv4)).toBeCloseTo(3, 1);
      const pid = await pidOf(owner, "ntp");
      await stand.lab.run(owner, ["kill", "-KILL", pid]);
      // The first answer of the next one: never its host's clock.
      const heard = await stand.until("another daemon answers", 60_000, async () =>
        (await pidOf(owner, "ntp")) === pid ? undefined : ((await heardFrom(vips.management.ipv4)) ?? undefined),
      );
      expect(heard).toBeCloseTo(3, 1);
      await memberFollows();
      expect(await stand.owner()).toBe(owner);
      await stand.until("its host tells that it is well", 30_000, async () =>
        (await stand.controlPlane.client.status()).routers[0]?.ntp?.healthy === true ? true : undefined,
      );
    } finally {
      await stand.lab.run("internet", ["sh", "-c", "sv up chrony-reference && sv up chrony"]);
    }
    await stand.until("an upstream is followed again", 60_000, async () =>
      /^\^\* (198|2001)/m.test((await stand.lab.sh(owner, "chronyc -n -h /run/rackway/rw-vr-a-ntp/chrony/control sources")).stdout)
        ? true
        : undefined,
    );
  });
});

describe("upstreams that show who they are", () => {
  let upstreams: TrustedUpstreams;
  beforeAll(async () => {
    upstreams = await TrustedUpstreams.prepare(stand);
  });
  afterAll(() => upstreams.plainAgain());

  it("are asked over TLS alone, and their answers checked: what is signed is said to be so, what is bogus is not told", async () => {
    await upstreams.become({ tls: "ns.example" });
    await stand.until("what is signed is said to be so", 30_000, async () =>
      /status: NOERROR[^]* ad;[^]*\sA\s198\.51\.100\.80$/m.test(await upstreams.answer("www.signed.example")) ? true : undefined,
    );
    const wire = await stand.lab.capture("internet", "eth0", "host 198.51.100.53 or host 2001:db8:100::53");
    expect(await upstreams.answer("first.example")).toMatch(/status: NXDOMAIN/);
    expect(await upstreams.answer("www.bogus.example")).toMatch(/status: SERVFAIL/);
    const unchecked = await upstreams.answer("www.bogus.example +cd");
    expect(unchecked, "who does not want it checked is told").toMatch(/\sA\s192\.0\.2\.66$/m);
    const unsigned = await upstreams.answer("www.example");
    expect([unsigned, / ad;/.test(unsigned)]).toEqual([expect.stringMatching(/\sA\s198\.51\.100\.80$/m), false]);
    const ports = [...(await wire.stop()).join("\n").matchAll(/(?:198\.51\.100|2001:db8:100:)[.:]53\.(\d+)/g)].map(([, port]) => port);
    expect([...new Set(ports)]).toEqual(["853"]);
  });

  it("are followed with NTS on every controller, which tells their time", async () => {
    await upstreams.become({ tls: "ns.example", nts: "ntp.example" });
    for (const host of stand.controllers())
      await stand.until(`${host} follows who is authenticated`, 60_000, async () =>
        (await upstreams.isAuthenticated(host)) ? true : undefined,
      );
    await stand.until("the router tells the internet's time", 30_000, async () =>
      Math.abs(((await heardFrom(vips.management.ipv4)) ?? 0) - 3) < 0.05 ? true : undefined,
    );
    expect(await upstreams.problems()).toEqual([]);
  });

  it("are not used when their certificate is of another name, and status says so; what was known is answered", async () => {
    await upstreams.become({ tls: "other.example", nts: "198.51.100.123" });
    let count = 0;
    const unknown = (): Promise<string> => upstreams.answer(`unknown-${(count += 1)}.example`);
    await stand.until("what nobody knows is not told", 30_000, async () => (/SERVFAIL/.test(await unknown()) ? true : undefined));
    await stand.until("status says so of both", 90_000, async () => {
      expect(await unknown()).toMatch(/SERVFAIL/);
      return (await upstreams.problems()).length === 2 ? true : undefined;
    });
    expect(await upstreams.answer("www.signed.example")).toMatch(/\sA\s198\.51\.100\.80$/m);
    expect(Math.round((await heardFrom(vips.management.ipv4)) ?? 0)).toBe(3);
    expect(await upstreams.isAuthenticated(await stand.owner())).toBe(false);
    expect((await stand.controlPlane.client.status()).routers[0]).toMatchObject({ dns: { healthy: true }, ntp: { healthy: true } });
  });
});

describe("name service on the management VIP", () => {
  /** What a member is told: the answers, or the status of an answer without any. */
  async function asked(name: string, type = "A", via = vips.management.ipv4, more = ""): Promise<string> {
    const { stdout } = await stand.lab.sh("node-a1", `dig +time=2 +tries=3 ${more} @${via} ${name} ${type}`);
    const answers = [...stdout.matchAll(new RegExp(`^\\S+\\s+\\d+\\s+IN\\s+${type === "-x" ? "PTR" : type}\\s+(.*)$`, "gm"))];
    return answers.length > 0 ? answers.map(([, text]) => text).join(" ") : (/status: (\w+)/.exec(stdout)?.[1] ?? "no answer");
  }

  it("knows the world, the local domain and the document's names, IPv4 and IPv6, by UDP and TCP", async () => {
    for (const via of [vips.management.ipv4, vips.management.ipv6]) {
      expect(await asked("www.example", "A", via)).toBe("198.51.100.80");
      expect(await asked("intranet.corp.example", "AAAA", via)).toBe("2001:db8:100::80");
      expect(await asked("node-a1.rack-a.default-lab.internal", "A", via)).toBe("10.10.1.21");
      expect(await asked("ctl-a1.public.rack-a.default-lab.internal", "AAAA", via, "+tcp")).toBe("2001:db8:a::11");
      expect(await asked("vr-a.router.default-lab.internal", "A", via)).toBe(vips.management.ipv4);
      expect(await asked("nobody.rack-a.default-lab.internal", "A", via)).toBe("NXDOMAIN");
    }
    const { stdout } = await stand.lab
      .run("node-a1", ["dig", "+short", `@${vips.management.ipv4}`, "-x", "fd00:10:1::21"])
      .then((text) => ({ stdout: text }));
    expect(stdout.trim()).toBe("node-a1.rack-a.default-lab.internal.");
  });

  it("is what a member asks by itself: the world, the local domain, and the cluster's names, short ones too", async () => {
    const { stdout } = await stand.lab.sh(
      "node-a1",
      "grep nameserver /etc/resolv.conf; for name in www.example intranet.corp.example vr-a.router; do getent ahostsv4 $name | grep STREAM; done",
    );
    expect(stdout.match(/^nameserver .*$/gm)).toEqual(
      [vips.management.ipv4, vips.management.ipv6].map((address) => `nameserver ${address}`),
    );
    const found = [...stdout.matchAll(/^(\S+) +STREAM (\S*)$/gm)].map(([, address, name]) => `${name} ${address}`);
    expect(found).toEqual(expect.arrayContaining(["www.example 198.51.100.80", "intranet.corp.example 198.51.100.80"]));
    expect(found.join("\n")).toMatch(new RegExp(`^\\S+\\.internal ${vips.management.ipv4.replaceAll(".", "\\.")}$`, "m"));
  });

  it("answers nobody outside, and leaves no trace in the connections that standbys are told of", async () => {
    const owner = await stand.owner();
    const { stdout } = await stand.lab.sh("internet", `dig +time=1 +tries=1 @${vips.public.ipv4} www.example`);
    expect(stdout).toMatch(/timed out|no servers could be reached/);
    await asked("www.example");
    const tracked = (await stand.inRouter(owner, "conntrack -L -p udp 2>/dev/null")).stdout;
    expect(tracked).not.toMatch(new RegExp(`dst=${vips.management.ipv4} .*dport=53 `));
  });

  it("is ready on a standby, which asks the world by its host, for names and the time; what others were asked, it does not know", async () => {
    const owner = await stand.owner();
    expect(await asked("asked-of-one.example")).toBe("NXDOMAIN");
    for (const host of stand.controllers()) {
      const cache = "unbound-control -c /run/rackway/rw-vr-a-dns/unbound.conf dump_cache | grep -c asked-of-one";
      expect([host, Number((await stand.lab.sh(host, cache)).stdout) > 0]).toEqual([host, host === owner]);
      const { stdout } = await stand.inRouter(host, "dig +short +time=2 +tries=3 @127.0.0.1 www.example");
      // What it says of a try that took longer comes before the answer.
      expect([host, stdout.trim().split("\n").at(-1)]).toEqual([host, "198.51.100.80"]);
      await stand.until(`${host} follows an upstream itself`, 60_000, async () => {
        const sources = "chronyc -c -n -h /run/rackway/rw-vr-a-ntp/chrony/control sources";
        return /^\^,[*+-],(198\.51\.100\.|2001:db8:100::)123,2,/m.test((await stand.lab.sh(host, sources)).stdout) ? true : undefined;
      });
    }
  });

  it("goes on with what it knew when no upstream answers, past its time to live; and knows the world again when one does", async () => {
    expect(await asked("brief.example")).toBe("198.51.100.80");
    await stand.lab.run("internet", ["sv", "down", "nsd"]);
    try {
      await sleep(3000);
      expect(await asked("brief.example")).toBe("198.51.100.80");
      expect(await asked("never-asked.example"), "the upstreams are really dead").not.toBe("NXDOMAIN");
      // An upstream's failure is none of the daemon's.
      const owner = await stand.owner();
      const pid = await pidOf(owner, "dns");
      await sleep(6000);
      expect(await pidOf(owner, "dns")).toBe(pid);
      expect((await stand.controlPlane.client.status()).routers[0]?.dns).toEqual({ healthy: true });
    } finally {
      await stand.lab.run("internet", ["sv", "up", "nsd"]);
    }
    await stand.until("a name that was never asked for is known", 30_000, async () =>
      (await asked("late.example")) === "NXDOMAIN" ? true : undefined,
    );
  });

  it.each(["KILL", "STOP"])("is restarted after SIG%s, and the router stays where it is", async (signal) => {
    const owner = await stand.owner();
    const pid = await pidOf(owner, "dns");
    await stand.lab.run(owner, ["kill", `-${signal}`, pid]);
    await stand.until("another daemon answers", 30_000, async () =>
      (await pidOf(owner, "dns")) !== pid && (await asked("www.example")) === "198.51.100.80" ? true : undefined,
    );
    expect(await stand.owner()).toBe(owner);
  });

  it("takes other upstreams by command, by API and by file without a failed question, with the same daemon and its cache; so does time service", async () => {
    const owner = await stand.owner();
    const pids = [await pidOf(owner, "dns"), await pidOf(owner, "ntp")];
    // Names that nobody knows are asked of an upstream; each question once, without a second try.
    const script = `failed=0; n=0; while [ ! -e /run/asked-enough ]; do n=$((n+1))
for name in www.example r$n.example; do dig +tries=1 +time=2 @${vips.management.ipv4} $name | grep -qE "status: (NOERROR|NXDOMAIN)" || failed=$((failed+1)); done; done
rm /run/asked-enough; echo $failed of $n`;
    const asking = stand.lab.sh("node-a1", script, { timeoutMs: 180_000 });
    const forwardsTo = (wanted: string): Promise<true> =>
      stand.until(`${wanted} is asked`, 30_000, async () => {
        const { stdout } = await stand.lab.sh(owner, "unbound-control -c /run/rackway/rw-vr-a-dns/unbound.conf list_forwards");
        return stdout.split("\n").includes(`. IN forward ${wanted}`) ? true : undefined;
      });

    const servers = ["--dns-upstream", "2001:db8:100::53", "--ntp-upstream", "2001:db8:100::123"];
    const refused = await runRackway(stand, ["router", "set", "vr-a", ...servers, "--dns-upstream", "2001:db8:100::53"]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("error[upstream-duplicate]")]);
    expect(await runRackway(stand, ["router", "set", "vr-a", ...servers, "--yes"])).toMatchObject({ code: 0 });
    await forwardsTo("2001:db8:100::53");
    const sources = "chronyc -n -h /run/rackway/rw-vr-a-ntp/chrony/control sources";
    await stand.until("the new time server is followed", 30_000, async () =>
      /^\^\* 2001:db8:100::123 /m.test((await stand.lab.sh(owner, sources)).stdout) ? true : undefined,
    );
    expect((await stand.lab.sh(owner, sources)).stdout).not.toContain(" 198.51.100.123 ");
    expect(Math.round((await heardFrom(vips.management.ipv4)) ?? 0)).toBe(3);

    const { client } = stand.controlPlane;
    const { current } = await client.revisions();
    const { document } = await client.document(current ?? 0);
    for (const { dns } of document.spec.virtualRouters) if (dns) dns.upstreams = ["198.51.100.53"];
    const request = { files: [{ name: "by-api.json", text: JSON.stringify(document) }], basedOn: current };
    expect(await client.apply(request)).toMatchObject({ result: "applied" });
    await expect(client.apply(request), "somebody has applied since").rejects.toMatchObject({ code: "revision-conflict" });
    await forwardsTo("198.51.100.53");

    const directory = mkdtempSync(join(tmpdir(), "rackway-upstreams-"));
    writeFileSync(join(directory, "by-file.yaml"), stringify(stand.document));
    const applied = await runRackway(stand, ["apply", "-f", "by-file.yaml", "--yes"], directory);
    rmSync(directory, { recursive: true });
    expect(applied).toMatchObject({ code: 0 });
    await forwardsTo("198.51.100.53 2001:db8:100::53");

    await stand.lab.run("node-a1", ["touch", "/run/asked-enough"]);
    expect((await asking).stdout).toMatch(/^0 of \d+/);
    expect([await pidOf(owner, "dns"), await pidOf(owner, "ntp")]).toEqual(pids);
  });

  it("leaves none of 200 questions a second over when its host loses its power, and no member's time steps", async () => {
    // How many attempts that takes is the soak's to say.
    expect((await cutUnderQuestions(stand, { attempts: 8 })).failures).toEqual([]);
  }, 240_000);
});

describe("failover VIPs of a service namespace, with HAProxy", () => {
  let shop: FailoverVips;
  beforeAll(async () => {
    await stand.wholeAgain();
    shop = await FailoverVips.prepare(stand);
  });
  const names: FailoverName[] = ["shop-in", "shop-out"];
  const families = [4, 6] as const;
  const everybodyIsAnswered = async (): Promise<void> => {
    for (const name of names)
      for (const family of families) {
        expect([name, family, await shop.ask("node-a1", name, family)]).toEqual([name, family, "node-a1"]);
        if (name === "shop-out") expect([family, await shop.ask("internet", name, family)]).toEqual([family, "node-a1"]);
      }
  };
  const move = async (name: FailoverName, to: string): Promise<void> =>
    expect(await runRackway(stand, ["move", name, "--to", to])).toMatchObject({ code: 0 });

  it("answer members and the outside, IPv4 and IPv6, by the network that each is in; what is of one is not reached from the other", async () => {
    const owner = await shop.ownerOtherThan("shop-in", null);
    await move("shop-out", owner);
    await everybodyIsAnswered();
    const { 4: address } = shop.addresses["shop-in"];
    const capture = await stand.lab.capture("tor-a", "br-public", `host ${address}`);
    const script = `ip route add ${address} via ${shop.addresses["shop-out"][4]} dev br-public; curl -s -m 1 http://${address}/; ip route del ${address}`;
    expect((await stand.lab.sh("tor-a", script)).stdout).toBe("");
    const lines = await capture.stop();
    expect(lines.some((line) => line.includes(` > ${address}.80:`))).toBe(true);
    expect(lines.filter((line) => line.includes(` ${address}.80 > `))).toEqual([]);
  });

  it("may be on different hosts; at any moment of a planned move one host answers for each, and neighbours are told", async () => {
    const from = await shop.ownerOtherThan("shop-in", null);
    const to = stand.controllers().find((host) => host !== from) ?? "";
    const watch = await shop.watch("shop-in");
    await move("shop-in", to);
    await sleep(1_000);
    const { macs, together } = answerers(await watch.stop());
    expect(together).toEqual([]);
    expect(macs).toEqual([await shop.mac(from, "shop-in"), await shop.mac(to, "shop-in")]);
    expect([await shop.owners("shop-in"), await shop.owners("shop-out")]).toEqual([[to], [from]]);
    await everybodyIsAnswered();
    const { vips: rows, problems } = await stand.controlPlane.client.status();
    expect(problems.filter(({ subject }) => subject.startsWith("vip/"))).toEqual([]);
    const told = rows.map(({ name, owners, health }) => `${name} ${owners.join(" ")} ${health}`);
    expect([...new Set(told)].filter((each) => each.startsWith("shop"))).toEqual([`shop-in ${to} up`, `shop-out ${from} up`]);
  });

  it("have names and the time answered, IPv4 and IPv6, by daemons that run on every controller and ask by their host", async () => {
    for (const address of Object.values(shop.addresses.names)) {
      const { stdout } = await stand.lab.sh("node-a1", `dig +short +time=2 +tries=3 @${address} www.example`);
      expect([address, stdout.trim().split("\n").at(-1)]).toEqual([address, "198.51.100.80"]);
      // For its first ten seconds it answers nobody until an upstream has answered it.
      await stand.until(`${address} tells the internet's time`, 60_000, async () =>
        Math.abs(((await heardFrom(address)) ?? 0) - 3) < 0.05 ? true : undefined,
      );
    }
    const running = await Promise.all(
      stand
        .controllers()
        .map(async (host) =>
          (
            await stand.lab.sh(
              host,
              "cat /run/rackway/rw-haproxy-dns/pid /run/rackway/rw-haproxy-ntp/pid /run/rackway/rw-haproxy-proxy/pid | grep -c .",
            )
          ).stdout.trim(),
        ),
    );
    expect(running).toEqual(["3", "3", "3"]);
  });

  it.each(["kill", "freeze"] as const)(
    "leave a host whose HAProxy got a %s, with an event that says why; those elsewhere stay",
    async (how) => {
      const [from, other] = [await shop.ownerOtherThan("shop-in", null), await shop.ownerOtherThan("shop-out", null)];
      const since = new Date();
      const watch = await shop.watch("shop-in");
      // Pacemaker starts it anew within seconds, and one that a busy machine's checker has not missed need not move: it is down for as long as it takes.
      const to = await stand.until(`shop-in leaves ${from}`, 60_000, async () => {
        // None of that name: Pacemaker is about to start it.
        await stand.lab[how](from, "haproxy").catch((error: unknown) => {
          if (!(error instanceof LabError && error.code === "process-unknown")) throw error;
        });
        const [owner, ...others] = await shop.owners("shop-in");
        return owner !== from && others.length === 0 ? owner : undefined;
      });
      await stand.until("the new owner answers", 30_000, async () =>
        (await shop.ask("node-a1", "shop-in", 4)) === "node-a1" ? true : undefined,
      );
      expect(answerers(await watch.stop()).together).toEqual([]);
      if (other !== from) expect(await shop.owners("shop-out")).toEqual([other]);
      await stand.until("it is told, with its reason", 30_000, async () => {
        const { events } = await stand.controlPlane.client.events({ subject: "vip/shop-in" });
        const kinds = events.filter(({ at }) => new Date(at) >= since).map(({ kind, reason }) => `${kind} ${reason}`);
        const isTold = (pattern: RegExp): boolean => kinds.some((text) => pattern.test(text));
        return isTold(new RegExp(`^vip-down ${from} finds .* down: http 8482: `)) && isTold(new RegExp(`^vip-taken ${to} took over `))
          ? true
          : undefined;
      });
      // Where it is frozen still, a VIP that came back would not be answered: Pacemaker sees it within its monitor's time.
      await stand.until(`the checker of ${from} finds HAProxy well again`, 60_000, async () => {
        const { vips } = JSON.parse(await stand.lab.run(from, ["cat", "/run/rackway/rw-haproxy-check/status.json"])) as CheckerStatus;
        return vips.every(({ health }) => health === "up") ? true : undefined;
      });
      await stand.pacemakerAtRest();
      await stand.wholeAgain();
    },
  );

  it("go to another host when their owner loses its power; neighbours' caches are right", async () => {
    const from = await shop.ownerOtherThan("shop-in", null);
    await everybodyIsAnswered();
    const watch = await shop.watch("shop-in");
    await stand.lab.powerOff(from);
    const to = await shop.ownerOtherThan("shop-in", from);
    // The other may have been there as well, and is another resource.
    await shop.ownerOtherThan("shop-out", from);
    const mac = await shop.mac(to, "shop-in");
    // Nobody asks there meanwhile: what changes the caches is what the new owner announces.
    await stand.until(`node-a1 knows ${to} for the owner, unasked`, 10_000, async () => {
      const { stdout } = await stand.lab.sh("node-a1", "ip neigh show nud all; ip -6 neigh show nud all");
      const addresses = Object.values(shop.addresses["shop-in"]);
      return addresses.every((address) => stdout.includes(`${address} dev br-mgmt lladdr ${mac} `)) ? true : undefined;
    });
    expect(answerers(await watch.stop())).toEqual({ macs: [expect.any(String), mac], together: [] });
    // What node-a1 asks of the public network goes by its router, which may have been on the same host and takes its own time to be elsewhere.
    await stand.ownerOtherThan(from);
    await stand.until("everybody is answered", 15_000, () =>
      everybodyIsAnswered().then(
        () => true,
        () => undefined,
      ),
    );
    await stand.mend();
  });

  it("leave a host whose link into their network is dead, and one that is drained, and do not come back by themselves", async () => {
    const first = await shop.ownerOtherThan("shop-out", null);
    await stand.lab.link(first, "public", "down");
    const second = await shop.ownerOtherThan("shop-out", first);
    await stand.lab.link(first, "public", "up");
    const watch = await shop.watch("shop-out");
    expect(await runRackway(stand, ["drain", second])).toMatchObject({ code: 0 });
    const third = await shop.ownerOtherThan("shop-out", second);
    for (const name of names) expect([name, (await shop.owners(name)).includes(second)]).toEqual([name, false]);
    expect(answerers(await watch.stop()).together).toEqual([]);
    expect(await runRackway(stand, ["resume", second])).toMatchObject({ code: 0 });
    await stand.mend();
    expect(await shop.owners("shop-out")).toEqual([third]);
    await everybodyIsAnswered();
  });

  it("are taken from an owner that has lost quorum, whose public link is well", async () => {
    const owner = await shop.ownerOtherThan("shop-out", null);
    const watch = await shop.watch("shop-out");
    await stand.lab.link(owner, "management", "down");
    const to = await shop.ownerOtherThan("shop-out", owner);
    await sleep(1_000);
    const { macs, together } = answerers(await watch.stop());
    expect(together).toEqual([]);
    expect(macs.at(-1)).toBe(await shop.mac(to, "shop-out"));
    await stand.mend();
  });

  it("leave nothing behind when they are taken out of the document", async () => {
    expect((await shop.traces()).length).toBeGreaterThan(0);
    await stand.controlPlane.apply("without-vips.yaml", stringify(stand.document));
    await stand.controlPlane.converged();
    await stand.until("nothing of them is left", 60_000, async () => ((await shop.traces()).length === 0 ? true : undefined));
  });
});
