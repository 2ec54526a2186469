import type { ClusterDocument } from "@rackway/schema";
import { stringify } from "yaml";
import type { Run, Scenario } from "../../harness/scenario.ts";
import { Stand } from "../../harness/stand.ts";

const namespaces = 4;
const vipsEach = 250;
const count = namespaces * vipsEach;
const rack = "rack-a";
const tor = "tor-a";

type Vip = ClusterDocument["spec"]["vips"][number];

/** A thousand VIPs without checks, in place of the example's one: announced as soon as they stand. */
function manyVips(document: ClusterDocument): ClusterDocument {
  const [one] = document.spec.vips;
  if (one === undefined) throw new Error("the example has no VIP");
  const vips = Array.from({ length: count }, (_, index): Vip => {
    return { ...one, health: undefined, name: `v-${index}`, namespace: `svc-${index % namespaces}` };
  });
  const [pool] = document.spec.vipPools;
  if (pool === undefined) throw new Error("the example has no pool");
  const wide = { ...pool, ipv4: { cidr: "10.77.0.0/21" }, ipv6: { cidr: "fd00:77::/116" } } as typeof pool;
  return { ...document, spec: { ...document.spec, vips, vipPools: [wide] } };
}

export const anycastScale: Scenario = {
  name: "anycast-scale",
  summary: `${count} VIPs in ${namespaces} namespaces on 3 hosts, both families: applied, applied again without a change, and a host's power cut`,
  runs: 3,
  thresholds: [
    { value: "announcedAfterMs", statistic: "max", atMost: 15_000 },
    { value: "noChangeMs", statistic: "max", atMost: 2_000 },
    { value: "withoutVictimAfterMs", statistic: "max", atMost: 1_000 },
  ],
  async setUp(progress) {
    const stand = await Stand.up({ name: "soak-any-scale", example: "anycast", racks: [rack], onProgress: progress });
    return { run: () => stand.round(() => scaleOnce(stand)), tearDown: () => stand.down() };
  },
};

async function scaleOnce(stand: Stand): Promise<Run> {
  const { controlPlane, lab } = stand;
  const text = stringify(manyVips(stand.document), { aliasDuplicateObjects: false });
  const hosts = stand.controllers(rack);
  const beganMs = Date.now();
  await controlPlane.apply("many.yaml", text);
  const appliedAfterMs = Date.now() - beganMs;
  await stand.until("all of them announced by all hosts, in both families", 180_000, async () => {
    const seen = await waysAt(stand);
    return seen.every((ways) => ways.size >= count && [...ways.values()].every((devices) => devices.length === hosts.length))
      ? true
      : undefined;
  });
  const announcedAfterMs = Date.now() - beganMs;
  await controlPlane.converged();
  const convergedAfterMs = Date.now() - beganMs;

  const againMs = Date.now();
  await controlPlane.apply("many.yaml", text);
  await controlPlane.converged();
  const noChangeMs = Date.now() - againMs;

  const victim = hosts.at(-1) ?? "";
  const cutMs = Date.now();
  await lab.powerOff(victim);
  await stand.until(`no way by ${victim}`, 60_000, async () => {
    const seen = await waysAt(stand);
    return seen.every((ways) => ways.size >= count && [...ways.values()].every((devices) => !devices.includes(`f-${victim}`)))
      ? true
      : undefined;
  });
  const withoutVictimAfterMs = Date.now() - cutMs;
  await stand.mend();

  // Away with them, for the next round.
  await controlPlane.apply("one.yaml", stringify(stand.document));
  await controlPlane.converged();
  return {
    group: `${count} VIPs`,
    values: { appliedAfterMs, announcedAfterMs, convergedAfterMs, noChangeMs, withoutVictimAfterMs },
    failures: [],
    details: { victim },
  };
}

/** By family: the top-of-rack router's ways to each service address, by the kernel's own table. */
async function waysAt(stand: Stand): Promise<Map<string, string[]>[]> {
  return Promise.all(
    (["-4", "-6"] as const).map(async (family) => {
      const text = await stand.lab.run(tor, ["ip", family, "-j", "route", "show", "proto", "ospf"]);
      const routes = JSON.parse(text.trim() || "[]") as { dst: string; dev?: string; nexthops?: { dev: string }[] }[];
      const ours = routes.filter(({ dst }) => dst.startsWith(family === "-4" ? "10.77." : "fd00:77:"));
      return new Map(ours.map(({ dst, dev, nexthops }) => [dst, nexthops?.map((hop) => hop.dev) ?? (dev === undefined ? [] : [dev])]));
    }),
  );
}
