import type { Stand } from "../../harness/stand.ts";

/** A monitor's word on one resource on one host, and what it should have said. */
export type MonitorWord = { host: string; resource: string; code: number; words: string };

const running = 0;
const notRunning = 7;

/** Ids of the primitives of a router, without their clones, as the CIB has them. */
async function primitivesOf(stand: Stand, host: string, router: string): Promise<string[]> {
  const cib = await stand.lab.run(host, ["cibadmin", "--query", "--scope", "resources"]);
  return [...cib.matchAll(/<primitive [^>]*\bid="([^"]+)"/g)].flatMap(([, id = ""]) =>
    id === `rw-${router}` || id.startsWith(`rw-${router}-`) ? [id] : [],
  );
}

/** Runs one resource's monitor by hand, as Pacemaker would, with the parameters that are in the CIB (`crm_resource --force-check`). */
export async function runMonitor(stand: Stand, host: string, resource: string): Promise<MonitorWord> {
  const { stdout, stderr } = await stand.lab.exec(host, ["crm_resource", "--force-check", "--resource", resource], { timeoutMs: 30_000 });
  const words = `${stdout}\n${stderr}`.trim();
  const code = /returned (?:\w+ )?(\d+)/.exec(words)?.[1];
  if (code === undefined) throw new Error(`${host}: crm_resource said nothing of ${resource}: ${words}`);
  return { host, resource, code: Number(code), words };
}

/** Every monitor of every resource of the router on every controller, held against the world: clones run everywhere, the VIPs at the owner. */
export async function checkMonitors(stand: Stand, router = "vr-a"): Promise<string[]> {
  const owner = await stand.owner(router);
  const failures: string[] = [];
  for (const host of stand.controllers().filter((name) => stand.lab.isOn(name))) {
    const resources = await primitivesOf(stand, host, router);
    if (!resources.includes(`rw-${router}-vips`)) failures.push(`${host}: the CIB has no VIPs of ${router}`);
    for (const resource of resources) {
      const expected = resource === `rw-${router}-vips` && host !== owner ? notRunning : running;
      const said = await runMonitor(stand, host, resource);
      if (said.code !== expected)
        failures.push(`${host}: the monitor of ${resource} says ${said.code}, the world ${expected}: ${said.words}`);
    }
  }
  return failures;
}

/** A drift, the resource whose monitor must tell of it, and how long Pacemaker may take to put it right. */
export type Drift = { name: string; resource: string; where: "owner" | "standby"; script: string };

export const drifts = (router: string, publicVip: string): Drift[] => [
  {
    name: "a VIP deleted",
    resource: `rw-${router}-vips`,
    where: "owner",
    script: `ip -n rw-${router} address del ${publicVip} dev public`,
  },
  {
    name: "conntrackd killed",
    resource: `rw-${router}-sync`,
    where: "standby",
    script: `kill -KILL "$(cat /run/rackway/rw-${router}-sync/pid)"`,
  },
  {
    name: "a sysctl changed",
    resource: `rw-${router}`,
    where: "standby",
    script: `ip netns exec rw-${router} sysctl -qw net.ipv4.ip_forward=0`,
  },
];

/**
 * Causes a drift while Pacemaker's executor stands still, so that nobody repairs it before the monitor has been asked by hand; then lets
 * it go on, and waits until the monitor is content again.
 */
export async function driftAndWatch(stand: Stand, drift: Drift, router = "vr-a"): Promise<string[]> {
  const owner = await stand.owner(router);
  const host = drift.where === "owner" ? owner : stand.controllers().find((name) => name !== owner && stand.lab.isOn(name));
  if (host === undefined) throw new Error("there is no standby");
  const failures: string[] = [];
  await stand.lab.freeze(host, "pacemaker-execd");
  try {
    await stand.lab.run(host, ["sh", "-c", drift.script]);
    const said = await runMonitor(stand, host, drift.resource);
    if (said.code === running) failures.push(`${drift.name} on ${host}: the monitor of ${drift.resource} says that all is well`);
  } finally {
    await stand.lab.heal(host);
  }
  await stand.until(`${drift.name} on ${host} is put right`, 60_000, async () =>
    (await runMonitor(stand, host, drift.resource)).code === running ? true : undefined,
  );
  return failures;
}
