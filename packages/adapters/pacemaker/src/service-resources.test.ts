import { namespaceIdWords, routerIdWords } from "@rackway/schema";
import type { HealthTerms, PacemakerState, ServiceVipState } from "@rackway/schema";
import { describe, expect, it } from "vitest";

import { renderCib } from "./cib-intent.ts";
import { patchCib } from "./cib-xml.ts";
import { allChecks, bothRacks, serviceVip } from "./fixtures/pacemaker-state.ts";
import type { Constraint, Primitive } from "./resource.ts";
import { chunksOf, vipParameters } from "./service-parameters.ts";
import { serviceConstraints } from "./service-constraints.ts";
import { serviceResources } from "./service-resources.ts";

const empty = `<cib epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config/><nodes><node id="1" uname="ctl-a1"/></nodes><resources/><constraints/></configuration><status/></cib>`;

function primitives(state: PacemakerState): Map<string, Primitive> {
  return new Map(serviceResources(state).map(({ primitive }) => [primitive.id, primitive]));
}

function vips(count: number, from = 1): ServiceVipState[] {
  return Array.from({ length: count }, (_, index) => serviceVip(from + index));
}

function withVips(members: ServiceVipState[], checks: HealthTerms[] = []): PacemakerState {
  const services = bothRacks.services.slice(0, 1).map((service) => ({
    ...service,
    checks,
    sets: service.sets.slice(0, 1).map((set) => ({ ...set, vips: members })),
  }));
  return { ...bothRacks, services };
}

describe("chunks of VIPs", () => {
  it("follow the VIPs' numbers: adding and removing VIPs changes the chunk that they are in, and no other", () => {
    const before = chunksOf(vips(1200), []);
    expect(before.map(({ name }) => name)).toEqual(["1", "2", "3"]);
    const without = chunksOf(
      vips(1200).filter(({ number }) => number !== 7),
      [],
    );
    expect([without[1], without[2]]).toEqual([before[1], before[2]]);
    expect(without[0]?.vips).not.toContain("vip-7 ");
    const more = chunksOf(vips(1201), []);
    expect([more[0], more[1]]).toEqual([before[0], before[1]]);
  });

  it("hold 500 VIPs with the longest names and addresses, and stay below what a parameter can carry", () => {
    const long = vips(500).map((vip) => ({
      ...vip,
      name: `v${String(vip.number).padStart(39, "0")}`,
      addresses: [
        { family: 4 as const, address: "203.100.100.100" },
        { family: 6 as const, address: "2001:db8:1234:5678:9abc:def0:1234:5678" },
      ],
    }));
    const [chunk, ...others] = chunksOf(long, []);
    expect(others).toEqual([]);
    expect(chunk?.vips.split(";")).toHaveLength(500);
    expect(chunk?.vips.length).toBeLessThan(95_000);
  });

  it("are cut where their checks are all different and long; nothing is lost, and each fits", () => {
    const checks = vips(500).map(({ number }): HealthTerms => {
      const path = `/${String(number).padEnd(199, "x")}`;
      return { ...(allChecks[2] as HealthTerms), check: { kind: "https", port: 443, path, host: "h".repeat(253), verify: true } };
    });
    const chunks = chunksOf(
      vips(500).map((vip, check) => ({ ...vip, check })),
      checks,
    );
    expect(chunks.map(({ name }) => name)).toEqual(["1-1-1", "1-1-2", "1-2-1", "1-2-2"]);
    expect(Math.max(...chunks.map((chunk) => chunk.vips.length + chunk.checks.length))).toBeLessThan(95_000);
    expect(chunks.flatMap((chunk) => chunk.vips.split(";").map((entry) => entry.split(" ")[0]))).toEqual(vips(500).map(({ name }) => name));
    for (const chunk of chunks) expect(chunk.checks.split(";")).toHaveLength(chunk.vips.split(";").length);
  });

  it("number the checks that they use, and carry no others", () => {
    expect(vipParameters([serviceVip(1, 5), serviceVip(2), serviceVip(3, 3), serviceVip(4, 5)], allChecks)).toEqual({
      vips: "vip-1 10.77.0.1 1;vip-2 10.77.0.2 -;vip-3 10.77.0.3 0;vip-4 10.77.0.4 1",
      checks: "500 200 2 2 6 0 dns 53 example.org AAAA;500 200 2 2 6 0 command is-primary",
    });
  });

  it("say each kind of check in its words", () => {
    const { checks } = vipParameters(
      allChecks.map((_, index) => serviceVip(index + 1, index)),
      allChecks,
    );
    expect(checks.split(";").map((terms) => terms.split(" ").slice(5).join(" "))).toEqual([
      "1 tcp 5432",
      "0 http 8080 /healthz -",
      "0 https 443 /a%20b www.example.org 1",
      "0 dns 53 example.org AAAA",
      "0 ntp 123 4",
      "0 command is-primary",
      "0 dns 53 dc1.internal SOA + ntp 123 9",
    ]);
  });
});

describe("resources of service namespaces", () => {
  it("are few: ten thousand VIPs of one namespace are 20 resources beside the bridge, the namespace, the checker, names and time, and a program", () => {
    expect(serviceResources(withVips(vips(10_000)))).toHaveLength(27);
  });

  it("need quorum where there is one owner, and nowhere else", () => {
    const requires = [...primitives(bothRacks)].map(([id, { meta }]) => [id, meta.requires]);
    expect(requires.filter(([, value]) => value !== "nothing")).toEqual([
      ["rw-haproxy-roam-store.1", "quorum"],
      ["rw-haproxy-roam-store.2", "quorum"],
    ]);
    expect(primitives({ ...bothRacks, takeover: "fenced" }).get("rw-haproxy-roam-store.1")?.meta.requires).toBe("fencing");
  });

  it("have one name server and one time server a namespace, which answer on the VIPs that have them and ask from an address of the host's", () => {
    const all = primitives(bothRacks);
    const [dns, ntp, out] = ["dns", "ntp", "out"].map((word) => all.get(`rw-haproxy-${word}`)?.parameters);
    const own = "169.254.192.6";
    expect(dns?.["config"]?.split(";").filter((line) => /^(interface|outgoing-interface|access-control): [0-9]/.test(line))).toEqual([
      "interface: 127.0.0.1",
      "interface: 169.254.64.2",
      "interface: 10.77.0.2",
      `outgoing-interface: ${own}`,
      "access-control: 127.0.0.0/8 allow",
      "access-control: 10.10.1.0/24 allow",
      "access-control: 169.254.64.2/32 allow",
      "access-control: 10.77.0.2/32 allow",
    ]);
    expect(ntp).toMatchObject({
      clients: "10.10.1.0/24 169.254.64.2/32 fd72:6b77:616e::2/128 10.77.0.2/32",
      sources: "server time.example iburst minpoll 4 maxpoll 6",
      peers: "",
      resolver: "127.0.0.1",
    });
    expect(ntp?.["config"]).toContain(`;bindacqaddress ${own};`);
    expect(out).toMatchObject({ netns: "rw-haproxy", outside: "rwh-s1", source_table: "8202", table: "rackway-out-s1" });
    expect(out?.["inside_addresses"]).toContain(`${own}/30`);
    expect([...all.keys()].filter((id) => /^rw-web-(dns|ntp|out)$/.test(id))).toEqual([]);
  });

  it("leave a namespace that is there already to those who made it", () => {
    const all = primitives(bothRacks);
    expect([all.has("rw-web-ns"), all.get("rw-web-vips-rack-b.1")?.parameters.existing]).toEqual([false, "1"]);
  });

  it("give the checker nothing that changes with VIPs in a chunk that is there", () => {
    const check = (state: PacemakerState) => primitives(state).get("rw-haproxy-check");
    expect(check(withVips(vips(400)))).toEqual(check(withVips(vips(401), allChecks)));
  });

  it("of a roaming router are its tunnel's end on every host, and VIPs that are only where that is", () => {
    const [service, ...others] = bothRacks.services;
    const members = Array.from({ length: 5000 }, (_, index) => ({
      family: 6 as const,
      address: `fd00:10:1:ffff:ffff:ffff:ffff:${index + 1000}`,
    }));
    const ends = [{ family: 4 as const, management: "10.77.0.9", public: "10.77.0.8" }];
    const router = { port: 4790, vni: 3, mtu: 1444, ends, members };
    const state = { ...bothRacks, services: [{ ...(service as NonNullable<typeof service>), router }, ...others] };
    const { parameters, meta } = primitives(state).get("rw-haproxy-tunnel") as Primitive;
    expect(parameters).toMatchObject({ netns: "rw-haproxy", outside: "rw-vip", vni: "3", mtu: "1444", ends: "4 10.77.0.9 10.77.0.8" });
    expect(meta.requires).toBe("nothing");
    const lists = Object.entries(parameters).flatMap(([name, value]) => (name.startsWith("members_") ? [value] : []));
    expect(lists.join(";").split(";")).toEqual(members.map(({ address }) => address));
    expect([lists.length <= 4, Math.max(...lists.map((list) => list.length)) < 95_000]).toEqual([true, true]);
    const asked = primitives(state).get("rw-haproxy-watch")?.parameters;
    expect(asked).toMatchObject({ netns: "", attribute: "rw-haproxy" });
    expect(asked?.host_targets?.split(";").every((target) => /^ctl-\w+ \S+ [\d.]+$/.test(target))).toBe(true);
    const together = serviceConstraints(state).filter((each) => each.kind === "colocation" && each.with === "rw-haproxy-tunnel-clone");
    expect(together.map((each) => each.kind === "colocation" && each.resource)).toContain("rw-haproxy-roam-store.1");
  });

  it("have HAProxy where a VIP has a proxy, told line by line, with paths of certificates and nothing of what is in them", () => {
    const all = primitives(bothRacks);
    expect(all.has("rw-web-proxy")).toBe(false);
    const { config = "", certificates } = all.get("rw-haproxy-proxy")?.parameters ?? {};
    expect(config.split(";")).toContain("bind 10.77.0.1:443 namespace rw-haproxy ssl crt @STATE@/tls/api-443.crt alpn h2,http/1.1");
    expect(config).not.toMatch(/\n|PRIVATE/);
    expect(certificates).toBe("api-443 /etc/rackway/tls/api.crt /etc/rackway/tls/api.key");
  });

  it("are absent where no VIP is", () => {
    const none = { ...bothRacks, services: [], serviceBridge: null };
    expect([serviceResources(none), serviceConstraints(none)]).toEqual([[], []]);
  });

  it("have ids that are not used twice in the XML, whatever racks and groups are called", () => {
    const service = bothRacks.services[0] as PacemakerState["services"][number];
    const set = (mode: "anycast" | "roaming", name: string) => ({ ...(service.sets[0] as (typeof service.sets)[number]), mode, name });
    const names = ["a", "a-clone", "a-meta", "a-params", "a-prefer", "a-drained", "a-rack", "a-1", "1"];
    const sets = names.flatMap((name) => [set("anycast", name), set("roaming", name)]);
    const xml = patchCib(empty, renderCib({ ...bothRacks, services: [{ ...service, sets }] }, 1));
    const ids = [...xml.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("are called what the document keeps free for a service namespace", () => {
    const ids = patchCib(empty, renderCib(bothRacks, 1)).matchAll(/<(?!nvpair)\w+ [^>]*?\bid="(rw-[^"]*)"/g);
    const names = ["any", ...bothRacks.services.map(({ name }) => name)];
    const free = new RegExp(`^rw-(${names.join("|")})(-(${[...routerIdWords, ...namespaceIdWords].join("|")})(-.*)?)?$`);
    const services = [...ids].map(([, id]) => id ?? "").filter((id) => names.some((name) => id.startsWith(`rw-${name}`)));
    expect(services.length).toBeGreaterThan(20);
    expect(services.filter((id) => !free.test(id))).toEqual([]);
  });
});

describe("order and place of service namespaces", () => {
  const constraints = serviceConstraints(bothRacks);
  const orders = constraints.filter((item): item is Extract<Constraint, { kind: "order" }> => item.kind === "order");
  const barredFrom = (resource: string): (string | undefined)[] =>
    constraints
      .flatMap((item) => (item.kind === "location" && item.id.endsWith("-rack") && item.resource === resource ? item.tests : []))
      .map(({ value }) => value);

  it("never put a clone behind one that is barred from one of its hosts: Pacemaker would keep it from starting", () => {
    for (const { first, then, mode } of orders.filter((item) => item.mode === "Mandatory")) {
      expect([first, then, mode, barredFrom(first).filter((host) => !barredFrom(then).includes(host))]).toEqual([first, then, mode, []]);
    }
  });

  it("stop the checker before the VIPs where both stop, and leave it alone where VIPs are recovered", () => {
    const before = orders.filter(({ then }) => then === "rw-haproxy-check-clone");
    expect(before.map(({ first, mode, symmetrical }) => [first, mode, symmetrical])).toEqual([
      ["rw-haproxy-vips-1-clone", "Optional", true],
      ["rw-haproxy-vips-2-clone", "Optional", true],
      ["rw-haproxy-vips-rack-a.1-clone", "Optional", true],
      ["rw-haproxy-roam-store.1", "Optional", true],
      ["rw-haproxy-roam-store.2", "Optional", true],
      ["rw-haproxy-dns-clone", "Optional", true],
      ["rw-haproxy-ntp-clone", "Optional", true],
      ["rw-haproxy-run-mailer.1-clone", "Optional", true],
      ["rw-haproxy-proxy-clone", "Optional", true],
      ["rw-haproxy-ns-clone", "Mandatory", true],
    ]);
  });

  it("keep every resource on the hosts of its VIPs", () => {
    expect(barredFrom("rw-any-clone")).toEqual(["ctl-b2"]);
    expect(barredFrom("rw-haproxy-vips-rack-a.1-clone")).toEqual(["ctl-b1", "ctl-b2"]);
    expect(barredFrom("rw-web-check-clone")).toEqual(["ctl-a1", "ctl-a2", "ctl-b2"]);
  });
});
