import { namespaceIdWords, routerIdWords } from "@rackway/schema";
import type { HealthTerms, PacemakerState, ServiceVipState } from "@rackway/schema";
import { describe, expect, it } from "vitest";

import { renderCib } from "./cib-intent.ts";
import { patchCib } from "./cib-xml.ts";
import { allChecks, bothRacks, serviceVip } from "./fixtures/pacemaker-state.ts";
import type { Constraint, Primitive } from "./resource.ts";
import { chunksOf, vipParameters } from "./service-parameters.ts";
import { serviceConstraints, serviceResources } from "./service-resources.ts";

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
    ]);
  });
});

describe("resources of service namespaces", () => {
  it("are few: ten thousand VIPs of one namespace are 20 resources beside the bridge, the namespace and the checker", () => {
    expect(serviceResources(withVips(vips(10_000)))).toHaveLength(23);
  });

  it("need quorum where there is one owner, and nowhere else", () => {
    const requires = [...primitives(bothRacks)].map(([id, { meta }]) => [id, meta.requires]);
    expect(requires.filter(([, value]) => value !== "nothing")).toEqual([
      ["rw-haproxy-roam-store.1", "quorum"],
      ["rw-haproxy-roam-store.2", "quorum"],
    ]);
    expect(primitives({ ...bothRacks, takeover: "fenced" }).get("rw-haproxy-roam-store.1")?.meta.requires).toBe("fencing");
  });

  it("leave a namespace that is there already to those who made it", () => {
    const all = primitives(bothRacks);
    expect([all.has("rw-web-ns"), all.get("rw-web-vips-rack-b.1")?.parameters.existing]).toEqual([false, "1"]);
  });

  it("give the checker nothing that changes with VIPs in a chunk that is there", () => {
    const check = (state: PacemakerState) => primitives(state).get("rw-haproxy-check");
    expect(check(withVips(vips(400)))).toEqual(check(withVips(vips(401), allChecks)));
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
      ["rw-haproxy-ns-clone", "Mandatory", true],
    ]);
  });

  it("keep every resource on the hosts of its VIPs", () => {
    expect(barredFrom("rw-any-clone")).toEqual(["ctl-b2"]);
    expect(barredFrom("rw-haproxy-vips-rack-a.1-clone")).toEqual(["ctl-b1", "ctl-b2"]);
    expect(barredFrom("rw-web-check-clone")).toEqual(["ctl-a1", "ctl-a2", "ctl-b2"]);
  });
});
