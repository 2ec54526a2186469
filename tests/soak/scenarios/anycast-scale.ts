import type { ClusterDocument } from "@rackway/schema";
import { stringify } from "yaml";
import type { Run, Scenario } from "../../harness/scenario.ts";
import { Stand } from "../../harness/stand.ts";

const namespaces = 4;
const count = 1_000;
const rack = "rack-a";
const tor = "tor-a";

type Vip = ClusterDocument["spec"]["vips"][number];

/** The text of the example's document with `count` VIPs without checks in place of its one: announced as soon as they stand. */
export function manyVips(document: ClusterDocument, count: number): string {
  const [one] = document.spec.vips;
  const [pool] = document.spec.vipPools;
  if (one === undefined || pool === undefined) throw new Error("the example has no VIP, or no pool");
  const vips = Array.from({ length: count }, (_, index): Vip => {
    return { ...one, health: undefined, name: `v-${index}`, namespace: `svc-${index % namespaces}` };
  });
  const wide = { ...pool, ipv4: { cidr: "10.77.0.0/18" }, ipv6: { cidr: "fd00:77::/112" } } as typeof pool;
  return stringify({ ...document, spec: { ...document.spec, vips, vipPools: [wide] } }, { aliasDuplicateObjects: false });
}

/** One rack of the example `anycast`. */
export function standOfMany(name: string, onProgress: (text: string) => void): Promise<Stand> {
  return Stand.up({ name, example: "anycast", racks: [rack], onProgress });
}

/** Waits until the top-of-rack router sends what is for each of `count` addresses of each family to exactly these hosts, and for no other. */
export async function announcedAtRouter(stand: Stand, count: number, hosts: readonly string[], timeoutMs: number): Promise<void> {
  const wanted = hosts.map((host) => `f-${host}`).toSorted();
  let seen = "";
  await stand
    .until(`${count} addresses of each family by ${hosts.join(" ") || "nobody"}`, timeoutMs, async () => {
      const byFamily = await waysAt(stand);
      const done = byFamily.map((ways) => [...ways.values()].filter((devices) => devices.join() === wanted.join()).length);
      seen = byFamily.map((ways, index) => `${done[index]} of ${ways.size}`).join(" and ");
      return byFamily.every((ways, index) => ways.size === count && done[index] === count) ? true : undefined;
    })
    .catch((error: unknown) => {
      throw new Error(`${String(error)}; it has ${seen}`, { cause: error });
    });
}

/** By family: the top-of-rack router's ways to each service address, by the kernel's own table. */
async function waysAt(stand: Stand): Promise<Map<string, string[]>[]> {
  return Promise.all(
    (["-4", "-6"] as const).map(async (family) => {
      const text = await stand.lab.run(tor, ["ip", family, "-j", "route", "show", "proto", "ospf"], { timeoutMs: 30_000 });
      const routes = JSON.parse(text.trim() || "[]") as { dst: string; dev?: string; nexthops?: { dev: string }[] }[];
      const ours = routes.filter(({ dst }) => dst.startsWith(family === "-4" ? "10.77." : "fd00:77:"));
      const devicesOf = (dev?: string, hops?: { dev: string }[]): string[] =>
        hops?.map((hop) => hop.dev) ?? (dev === undefined ? [] : [dev]);
      return new Map(ours.map(({ dst, dev, nexthops }) => [dst, devicesOf(dev, nexthops).toSorted()]));
    }),
  );
}

export const anycastScale: Scenario = {
  name: "anycast-scale",
  summary: `${count} VIPs in ${namespaces} namespaces on 3 hosts, both families: applied, applied again without a change, and a host's power cut`,
  runs: 3,
  thresholds: [
    { value: "announcedAfterMs", statistic: "max", atMost: 15_000 },
    { value: "noChangeMs", statistic: "max", atMost: 2_000 },
  ],
  async setUp(progress) {
    const stand = await standOfMany("soak-any-scale", progress);
    return { run: () => stand.round(() => scaleOnce(stand)), tearDown: () => stand.down() };
  },
};

async function scaleOnce(stand: Stand): Promise<Run> {
  const { controlPlane } = stand;
  const hosts = stand.controllers(rack);
  const victim = hosts.at(-1) ?? "";

  await controlPlane.apply("one.yaml", manyVips(stand.document, 1));
  await announcedAtRouter(stand, 1, hosts, 60_000);
  const withoutVictimOfOneMs = await cutPower(stand, 1, victim);

  const text = manyVips(stand.document, count);
  const beganMs = Date.now();
  await controlPlane.apply("many.yaml", text);
  const appliedAfterMs = Date.now() - beganMs;
  await announcedAtRouter(stand, count, hosts, 180_000);
  const announcedAfterMs = Date.now() - beganMs;
  await controlPlane.converged();
  const convergedAfterMs = Date.now() - beganMs;

  const againMs = Date.now();
  await controlPlane.apply("many.yaml", text);
  await controlPlane.converged();
  const noChangeMs = Date.now() - againMs;

  const withoutVictimMs = await cutPower(stand, count, victim);

  // Away with them, for the next round.
  await controlPlane.apply("none.yaml", stringify({ ...stand.document, spec: { ...stand.document.spec, vips: [] } }));
  await announcedAtRouter(stand, 0, [], 120_000);
  await controlPlane.converged();
  return {
    group: `${count} VIPs`,
    values: { appliedAfterMs, announcedAfterMs, convergedAfterMs, noChangeMs, withoutVictimMs, withoutVictimOfOneMs },
    failures: [],
    details: { victim },
  };
}

/** How long until the router sends nothing to a host without power, milliseconds. All is mended afterwards. */
async function cutPower(stand: Stand, vips: number, victim: string): Promise<number> {
  const others = stand.controllers(rack).filter((host) => host !== victim);
  const cutMs = Date.now();
  await stand.lab.powerOff(victim);
  await announcedAtRouter(stand, vips, others, 60_000);
  const withoutMs = Date.now() - cutMs;
  await stand.mend();
  await announcedAtRouter(stand, vips, [...others, victim], 180_000);
  return withoutMs;
}
