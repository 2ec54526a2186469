import { join } from "node:path";

import type { CommandRunner } from "@rackway/linux";
import { observeFlows } from "@rackway/linux";
import { familyBits } from "@rackway/net";
import type { NamespaceSight } from "@rackway/pacemaker";
import { observeHeldVips, serviceResourceIds } from "@rackway/pacemaker";
import type { AnycastState, HeldVip, RoutingObservation, ServiceVipObservation } from "@rackway/schema";

import type { CheckerWord } from "./checker-word.ts";
import { readCheckerWord } from "./checker-word.ts";

/** A VIP's address as it is on this host and in the checker's eyes; whether it is announced is the routing daemon's to say. */
export type ServiceSight = Omit<ServiceVipObservation, "announced">;

/** How far the host's drain is. */
export interface DrainStage {
  readonly isDrained: boolean;
  /** It has let its anycast VIPs go. */
  readonly isReleased: boolean;
}

const inService: DrainStage = { isDrained: false, isReleased: false };

/** Looks at the anycast and roaming VIPs that this host may hold: kernel and checkers, once for each namespace and not for each VIP. */
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
  async look(anycast: AnycastState | null, now: Date, drain: DrainStage = inService): Promise<void> {
    if (anycast === null) {
      this.#sight = null;
      return;
    }
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
    this.#sight = isAnswered ? seen : null;
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
  return namespace.vips.map((vip) => {
    const { name, mode, family, address } = vip;
    const absence = absenceOf(namespace.netns, vip, sight);
    const said = word.kind === "heard" ? word.vips.get(address) : undefined;
    // Of what is not held, a checker knows nothing, and need not.
    const silence = word.kind === "silent" ? word.reason : absence === null ? "the checker has not taken it up" : null;
    const reason = [absence, said?.reason ?? silence].filter((part) => part !== null).join("; ");
    const [health, since] = said === undefined ? (["unknown", null] as const) : ([said.health, said.since] as const);
    const held = absence === null;
    return { namespace: namespace.name, vip: name, mode, family, address, held, health, reason, since, hold: said?.held ?? null };
  });
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

/** What is reported of VIPs, with what the routing daemon tells neighbours. Pure. */
export function renderServices(
  sight: readonly ServiceSight[] | null,
  routing: Pick<RoutingObservation, "announced"> | null,
): ServiceVipObservation[] | null {
  if (sight === null) return null;
  const announced = new Set(routing?.announced.map(({ prefix }) => prefix));
  return sight.map((vip) => ({ ...vip, announced: announced.has(`${vip.address}/${familyBits(vip.family)}`) }));
}
