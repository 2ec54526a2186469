import { join } from "node:path";

import type { CommandRunner } from "@rackway/linux";
import { familyBits } from "@rackway/net";
import type { NamespaceSight } from "@rackway/pacemaker";
import { observeHeldVips, serviceResourceIds } from "@rackway/pacemaker";
import type { AnycastState, HeldVip, RoutingObservation, ServiceVipObservation } from "@rackway/schema";

import type { CheckerWord } from "./checker-word.ts";
import { readCheckerWord } from "./checker-word.ts";

/** A VIP's address as it is on this host and in the checker's eyes; whether it is announced is the routing daemon's to say. */
export type ServiceSight = Omit<ServiceVipObservation, "announced">;

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

  /** `now` is the wall clock, as the checkers' is. */
  async look(anycast: AnycastState | null, now: Date): Promise<void> {
    if (anycast === null) {
      this.#sight = null;
      return;
    }
    const [held, words] = await Promise.all([
      observeHeldVips(this.#run, anycast),
      Promise.all(anycast.namespaces.map((namespace) => readCheckerWord(this.#statusOf(namespace), now))),
    ]);
    const isAnswered = [...held.values()].some(({ kind }) => kind !== "unknown");
    const seen = anycast.namespaces.flatMap((namespace, index) =>
      seeVips(namespace, held.get(namespace.name) ?? { kind: "unknown" }, words[index] ?? { kind: "silent", reason: "" }),
    );
    this.#sight = isAnswered ? seen : null;
  }

  #statusOf(namespace: { readonly name: string }): string {
    return join(this.#runFolder, serviceResourceIds(namespace).check, "status.json");
  }
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
