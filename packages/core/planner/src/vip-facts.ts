import type { AnnouncementHold, ServiceVipObservation, Status } from "@rackway/schema";

type Host = Status["hosts"][number];
type VipRow = Status["vips"][number];

/** `stale`, `absent`, `offline`: what the host said last is no word on now. A drained host speaks for itself. */
export type VipHostState = "ok" | "drained" | "stale" | "absent" | "offline";

/** One host beside one address of a VIP: what it said last, and whether that counts. */
export interface VipOnHost {
  readonly host: string;
  readonly state: VipHostState;
  /** The document lets it hold the VIP. */
  readonly isEligible: boolean;
  /** It has all that the revision wants of it, or nobody knows better. */
  readonly isConverged: boolean;
  /** Null: its agent says nothing of it. */
  readonly held: boolean | null;
  readonly announced: boolean | null;
  readonly health: VipRow["health"];
  readonly reason: string;
  readonly hold: AnnouncementHold | null;
  readonly since: string | null;
  readonly ageMs: number | null;
  /** What its HAProxy says of the backends of the VIP's proxy; undefined: it has none, or nothing is known. */
  readonly backends?: ServiceVipObservation["backends"];
}

/** One address of a VIP and every host that may hold it, or does. */
export interface VipFacts extends Pick<VipRow, "name" | "mode" | "namespace" | "family" | "address"> {
  readonly hosts: readonly VipOnHost[];
}

export function vipHostState({ online, agent, drained }: Pick<Host, "online" | "agent" | "drained">): VipHostState {
  if (agent !== "ok") return online ? agent : "offline";
  return drained ? "drained" : "ok";
}

/** Whether what the host says is of now. */
export function isHeard({ state }: Pick<VipOnHost, "state">): boolean {
  return state === "ok" || state === "drained";
}

/** What a host said of an address last. Of one that it does not speak of nothing is known: it has not looked, or does not know it yet. */
export function vipOnHost(
  host: Pick<VipOnHost, "host" | "state" | "isEligible" | "isConverged">,
  observation: ServiceVipObservation | null,
  ageMs: number | null,
): VipOnHost {
  if (observation !== null) {
    const { held, announced, health, reason, since, hold = null, backends } = observation;
    return { ...host, held, announced, health, reason, since, hold, ageMs, ...(backends === undefined ? {} : { backends }) };
  }
  const reason = "its agent says nothing of it";
  return { ...host, held: null, announced: null, health: "unknown", reason, since: null, hold: null, ageMs: null };
}

/** The row of a status. Owners are those that say so now; a VIP is up where it is up on a host that holds it. */
export function summariseVip({ name, mode, namespace, family, address, hosts }: VipFacts): VipRow {
  const heard = hosts.filter(isHeard);
  const holders = heard.filter(({ held }) => held === true);
  const health = holders.some((host) => host.health === "up") ? "up" : holders.some((host) => host.health === "down") ? "down" : "unknown";
  const ages = hosts.flatMap(({ ageMs }) => ageMs ?? []);
  return {
    name,
    mode,
    namespace,
    family,
    address,
    eligible: hosts.filter(({ isEligible }) => isEligible).map(({ host }) => host),
    owners: holders.map(({ host }) => host),
    announcedBy: heard.filter(({ announced }) => announced === true).map(({ host }) => host),
    health,
    reason: ages.length === 0 ? "no host has reported on it" : holders.length === 0 ? "no host holds it" : reasonOf(holders, health),
    ageMs: ages.length === 0 ? null : Math.min(...ages),
  };
}

/** Where it is down is worth a word, also while it is up elsewhere. */
function reasonOf(holders: readonly VipOnHost[], health: VipRow["health"]): string {
  const down = holders.filter((host) => host.health === "down");
  if (down.length > 0) return downInWords(down);
  return holders.find((host) => host.health === health)?.reason ?? "";
}

/** `down on ctl-a1 and ctl-a2: http 8080: connection refused`. */
export function downInWords(down: readonly VipOnHost[]): string {
  const [first] = down;
  return first === undefined ? "" : `down on ${listed(down.map(({ host }) => host))}: ${causeOf(first)}`;
}

/** Without what the checker says of the announcement. */
export function causeOf({ reason, hold }: Pick<VipOnHost, "reason" | "hold">): string {
  const end = hold === null ? -1 : reason.lastIndexOf("; ");
  return end === -1 ? reason : reason.slice(0, end);
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length <= 1 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}
