import type { CommandRunner } from "@rackway/linux";
import { publishReleased } from "@rackway/pacemaker";
import type { DrainTerms, HostState, RoutingObservation, ServiceVipObservation } from "@rackway/schema";

import { event } from "./events.ts";
import type { Happening } from "./events.ts";

/** What the end of a drain hangs on. */
export interface DrainFacts {
  /** All anycast VIPs, as reported; null: not all were looked at. */
  readonly vips: readonly Pick<ServiceVipObservation, "vip" | "address" | "held" | "announced" | "hold" | "flows">[] | null;
  /** The routing daemon has said what it announces. */
  readonly isRoutingKnown: boolean;
  readonly nowMs: number;
}

/** `quiet`: nothing is announced or connected; `over`: the deadline is; `busy`: neither, or a VIP must not go. */
export type DrainStand = "busy" | "quiet" | "over";

/** Connections that begin in the moment of the withdrawal are seen by then: neighbours have turned, and a handshake has ended. */
const quietForMs = 3_000;

/** Pure. */
export function judgeDrainEnd({ deadline, force }: DrainTerms, { vips, isRoutingKnown, nowMs }: DrainFacts): DrainStand {
  if (vips === null || vips.length === 0) return "busy";
  const isOver = deadline !== null && nowMs >= Date.parse(deadline);
  // The breaker: what nobody else announces goes at the operator's word only. `announced` may be late by a look; the checker's word is not.
  // Nor does a routing daemon that does not answer say that nothing is announced.
  if (!force && (!isRoutingKnown || vips.some(({ announced, hold }) => announced || hold === "last"))) return "busy";
  if (isOver) return "over";
  return isRoutingKnown && vips.every(({ announced, flows }) => !announced && flows === 0) ? "quiet" : "busy";
}

/** What a look at the host says of the end of its drain. */
export interface DrainLook {
  readonly state: HostState;
  readonly services: readonly ServiceVipObservation[] | null;
  readonly routing: RoutingObservation | null;
  readonly now: Date;
}

/**
 * Lets this host's anycast VIPs go at the end of its drain, and takes them back when it is no longer drained: by a node attribute that
 * Pacemaker's constraints ask for. Decided here, by this host's clock, so that it needs neither server nor command line.
 */
export class DrainEnd {
  readonly #run: CommandRunner;
  #quietSinceMs: number | null = null;
  #isReleased = false;
  /** Something is held that is let go, or is about to be. */
  #isEnding = false;
  /** The attribute is known not to be there; at first nobody knows: an agent before may have set it. */
  #isTakenBack = false;
  /** One after the other: two words on one attribute must not overtake each other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(run: CommandRunner) {
    this.#run = run;
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Worth another look soon. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Before anything else of a state in which the host is not drained. */
  takeBack(state: HostState): Promise<void> {
    return this.#inTurn(() => this.#takeBack(state));
  }

  /** After a look. Returns what is worth telling. */
  settle(look: DrainLook): Promise<Happening[]> {
    return this.#inTurn(() => this.#settle(look));
  }

  async #takeBack(state: HostState): Promise<void> {
    if (state.pacemaker === null || state.paused || isDrained(state)) return;
    this.#quietSinceMs = null;
    [this.#isReleased, this.#isEnding] = [false, false];
    if (!this.#isTakenBack) this.#isTakenBack = await publishReleased(this.#run, false);
  }

  async #settle({ state, services, routing, now }: DrainLook): Promise<Happening[]> {
    const terms = drainOf(state);
    if (terms === null || state.paused) {
      await this.#takeBack(state);
      return [];
    }
    const vips = anycastSeen(state, services);
    const isRoutingKnown = routing !== null && routing.version !== null;
    const stand = judgeDrainEnd(terms, { vips, isRoutingKnown, nowMs: now.getTime() });
    const isDue = this.#isDue(stand, now.getTime());
    this.#isEnding = (isDue || this.#quietSinceMs !== null) && (vips ?? []).some(({ held }) => held);
    if (!isDue) return [];
    // Said again as long as it is so: a Pacemaker that was restarted has forgotten it.
    this.#isTakenBack = false;
    const isFirst = !this.#isReleased;
    this.#isReleased = (await publishReleased(this.#run, true)) || this.#isReleased;
    return isFirst && this.#isReleased ? releaseEvents(state.host.name, stand, vips ?? []) : [];
  }

  #isDue(stand: DrainStand, nowMs: number): boolean {
    if (this.#isReleased) return true;
    if (stand !== "quiet") this.#quietSinceMs = null;
    else this.#quietSinceMs ??= nowMs;
    return stand === "over" || (this.#quietSinceMs !== null && nowMs - this.#quietSinceMs >= quietForMs);
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

/** Null where not all of them were looked at. */
function anycastSeen({ anycast }: HostState, services: DrainLook["services"]): DrainFacts["vips"] {
  const wanted = (anycast?.namespaces ?? []).flatMap(({ vips }) => vips).filter(({ mode }) => mode === "anycast").length;
  const seen = (services ?? []).filter(({ mode }) => mode === "anycast");
  return seen.length < wanted ? null : seen;
}

/** Whether the state's host is drained. */
export function isDrained({ pacemaker, host }: HostState): boolean {
  return pacemaker?.nodes.some(({ name, drained }) => name === host.name && drained) ?? false;
}

/** Of a drain whose end was not kept, nothing is cut. */
function drainOf(state: HostState): DrainTerms | null {
  if (!isDrained(state)) return null;
  return state.pacemaker?.nodes.find(({ name }) => name === state.host.name)?.drain ?? { deadline: null, force: false };
}

/** Nothing where nothing was held: an agent that was restarted does not tell it again. */
function releaseEvents(host: string, stand: DrainStand, vips: NonNullable<DrainFacts["vips"]>): Happening[] {
  const held = vips.filter((vip) => vip.held);
  if (held.length === 0) return [];
  const flows = [...Map.groupBy(held, ({ vip }) => vip)].flatMap(([vip, addresses]) => {
    const count = addresses.reduce((sum, each) => sum + (each.flows ?? 0), 0);
    return count === 0 ? [] : [[vip, count] as const];
  });
  const left = flows.map(([vip, count]) => `${vip} ${count}`).join(", ");
  const why = left !== "" ? `connections left: ${left}` : "no connection is left";
  const words = `${host} lets go of its anycast VIPs${stand === "over" ? " at the deadline of its drain" : ""}: ${why}`;
  return [event("vips-let-go", `host/${host}`, words, { host, flows: Object.fromEntries(flows) })];
}
