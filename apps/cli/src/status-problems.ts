import type { Status } from "@rackway/schema";
import { renderDuration, renderList } from "./words.ts";

/** Older than this, an observation says what was, not what is. */
const oldMs = 15_000;

/** What an operator should look at, worst first. `severity` decides the colour only. */
export interface Problem {
  severity: "bad" | "note";
  text: string;
}

/**
 * Everything in a status that is not as it should be, in words. Pure; empty when all is well. `isLocal`: one host's own view, which cannot
 * see the agents of others.
 */
export function findProblems(status: Status, isLocal = false): Problem[] {
  const all = [
    ...status.pacemaker.flatMap(pacemakerProblems),
    ...status.routers.flatMap(routerProblems),
    ...vipProblems(status),
    ...status.hosts.flatMap((host) => hostProblems(host, isLocal)),
    ...(status.problems ?? []).flatMap(toldProblems),
  ];
  return [...all.filter((problem) => problem.severity === "bad"), ...all.filter((problem) => problem.severity === "note")];
}

function pacemakerProblems(cluster: Status["pacemaker"][number]): Problem[] {
  if (cluster.ageMs === null) return [bad(`Pacemaker cluster ${cluster.name}: no host of it has reported`)];
  if (!cluster.quorate) return [bad(`Pacemaker cluster ${cluster.name} has no quorum: its routers and single-owner VIPs are stopped`)];
  const problems = cluster.dc === null ? [bad(`Pacemaker cluster ${cluster.name} has no DC: nothing is being placed`)] : [];
  return cluster.takeover === "fenced" && cluster.fencing === "off"
    ? [
        ...problems,
        bad(`Pacemaker cluster ${cluster.name} waits for fencing before a takeover, but fencing is off: a dead host's routers stay down`),
      ]
    : problems;
}

function routerProblems(router: Status["routers"][number]): Problem[] {
  const problems: Problem[] = [];
  if (router.ageMs === null) return [bad(`router ${router.name}: no host has reported on it`)];
  if (router.active === null) problems.push(bad(`router ${router.name}: no host carries it`));
  for (const vip of router.vips) {
    if (vip.owners.length > 1)
      problems.push(bad(`router ${router.name}: ${vip.address} is on ${vip.owners.length} hosts at once: ${renderList(vip.owners)}`));
    if (vip.owners.length === 0 && router.active !== null) problems.push(bad(`router ${router.name}: ${vip.address} is on no host`));
  }
  const carriers = new Set(router.vips.flatMap((vip) => vip.owners));
  if (carriers.size > 1 && router.vips.every((vip) => vip.owners.length === 1)) {
    problems.push(bad(`router ${router.name}: its pair is split between ${renderList([...carriers])}`));
  }
  if (router.connectionSync?.inStep === false) {
    problems.push(note(`router ${router.name}: no standby is in step with its connections: a failover now would cut some`));
  }
  if (router.dns?.healthy === false) problems.push(bad(`router ${router.name}: its name service does not answer`));
  if (router.ntp?.healthy === false) problems.push(bad(`router ${router.name}: its time service does not answer`));
  if (router.ageMs > oldMs) problems.push(note(`router ${router.name}: last seen ${renderDuration(router.ageMs)} ago`));
  return problems;
}

function vipProblems(status: Status): Problem[] {
  return status.vips.flatMap((vip) => {
    const name = `VIP ${vip.name} (${vip.address})`;
    if (vip.ageMs === null) return [note(`${name}: no host has reported on it`)];
    if (vip.health === "down") return [bad(`${name} is down: ${vip.reason}`)];
    if (vip.mode !== "anycast" && vip.owners.length > 1)
      return [bad(`${name} is on ${vip.owners.length} hosts at once: ${renderList(vip.owners)}`)];
    return vip.owners.length === 0 ? [bad(`${name} is on no host${vip.reason === "" ? "" : `: ${vip.reason}`}`)] : [];
  });
}

function hostProblems(host: Status["hosts"][number], isLocal: boolean): Problem[] {
  const problems: Problem[] = [];
  const seen = host.ageMs === null ? "nothing was ever heard of it" : `last heard of ${renderDuration(host.ageMs)} ago`;
  const isUnseen = isLocal && host.ageMs === null;
  if (!host.online) problems.push(bad(`host ${host.name} is offline (${seen})`));
  else if (host.agent === "absent" && !isUnseen) problems.push(bad(`host ${host.name}: its agent is absent (${seen})`));
  else if (host.agent === "stale") problems.push(note(`host ${host.name}: its agent is stale (${seen})`));
  if (host.paused) problems.push(note(`host ${host.name} is paused: Rackway changes nothing there until: rackway resume ${host.name}`));
  else if (host.converged === false && host.agent === "ok")
    problems.push(note(`host ${host.name} has not converged; see: rackway describe host ${host.name}`));
  if (host.drained) problems.push(note(`host ${host.name} is drained until: rackway resume ${host.name}`));
  return problems;
}

/** What the agents and the server found themselves; what we have said in our own words is not said twice. */
function toldProblems(told: NonNullable<Status["problems"]>[number]): Problem[] {
  if (told.code === "vip-owned-twice") return [];
  return [bad(`${told.subject.replace("/", " ")}: ${told.message}${told.hint === null ? "" : ` (${told.hint})`}`)];
}

function bad(text: string): Problem {
  return { severity: "bad", text };
}

function note(text: string): Problem {
  return { severity: "note", text };
}
