import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { RoamingStand } from "../../harness/roaming-stand.ts";
import type { RoamingReport } from "../../harness/roaming-watch.ts";
import type { Run, Scenario, Session } from "../../harness/scenario.ts";

async function stage(
  name: string,
  progress: (text: string) => void,
  run: (roaming: RoamingStand, index: number) => Promise<Run>,
): Promise<Session> {
  const roaming = await RoamingStand.up({ name, onProgress: progress });
  return {
    run: (index) =>
      roaming.stand.round(async () => {
        const found = await run(roaming, index);
        await roaming.stand.mend();
        await Promise.all(roaming.hosts.map((host) => roaming.serve(host)));
        return found;
      }),
    tearDown: () => roaming.down(),
  };
}

let port = 7300;

function judged({ twoOwners, twoAnnouncers, summary }: RoamingReport): { values: Record<string, number>; failures: string[] } {
  const { nobodyHoldsMs, nobodyAnnouncesMs, owners } = summary;
  const blind = owners.length < 2 ? [`the watch saw it nowhere but on ${owners.join(", ")}`] : [];
  return { values: { nobodyHoldsMs, nobodyAnnouncesMs }, failures: [...twoOwners, ...twoAnnouncers, ...blind] };
}

export const roamingDrain: Scenario = {
  name: "roaming-drain",
  summary: "The owner of a roaming VIP is drained, one host at a time: never two owners; how long nobody has it",
  runs: 10,
  thresholds: [{ value: "nobodyHoldsMs", statistic: "max", atMost: 5_000 }],
  setUp: (progress) =>
    stage("soak-roam-drain", progress, async (roaming) => {
      const owner = await roaming.serving(null);
      const flows = await roaming.flowsFrom("internet", (port += 10));
      const seen = await roaming.watch().start();
      await roaming.stand.controlPlane.client.drain(owner, "soak");
      const next = await roaming.serving(owner);
      const { values, failures } = judged(await seen.stop());
      const gaps = await Promise.all(flows.map(async (each) => (await each.stop()).longestGapMs));
      await roaming.stand.controlPlane.client.undrain(owner);
      await roaming.stand.converged();
      return { group: "one at a time", values: { ...values, longestGapMs: Math.max(...gaps) }, failures, details: { owner, next, gaps } };
    }),
};

export const roamingOverlap: Scenario = {
  name: "roaming-overlap",
  summary: "The owner of a roaming VIP with `overlap: true` is drained: nothing is lost at 1 kHz in either family",
  runs: 10,
  thresholds: [{ value: "lost", statistic: "max", atMost: 0 }],
  setUp: (progress) =>
    stage("soak-roam-overlap", progress, async (roaming, index) => {
      const { stand } = roaming;
      if (index === 0) {
        const vips = stand.document.spec.vips.map((one) => ({ ...one, overlap: true }));
        await stand.controlPlane.apply("roaming.yaml", stringify({ ...stand.document, spec: { ...stand.document.spec, vips } }));
        await stand.controlPlane.converged();
      }
      const owner = await roaming.serving(null);
      const flows = await roaming.flowsFrom("internet", (port += 10));
      await stand.controlPlane.client.drain(owner, "soak");
      const next = await roaming.serving(owner);
      await stand.controlPlane.client.undrain(owner);
      await stand.converged();
      const results = await Promise.all(flows.map((each) => each.stop()));
      return {
        group: "overlap",
        values: {
          lost: results.reduce((sum, { lost }) => sum + lost, 0),
          longestGapMs: Math.max(...results.map(({ longestGapMs }) => longestGapMs)),
        },
        failures: [],
        details: { owner, next, servers: results.map(({ flows: [flow] }) => flow?.servers.map(({ name }) => name)) },
      };
    }),
};

export const roamingPartition: Scenario = {
  name: "roaming-partition",
  summary: "The owner of a roaming VIP is cut off from all others: it gives the VIP up before another takes it",
  runs: 10,
  thresholds: [{ value: "nobodyHoldsMs", statistic: "max", atMost: 10_000 }],
  setUp: (progress) =>
    stage("soak-roam-part", progress, async (roaming) => {
      const owner = await roaming.serving(null);
      const seen = await roaming.watch().start();
      await roaming.stand.lab.partition(
        [owner],
        roaming.hosts.filter((host) => host !== owner),
      );
      const next = await roaming.stand.until("another announces it", 60_000, async () => {
        const { holders, announcers } = await roaming.watch().sample();
        return holders.length === 1 && announcers.join() === holders[0] && holders[0] !== owner ? holders[0] : undefined;
      });
      return { group: "alone", ...judged(await seen.stop()), details: { owner, next } };
    }),
};

export const roamingDownEverywhere: Scenario = {
  name: "roaming-down-everywhere",
  summary: "The service of a roaming VIP is down everywhere: it is tried on every host and rests; it goes to the first that answers",
  runs: 3,
  thresholds: [{ value: "backAfterMs", statistic: "max", atMost: 30_000 }],
  setUp: (progress) =>
    stage("soak-roam-down", progress, async (roaming) => {
      const { stand, hosts } = roaming;
      await roaming.serving(null);
      await Promise.all(hosts.map((host) => roaming.service(host, "stop")));
      await stand.until("every host is known to be a bad place", 90_000, async () => {
        const text = await stand.lab.run(hosts[0] ?? "", ["crm_mon", "-1A"]);
        return [...text.matchAll(/rw-api-roam-api\.1-health\s*: 0/g)].length === hosts.length ? true : undefined;
      });
      const { holders } = await roaming.watch().sample();
      const seen = await roaming.watch().start();
      await sleep(8_000);
      const { owners } = (await seen.stop()).summary;
      const failures = owners.join() === holders.join() ? [] : [`it did not rest: ${holders.join(" ")}, then ${owners.join(" ")}`];
      const first = hosts.find((host) => host !== holders[0]) ?? "";
      const began = performance.now();
      await roaming.service(first, "start");
      const back = await roaming.serving(null);
      if (back !== first) failures.push(`it went to ${back}, not to ${first}`);
      return { group: "down everywhere", values: { backAfterMs: Math.round(performance.now() - began) }, failures };
    }),
};

export const roamingScenarios: readonly Scenario[] = [roamingDrain, roamingOverlap, roamingPartition, roamingDownEverywhere];
