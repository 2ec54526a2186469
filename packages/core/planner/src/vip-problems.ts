import type { Issue } from "@rackway/errors";
import { issue, severityInStatus } from "@rackway/errors";
import type { StatusProblem } from "@rackway/schema";

import type { VipFacts, VipOnHost } from "./vip-facts.ts";
import { causeOf, downInWords, isHeard, listed } from "./vip-facts.ts";

/** What judging VIPs needs beside what the hosts say of them. */
export interface VipSurroundings {
  /** Somebody reports; where nobody does, that is told of the hosts. */
  readonly isAnyoneHeard: boolean;
  /** Why none of these hosts may own what has one owner: their Pacemaker cluster has no quorum. Empty: it is not that. */
  readonly whyNoOwner: (hosts: readonly string[]) => string;
  /** Since when there is this problem; null: longer than anybody has looked. */
  readonly since: (code: string, subject: string) => string | null;
  readonly nowMs: number;
}

/** What is wrong with one address. `about`: text and hint, when it is said of these addresses. */
interface Finding {
  readonly code: VipProblemCode;
  readonly severity: StatusProblem["severity"];
  readonly vip: VipFacts;
  readonly about: (address: string) => Pick<Issue, "message" | "hint">;
}

type VipProblemCode =
  | "vip-unseen"
  | "vip-owned-twice"
  | "vip-without-owner"
  | "vip-owner-down"
  | "vip-announced-nowhere"
  | "vip-announced-astray"
  | "vip-missing"
  | "vip-kept"
  | "vip-dampened"
  | "vip-down-somewhere";

/** More VIPs of a namespace than this, with one thing wrong with all of them, are one problem of the namespace: its cause is one. */
const fewVips = 3;
/** Agents and Pacemaker carry a revision out within seconds; later, what is missing is missing. */
const convergingMs = 2 * 60_000;

/**
 * What is wrong with service VIPs, by what their hosts say. Pure. A host that is silent, drained or without power is told of once,
 * as a host; here it neither owns nor lacks anything. Alike problems are told together: of both families, and of many VIPs of a namespace.
 */
export function findVipProblems(vips: readonly VipFacts[], surroundings: VipSurroundings): StatusProblem[] {
  const findings = vips.flatMap((vip) => judge(vip, surroundings));
  const alike = Map.groupBy(findings, ({ code, severity, vip, about }) => `${vip.namespace} ${code} ${severity} ${about("").message}`);
  return [...alike.values()].flatMap((group) => {
    const byName = Map.groupBy(group, ({ vip }) => vip.name);
    const [first] = group;
    if (first === undefined) return [];
    return byName.size > fewVips
      ? [problemOf(`namespace/${first.vip.namespace}`, group, surroundings)]
      : [...byName].map(([name, findingsOfVip]) => problemOf(`vip/${name}`, findingsOfVip, surroundings));
  });
}

function problemOf(subject: string, group: readonly Finding[], { since, nowMs }: VipSurroundings): StatusProblem {
  const first = group[0] as Finding;
  const addresses = group.map(({ vip }) => vip.address);
  const some = addresses.slice(0, 2).join(", ");
  const { message, hint } = first.about(addresses.length > 2 ? `${addresses.length} addresses (${some}, …)` : listed(addresses));
  const sinceWhen = since(first.code, subject);
  // Not there yet becomes not there.
  const isLong = first.code === "vip-missing" && (sinceWhen === null || nowMs - Date.parse(sinceWhen) > convergingMs);
  return { severity: isLong ? "warning" : first.severity, code: first.code, subject, message, hint, since: sinceWhen };
}

function judge(vip: VipFacts, surroundings: VipSurroundings): Finding[] {
  const heard = vip.hosts.filter((host) => isHeard(host) && host.held !== null);
  if (heard.length === 0)
    return surroundings.isAnyoneHeard ? [{ ...finding(vip, "vip-unseen"), about: (address) => issue("vip-unseen", { address }) }] : [];
  if (vip.mode === "failover") return [...judgeOwner(vip, heard, surroundings), ...judgeOwnersService(vip, heard)];
  return [...(vip.mode === "roaming" ? judgeOwner(vip, heard, surroundings) : judgeHolders(vip, heard)), ...judgeAnnouncement(vip, heard)];
}

function finding(vip: VipFacts, code: VipProblemCode, severity = severityInStatus(code)): Pick<Finding, "vip" | "code" | "severity"> {
  return { vip, code, severity };
}

function judgeOwner(vip: VipFacts, heard: readonly VipOnHost[], { whyNoOwner }: VipSurroundings): Finding[] {
  const owners = heard.filter(({ held }) => held === true).map(({ host }) => host);
  if (owners.length === 1) return [];
  if (owners.length > 1) {
    const parameters = { count: owners.length, hosts: listed(owners) };
    return [
      { ...finding(vip, "vip-owned-twice"), about: (address) => issue("vip-owned-twice", { ...parameters, address: each(address) }) },
    ];
  }
  const why = whyNoOwner(vip.hosts.filter(({ isEligible }) => isEligible).map(({ host }) => host));
  const because = why === "" ? "" : `: ${why}`;
  return [{ ...finding(vip, "vip-without-owner"), about: (address) => issue("vip-without-owner", { address: each(address), because }) }];
}

/** Nobody withdraws it: it is where nothing better is known, or on its way elsewhere. */
function judgeOwnersService(vip: VipFacts, heard: readonly VipOnHost[]): Finding[] {
  const down = heard.filter(({ held, health }) => held === true && health === "down");
  const [first] = down;
  if (first === undefined) return [];
  const parameters = { hosts: listed(down.map(({ host }) => host)), reason: causeOf(first), vip: vip.name };
  return [{ ...finding(vip, "vip-owner-down"), about: (address) => issue("vip-owner-down", { ...parameters, address }) }];
}

/** An anycast VIP is on all eligible hosts that are in service, and on no other. */
function judgeHolders(vip: VipFacts, heard: readonly VipOnHost[]): Finding[] {
  const missing = heard.filter(({ isEligible, state, held }) => isEligible && state === "ok" && held === false);
  if (missing.length === 0) return [];
  const severity = missing.some(({ isConverged }) => isConverged) ? severityInStatus("vip-missing") : "info";
  const hosts = listed(missing.map(({ host }) => host));
  return [{ ...finding(vip, "vip-missing", severity), about: (address) => issue("vip-missing", { address, hosts, vip: vip.name }) }];
}

function judgeAnnouncement(vip: VipFacts, heard: readonly VipOnHost[]): Finding[] {
  const announcers = heard.filter(({ announced }) => announced === true);
  const astray = announcers.filter(({ isEligible }) => !isEligible);
  const own = vip.name;
  const found: Finding[] = [];
  if (astray.length > 0) {
    const hosts = listed(astray.map(({ host }) => host));
    found.push({
      ...finding(vip, "vip-announced-astray"),
      about: (address) => issue("vip-announced-astray", { address, hosts, vip: own }),
    });
  }
  const holders = heard.filter(({ held }) => held === true);
  // That no host holds a roaming VIP is told already.
  if (announcers.length === 0 && (holders.length > 0 || vip.mode === "anycast")) {
    const because = whyNowhere(heard, holders);
    return [
      ...found,
      { ...finding(vip, "vip-announced-nowhere"), about: (address) => issue("vip-announced-nowhere", { address, because, vip: own }) },
    ];
  }
  return [...found, ...judgeHealth(vip, holders, announcers)];
}

/** The gravest reason that covers all hosts that could announce it. */
function whyNowhere(heard: readonly VipOnHost[], holders: readonly VipOnHost[]): string {
  const down = holders.filter(({ health }) => health === "down");
  if (heard.every(({ state }) => state === "drained")) return ": every host that could is drained";
  if (holders.length === 0) return ": no host holds it";
  if (down.length > 0) return `: its service is ${downInWords(down)}`;
  const [first] = holders.filter(({ reason }) => reason !== "");
  return first === undefined ? "" : `: ${first.host} says: ${first.reason}`;
}

/** How the service stands where the VIP is held, while somebody announces it. */
function judgeHealth(vip: VipFacts, holders: readonly VipOnHost[], announcers: readonly VipOnHost[]): Finding[] {
  const found: Finding[] = [];
  const own = vip.name;
  const kept = announcers.filter(({ health, hold }) => health === "down" && hold === "last");
  const [keeper] = kept;
  if (keeper !== undefined) {
    // Somebody else is well, and will announce it: soon over.
    const severity = holders.some(({ health }) => health === "up") ? "warning" : severityInStatus("vip-kept");
    const parameters = { hosts: listed(kept.map(({ host }) => host)), reason: causeOf(keeper), vip: own };
    found.push({ ...finding(vip, "vip-kept", severity), about: (address) => issue("vip-kept", { ...parameters, address }) });
  }
  const dampened = holders.filter(({ hold }) => hold === "dampened");
  if (dampened.length > 0) {
    // One announcer left: nobody takes over from it.
    const severity = announcers.length <= 1 && vip.mode === "anycast" ? "warning" : severityInStatus("vip-dampened");
    const hosts = listed(dampened.map(({ host }) => host));
    found.push({ ...finding(vip, "vip-dampened", severity), about: (address) => issue("vip-dampened", { address, hosts }) });
  }
  // A drained host announces nothing anyway.
  const down = holders.filter(({ health, announced, state }) => health === "down" && announced === false && state === "ok");
  const [first] = down;
  if (first !== undefined) {
    const parameters = { hosts: listed(down.map(({ host }) => host)), reason: causeOf(first) };
    found.push({ ...finding(vip, "vip-down-somewhere"), about: (address) => issue("vip-down-somewhere", { ...parameters, address }) });
  }
  return found;
}

/** Said of several addresses together, what is true of each. */
function each(addresses: string): string {
  return / and |, …/.test(addresses) ? `each of ${addresses}` : addresses;
}
