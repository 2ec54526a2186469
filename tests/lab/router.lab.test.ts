import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stand } from "../harness/index.ts";

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
    await stand.controlPlane.client.startOperation({ kind: "move", router: "vr-a", to });
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
    await stand.controlPlane.client.startOperation({ kind: "move", router: "vr-a", to });
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
