import type { Reservation } from "@rackway/ipam";
import { allVips, announcersByRack, isAnnounced, racksOfVip, vipOwner } from "@rackway/ipam";
import type { VipFacts, VipHostState, VipOnHost } from "@rackway/planner";
import { isHeard, vipHostState, vipOnHost } from "@rackway/planner";
import type { HostReport, ServiceVipObservation, Status, VipSpec } from "@rackway/schema";

import type { CurrentView } from "./current-view.ts";
import { families } from "./families.ts";

/** What a host said last. `isBelieved` false: it was asked to look again, and a majority says that it is gone. */
export interface HostWord {
  readonly report: HostReport;
  readonly ageMs: number;
  readonly isBelieved: boolean;
}

/** One address of a service VIP in the current revision. */
interface VipAddress extends Omit<VipFacts, "hosts"> {
  readonly eligible: ReadonlySet<string>;
}

interface SpokenFor {
  readonly host: string;
  readonly state: VipHostState;
  readonly isConverged: boolean;
  readonly word: HostWord | null;
  readonly observations: ReadonlyMap<string, ServiceVipObservation>;
  readonly announced: ReadonlySet<string>;
}

/** Every address of the document's service VIPs, with each host that may hold it, and each other that says it does. Sorted by name. */
export function vipFactsOf(view: CurrentView, hosts: Status["hosts"], wordOf: (host: string) => HostWord | null): VipFacts[] {
  if (view.current === null) return [];
  const addresses = addressesOf(view.current);
  if (addresses.length === 0) return [];
  const spoken = hosts.filter(({ role }) => role === "controller").map((host) => spokenFor(host, wordOf(host.name)));
  return addresses.map(({ eligible, ...vip }) => ({ ...vip, hosts: spoken.flatMap((host) => onHost(vip.address, eligible, host)) }));
}

function spokenFor(host: Status["hosts"][number], word: HostWord | null): SpokenFor {
  const state = word?.isBelieved === false ? "offline" : vipHostState(host);
  const indexed = word === null ? null : indexOf(word.report);
  return {
    host: host.name,
    state,
    isConverged: host.converged !== false,
    word,
    observations: indexed?.observations ?? new Map(),
    announced: indexed?.announced ?? new Set(),
  };
}

function onHost(address: string, eligible: ReadonlySet<string>, spoken: SpokenFor): VipOnHost[] {
  const { host, state, isConverged, word } = spoken;
  const isEligible = eligible.has(host);
  const observation = spoken.observations.get(address) ?? null;
  const isAnnounced = spoken.announced.has(address);
  if (!isEligible) {
    // Its last word, when it is gone, is nobody's worry.
    const isThere = isHeard({ state }) && (isAnnounced || observation?.held === true || observation?.announced === true);
    if (!isThere) return [];
  }
  const ageMs = word?.ageMs ?? null;
  const found = vipOnHost({ host, state, isEligible, isConverged }, observation, ageMs);
  // The routing daemon's own word, where nobody else there speaks of the address.
  const reason = "its routing daemon announces it";
  return [observation === null && isAnnounced ? { ...found, held: false, announced: true, reason, ageMs } : found];
}

const indexes = new WeakMap<HostReport, Pick<SpokenFor, "observations" | "announced">>();

/** By address. Reports are kept as they came, and a status is made every second. */
function indexOf(report: HostReport): Pick<SpokenFor, "observations" | "announced"> {
  const known = indexes.get(report);
  if (known !== undefined) return known;
  const made = {
    observations: new Map((report.services ?? []).map((observation) => [observation.address, observation])),
    announced: new Set((report.routing?.announced ?? []).flatMap(({ prefix }) => hostAddress(prefix))),
  };
  indexes.set(report, made);
  return made;
}

function hostAddress(prefix: string): string[] {
  const [address = "", length] = prefix.split("/");
  return length === (address.includes(":") ? "128" : "32") ? [address] : [];
}

type Current = NonNullable<CurrentView["current"]>;

const revisions = new WeakMap<Current, readonly VipAddress[]>();

/** Of one revision, once: ten thousand VIPs are looked up in as many reservations. */
function addressesOf(current: Current): readonly VipAddress[] {
  const known = revisions.get(current);
  if (known !== undefined) return known;
  const reserved = reservedAddresses(current);
  const announcers = announcersByRack(current.document);
  const eligibleOf = new Map<string, ReadonlySet<string>>();
  const controllers = Map.groupBy(current.document.spec.hosts.filter(({ role }) => role === "controller").sort(byName), ({ rack }) => rack);
  const eligible = (vip: VipSpec): ReadonlySet<string> => {
    const [racks, able] = isAnnounced(vip) ? [racksOfVip(vip, announcers), announcers] : [[vip.rack ?? ""], controllers];
    const key = `${able === announcers ? "" : "in "}${racks.join(" ")}`;
    const hosts = eligibleOf.get(key) ?? new Set(racks.flatMap((rack) => (able.get(rack) ?? []).map(({ name }) => name)));
    eligibleOf.set(key, hosts);
    return hosts;
  };
  const made = allVips(current.document)
    .sort(byName)
    .flatMap((vip) =>
      families.flatMap((family): VipAddress[] => {
        const held = reserved.get(vipOwner(vip.name, family));
        const { name, mode, namespace } = vip;
        return held === undefined ? [] : [{ name, mode, namespace, family, address: held.value, eligible: eligible(vip) }];
      }),
    );
  revisions.set(current, made);
  return made;
}

/** By owner. */
export function reservedAddresses({ reservations }: Pick<Current, "reservations">): ReadonlyMap<string, Reservation> {
  return new Map(reservations.filter(({ kind }) => kind === "address").map((reservation) => [reservation.owner, reservation]));
}

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}
