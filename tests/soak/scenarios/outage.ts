import { setTimeout as sleep } from "node:timers/promises";
import type { Run, Scenario } from "../../harness/scenario.ts";
import { Stand } from "../../harness/stand.ts";
import { strayAddresses } from "./cuts-in-a-row.ts";
import { checkMonitors, driftAndWatch, drifts } from "./monitors.ts";
import { leftovers } from "./steering.ts";
import { memberOf } from "./traffic.ts";

const service = "/etc/sv/rackway-agent";

/** Ends every agent, and keeps it from coming back, also with the next boot; the server with its database is stopped first. */
export async function silenceControlPlane(stand: Stand): Promise<void> {
  await stand.controlPlane.stopServer("SIGKILL");
  await Promise.all(
    stand.lab.rackHosts.map(async (host) => {
      await stand.lab.run(host, ["sh", "-c", `: >${service}/down && sv force-stop ${service}`], { timeoutMs: 30_000 });
      const { stdout } = await stand.lab.sh(host, "pgrep -f [r]ackway-agent.mjs");
      if (stdout.trim() !== "") throw new Error(`${host}: an agent lives still: ${stdout.trim()}`);
    }),
  );
}

export async function wakeControlPlane(stand: Stand): Promise<void> {
  await stand.controlPlane.startServer();
  await Promise.all(
    stand.lab.rackHosts
      .filter((host) => stand.lab.isOn(host))
      .map((host) => stand.lab.run(host, ["sh", "-c", `rm -f ${service}/down && sv up ${service}`])),
  );
}

/** With the server dead and every agent dead: the monitors tell the truth, drift is put right, a power cut is taken over; then all come back. */
export async function loseControlPlane(stand: Stand): Promise<Run> {
  const router = "vr-a";
  // Asked while there is somebody to ask: the addresses are needed when the server is gone.
  await stand.vips(router);
  try {
    await silenceControlPlane(stand);
    const publicVip = await publicVipOf(stand, router);
    const failures = await checkMonitors(stand, router);
    for (const drift of drifts(router, publicVip)) failures.push(...(await driftAndWatch(stand, drift, router)));
    failures.push(...(await checkMonitors(stand, router)));
    const victim = await stand.owner(router);
    const cutAtMs = Date.now();
    await stand.lab.powerOff(victim);
    await stand.ownerOtherThan(victim, router);
    await reachesInternet(stand);
    const takeoverMs = Date.now() - cutAtMs;
    // Fenced, the victim has booted again, without an agent: Corosync and Pacemaker come from what is on its disk.
    await stand.until(`${victim} is a member again, without any agent`, 90_000, async () => {
      if (!stand.lab.isOn(victim)) return undefined;
      const { stdout } = await stand.lab.exec(victim, ["crm_mon", "--one-shot", "--output-as=xml"]);
      return new RegExp(`<node [^>]*name="${victim}"[^>]*online="true"`).test(stdout) ? true : undefined;
    });
    failures.push(...(await strayAddresses(stand, router)));
    return { group: "no control plane", values: { takeoverMs }, failures, details: { victim } };
  } finally {
    await wakeControlPlane(stand);
    await stand.mend();
  }
}

async function publicVipOf(stand: Stand, router: string): Promise<string> {
  const owner = await stand.owner(router);
  const { stdout } = await stand.lab.sh(owner, `ip -n rw-${router} -4 -o address show dev public`);
  const found = /inet (\S+)/.exec(stdout)?.[1];
  if (found === undefined) throw new Error(`${owner} has no public VIP: ${stdout}`);
  return found;
}

/** Both families, from the member through the router. */
async function reachesInternet(stand: Stand): Promise<void> {
  const member = memberOf(stand);
  await stand.until(`${member} reaches the internet host over IPv4 and IPv6`, 60_000, async () => {
    const answers = await Promise.all(
      ["198.51.100.2", "2001:db8:100::2"].map((address) => stand.lab.exec(member, ["ping", "-c", "1", "-W", "1", address])),
    );
    return answers.every(({ code }) => code === 0) ? true : undefined;
  });
}

/** What must hold once everything has come back, whatever it was that went. Resolves when the whole Rackway says so, and the kernels too. */
async function recovered(stand: Stand, sinceMs: number, group: string): Promise<Run> {
  await reachesInternet(stand);
  const reachableMs = Date.now() - sinceMs;
  await stand.ownerOtherThan(null);
  await stand.wholeAgain();
  const convergedMs = Date.now() - sinceMs;
  const failures = [...(await strayAddresses(stand)), ...(await leftovers(stand)).map((fact) => `left behind: ${fact}`)];
  return { group, values: { reachableMs, convergedMs }, failures };
}

/** Every host of the racks loses its power at once, and gets it back at once. */
export async function loseAllPower(stand: Stand, offMs = 2000): Promise<Run> {
  const hosts = stand.lab.rackHosts;
  await Promise.all(hosts.map((host) => stand.lab.powerOff(host)));
  await sleep(offMs);
  const backAtMs = Date.now();
  await Promise.all(hosts.map((host) => stand.lab.powerOn(host)));
  return recovered(stand, backAtMs, "all power");
}

/** Every cable of every host of the racks is pulled at once, and put back. */
export async function loseAllLinks(stand: Stand, downMs = 5000): Promise<Run> {
  const hosts = new Set(stand.lab.rackHosts);
  const cables = stand.lab.plan.cables.filter(({ near }) => hosts.has(near.host)).map(({ near }) => near);
  const all = async (state: "down" | "up"): Promise<void> => {
    await Promise.all(cables.map(({ host, network }) => stand.lab.link(host, network, state)));
  };
  await all("down");
  await sleep(downMs);
  const owners = await stand.owners();
  const backAtMs = Date.now();
  await all("up");
  const run = await recovered(stand, backAtMs, "all links");
  if (owners.length > 0) run.failures.push(`without any link, and so without quorum, ${owners.join(", ")} went on holding the VIPs`);
  return run;
}

const kinds = [loseAllPower, loseAllLinks, loseControlPlane] as const;

export const outage: Scenario = {
  name: "outage",
  summary: "All hosts lose their power, all links go, the whole control plane is dead: converged within 60 s, unaided",
  runs: 9,
  thresholds: [
    { value: "convergedMs", group: "all power", statistic: "max", atMost: 60_000 },
    { value: "convergedMs", group: "all links", statistic: "max", atMost: 60_000 },
  ],
  async setUp(progress) {
    const stand = await Stand.up({ name: "soak-out", racks: ["rack-a"], onProgress: progress });
    await stand.mend();
    return { run: (index) => (kinds[index % kinds.length] ?? loseAllPower)(stand), tearDown: () => stand.down() };
  },
};
