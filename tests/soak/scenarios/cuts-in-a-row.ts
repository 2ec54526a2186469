import type { Run, Scenario } from "../../harness/scenario.ts";
import { diffSnapshots, renderDifferences, takeSnapshot, type Snapshot } from "../../harness/snapshot.ts";
import { Stand } from "../../harness/stand.ts";
import { VipWatch, type VipWatchReport } from "../../harness/vip-watch.ts";
import { leftovers, moveRouter } from "./steering.ts";

/** What every controller is before the first cut, and must be after the last. */
export type Before = { owner: string; hosts: Record<string, Snapshot> };

/** What a power cut may leave behind. Files below /run and /var/lib are the host's own memory of its life; sysctls leave with a namespace. */
const compared = /^(namespace|process|cib|address|route|rule|nft)\b/;
/** Supervisors' own doings; and the outer ends of veth pairs, whose hardware addresses, and so link-local ones, the kernel draws anew. */
const drawnAnew = /^process: (runsv|svlogd|runsvdir|sh |\/bin\/sh \/usr\/lib\/rackway-lab)|rw[a-z]-\d.*fe80::|fe80::.*rw[a-z]-\d/;

export async function lookBefore(stand: Stand): Promise<Before> {
  await stand.pacemakerAtRest();
  return { owner: await stand.owner(), hosts: await lookAtAll(stand) };
}

async function lookAtAll(stand: Stand): Promise<Record<string, Snapshot>> {
  const entries = await Promise.all(stand.controllers().map(async (host) => [host, await takeSnapshot(stand.place(host))] as const));
  return Object.fromEntries(entries);
}

/** Cuts the power of whoever carries the router, and watches on the wire, on both networks, who answers for the VIPs from then on. */
export async function cutAndWatch(stand: Stand, rack: { router: string; tor: string } = { router: "vr-a", tor: "tor-a" }): Promise<Run> {
  const victim = await stand.owner(rack.router);
  const watches = await watchVips(stand, rack);
  let reports: VipWatchReport[];
  try {
    await stand.lab.powerOff(victim);
    await stand.ownerOtherThan(victim, rack.router);
    // The victim comes back meanwhile, fenced: a host that answers for what it once had would be seen.
    await stand.mend();
    reports = await Promise.all(watches.map((watch) => watch.stop()));
  } catch (error) {
    for (const watch of watches) watch.abandon();
    throw error;
  }
  const owned = reports.flatMap((report) => Object.values(report.byAddress));
  const failures = [
    ...owned
      .filter(({ twoOwners }) => twoOwners.length > 0)
      .map(
        ({ address, longestTwoOwnersMs, twoOwners }) =>
          `${address} had two owners for ${longestTwoOwnersMs} ms: ${twoOwners[0]?.macs.join(", ")}`,
      ),
    ...owned.filter(({ tenures }) => tenures.length === 0).map(({ address }) => `nobody was ever seen to answer for ${address}`),
    ...(reports.some(({ isFull }) => isFull) ? ["a capture was full before the end: what came later was not seen"] : []),
    ...(await strayAddresses(stand, rack.router)),
    ...(await leftovers(stand)).map((fact) => `left behind: ${fact}`),
  ];
  const nobodyMs = Math.max(...owned.map(({ longestNobodyMs }) => longestNobodyMs));
  const twoOwnersMs = Math.max(...owned.map(({ longestTwoOwnersMs }) => longestTwoOwnersMs));
  return { group: "power cut", values: { nobodyMs, twoOwnersMs }, failures, details: { victim, owned } };
}

async function watchVips(stand: Stand, { router, tor }: { router: string; tor: string }): Promise<VipWatch[]> {
  const vips = await stand.vips(router);
  const place = stand.place(tor);
  const watches: VipWatch[] = [];
  for (const network of ["management", "public"] as const) {
    const addresses = [vips[network].ipv4, vips[network].ipv6].filter((address) => address !== "");
    watches.push(await VipWatch.start({ place, interface: `br-${network}`, addresses, intervalMs: 10, maxMs: 180_000 }));
  }
  return watches;
}

/** VIPs on any host but the owner, in any namespace. Asked of the kernels. */
export async function strayAddresses(stand: Stand, router = "vr-a"): Promise<string[]> {
  const vips = Object.values(await stand.vips(router)).flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6]);
  const owner = await stand.owner(router);
  const script = 'ip -o address show; for n in $(ls /run/netns); do ip -n "$n" -o address show; done';
  const hosts = stand.document.spec.hosts.map(({ name }) => name).filter((name) => name !== owner && stand.lab.isOn(name));
  const found = await Promise.all(
    hosts.map(async (host) => {
      const words = (await stand.lab.run(host, ["sh", "-c", script])).split(/\s+/).map((word) => word.split("/")[0]);
      return vips.filter((vip) => vip !== "" && words.includes(vip)).map((vip) => `${host} has ${vip}, which ${owner} owns`);
    }),
  );
  return found.flat();
}

/** The router is put where it was, then every controller must be what it was: no address, constraint, namespace or process more or less. */
export async function compareWithBefore(stand: Stand, before: Before): Promise<string[]> {
  if ((await stand.owner()) !== before.owner) await moveRouter(stand, before.owner);
  await stand.mend();
  await stand.pacemakerAtRest();
  const after = await lookAtAll(stand);
  return Object.entries(before.hosts).flatMap(([host, snapshot]) => {
    const differences = diffSnapshots(snapshot, after[host] ?? {}).filter(({ fact }) => compared.test(fact) && !drawnAnew.test(fact));
    return differences.length === 0 ? [] : [`${host} is not what it was:\n${renderDifferences(differences)}`];
  });
}

export const cutsInARow: Scenario = {
  name: "cuts-in-a-row",
  summary: "50 power cuts in a row: never two hosts that answer, and after the last one every host is what it was",
  runs: 50,
  thresholds: [{ value: "twoOwnersMs", statistic: "max", atMost: 0 }],
  async setUp(progress) {
    const stand = await Stand.up({ name: "soak-row", racks: ["rack-a"], onProgress: progress });
    await stand.mend();
    const before = await lookBefore(stand);
    const run = async (): Promise<Run> => {
      const cut = await cutAndWatch(stand);
      // After each: the run that leaves something is the run that fails.
      return { ...cut, failures: [...cut.failures, ...(await compareWithBefore(stand, before))] };
    };
    return { run, tearDown: () => stand.down() };
  },
};
