import { join } from "node:path";

import type { CommandRunner } from "@rackway/linux";
import { observeFlows } from "@rackway/linux";
import { familyBits } from "@rackway/net";
import type { FailoverSight, NamespaceSight } from "@rackway/pacemaker";
import { observeFailoverVips, observeHeldVips, serviceResourceIds } from "@rackway/pacemaker";
import type { AnycastState, FailoverNamespace, HeldVip, HostState, RoutingObservation, ServiceVipObservation } from "@rackway/schema";

import type { CheckerWord } from "./checker-word.ts";
import { readCheckerWord } from "./checker-word.ts";
import type { BackendSights } from "./proxy-watch.ts";

/** A VIP's address as it is on this host and in the checker's eyes; whether it is announced is the routing daemon's to say. */
export type ServiceSight = Omit<ServiceVipObservation, "announced">;

/** How far the host's drain is. */
export interface DrainStage {
  readonly isDrained: boolean;
  /** It has let its anycast VIPs go. */
  readonly isReleased: boolean;
}

const inService: DrainStage = { isDrained: false, isReleased: false };

/** Looks at the service VIPs that this host may hold: kernel and checkers, once for each namespace and not for each VIP. */
export class ServiceWatch {
  readonly #run: CommandRunner;
  readonly #runFolder: string;
  #sight: readonly ServiceSight[] | null = null;

  constructor(run: CommandRunner, runFolder: string) {
    this.#run = run;
    this.#runFolder = runFolder;
  }

  /** What the last look saw; null: nothing was looked at, or there is nothing to look at. */
  get sight(): readonly ServiceSight[] | null {
    return this.#sight;
  }

  /** `now` is the wall clock, as the checkers' is. On a drained host connections are counted, too. */
  async look({ anycast, failover = [] }: Pick<HostState, "anycast" | "failover">, now: Date, drain: DrainStage = inService): Promise<void> {
    const [announced, inNetworks] = await Promise.all([
      anycast === null ? null : this.#lookAtAnnounced(anycast, now, drain),
      failover.length === 0 ? null : this.#lookAtFailover(failover, now),
    ]);
    this.#sight = announced === null && inNetworks === null ? null : [...(announced ?? []), ...(inNetworks ?? [])];
  }

  async #lookAtFailover(namespaces: readonly FailoverNamespace[], now: Date): Promise<readonly ServiceSight[] | null> {
    const [held, words] = await Promise.all([
      observeFailoverVips(this.#run, namespaces),
      Promise.all(namespaces.map((namespace) => readCheckerWord(this.#statusOf(namespace), now))),
    ]);
    if ([...held.values()].every(({ kind }) => kind === "unknown")) return null;
    return namespaces.flatMap((namespace, index) =>
      seeFailoverVips(namespace, held.get(namespace.name) ?? { kind: "unknown" }, words[index] ?? { kind: "silent", reason: "" }),
    );
  }

  async #lookAtAnnounced(anycast: AnycastState, now: Date, drain: DrainStage): Promise<readonly ServiceSight[] | null> {
    const { namespaces } = anycast;
    const [held, words, flows] = await Promise.all([
      observeHeldVips(this.#run, anycast),
      Promise.all(namespaces.map((namespace) => readCheckerWord(this.#statusOf(namespace), now))),
      Promise.all(drain.isDrained ? namespaces.map(({ netns }) => observeFlows(this.#run, netns)) : []),
    ]);
    const isAnswered = [...held.values()].some(({ kind }) => kind !== "unknown");
    const seen = namespaces.flatMap((namespace, index) => {
      const vips = seeVips(namespace, held.get(namespace.name) ?? { kind: "unknown" }, words[index] ?? { kind: "silent", reason: "" });
      return drain.isDrained ? vips.map((vip) => whileDrained(vip, flows[index] ?? null, drain.isReleased)) : vips;
    });
    return isAnswered ? seen : null;
  }

  #statusOf(namespace: { readonly name: string }): string {
    return join(this.#runFolder, serviceResourceIds(namespace).check, "status.json");
  }
}

function whileDrained(vip: ServiceSight, flows: ReadonlyMap<string, number> | null, isReleased: boolean): ServiceSight {
  if (vip.mode !== "anycast") return vip;
  const counted = { ...vip, flows: flows === null ? null : (flows.get(vip.address) ?? 0) };
  return isReleased && !vip.held ? { ...counted, reason: "let go: this host is drained" } : counted;
}

/** The VIPs of one namespace; none where the kernel did not answer: of a VIP that was not looked at, nothing is said. Pure. */
export function seeVips(namespace: AnycastState["namespaces"][number], sight: NamespaceSight, word: CheckerWord): ServiceSight[] {
  if (sight.kind === "unknown") return [];
  return namespace.vips.map((vip) => seeVip(namespace.name, vip, absenceOf(namespace.netns, vip, sight), word));
}

/** Likewise of failover VIPs. Pure. */
export function seeFailoverVips(namespace: FailoverNamespace, sight: FailoverSight, word: CheckerWord): ServiceSight[] {
  if (sight.kind === "unknown") return [];
  return namespace.vips.map(({ device, ...vip }) => {
    const isThere = sight.kind === "seen" && sight.addresses.get(device)?.has(vip.address) === true;
    const absence = isThere ? null : sight.kind === "seen" ? "not on this host" : `network namespace ${namespace.netns} is not there`;
    return seeVip(namespace.name, { ...vip, mode: "failover" }, absence, word);
  });
}

/** `absence`: why packets to it are not answered here; null: they are. */
function seeVip(
  namespace: string,
  { name, mode, family, address }: Omit<HeldVip, "mode"> & Pick<ServiceSight, "mode">,
  absence: string | null,
  word: CheckerWord,
): ServiceSight {
  const said = word.kind === "heard" ? word.vips.get(address) : undefined;
  // Of what is not held, a checker knows nothing, and need not.
  const silence = word.kind === "silent" ? word.reason : absence === null ? "the checker has not taken it up" : null;
  const reason = [absence, said?.reason ?? silence].filter((part) => part !== null).join("; ");
  const [health, since] = said === undefined ? (["unknown", null] as const) : ([said.health, said.since] as const);
  const held = absence === null;
  return { namespace, vip: name, mode, family, address, held, health, reason, since, hold: said?.held ?? null };
}

/** Why packets to an address are not answered here; null: they are. */
function absenceOf(netns: string, { mode, address }: HeldVip, sight: Exclude<NamespaceSight, { kind: "unknown" }>): string | null {
  if (sight.kind === "no-namespace") return `network namespace ${netns} is not there`;
  if (sight.kind === "no-link") return `network namespace ${netns} has no link rw-vip that is up`;
  const [isThere, isRouted] = [sight.addresses.has(address), sight.routed.has(address)];
  if (isThere && isRouted) return null;
  if (isThere) return "this host has no route to it";
  return mode === "roaming" && !isRouted ? "not on this host" : `not in network namespace ${netns}`;
}

/** What is reported of VIPs, with what the routing daemon tells neighbours and HAProxy says of backends (at a VIP's first address). Pure. */
export function renderServices(
  sight: readonly ServiceSight[] | null,
  routing: Pick<RoutingObservation, "announced"> | null,
  backends: BackendSights = new Map(),
): ServiceVipObservation[] | null {
  if (sight === null) return null;
  const announced = new Set(routing?.announced.map(({ prefix }) => prefix));
  return sight.map((vip, index) => {
    const seen = { ...vip, announced: announced.has(`${vip.address}/${familyBits(vip.family)}`) };
    const own = sight[index - 1]?.vip === vip.vip ? undefined : backends.get(vip.vip);
    return own === undefined
      ? seen
      : { ...seen, backends: own.map(({ port, backend, health, reason }) => ({ port, backend, health, reason })) };
  });
}
