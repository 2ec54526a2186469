import type { CheckedVip, HealthTerms } from "@rackway/schema";

/**
 * What becomes of one address of a VIP, from answers, time and what is known around it. Pure: times are milliseconds of a clock that only
 * goes forward, and are handed in.
 *
 * Health counts answers (`rise`, `fall`). Announcing follows health, and is kept back or alive by five things, each with its word:
 * - `drained`: an operator wants this host to announce nothing;
 * - `arrival`: neighbours take one change of a prefix a second (MinLSArrival, RFC 2328 appendix B); a withdrawal that comes sooner
 *   waits for a retransmission, 7 to 10 s. So every announcement and every withdrawal stands for at least that long;
 * - `dampened`: each withdrawal for health's sake doubles the time that the service must have been well before it is announced again,
 *   and no minute has more changes than the document allows; a withdrawal is never kept back by that, and neither is what an operator does;
 * - `way-back`: replies would not leave;
 * - `last`: nobody else is known to announce the VIP: a bad service is better than none, unless the document says otherwise. Where routers
 *   tell of others only once this host is silent (`seesBestOnly`), an unhealthy one is silent for a moment now and then, to hear.
 */
export const arrivalMs = 1_100;
const penaltyHalfLifeMs = 60_000;
const longestQuietMs = 60_000;
const minuteMs = 60_000;
/** A change this old weighs a thousandth. */
export const longestMemoryMs = 600_000;
/** How long after its own withdrawal a host may find that everybody else has withdrawn, too, and take it back. */
const regretMs = 10_000;
/** Whoever keeps the last announcement for so long is not about to change its mind. */
const settledMs = 10_000;
/** The first time that it listens, after it has given way to all that are better; each time after that is twice as far away. */
const firstTrialMs = 2_000;
const secondTrialMs = 60_000;
const longestTrialMs = 3_600_000;
/** How long it listens at least: a router chooses anew, tells of it, and is heard. */
const listenMs = 2_000;
/** An announcement, its withdrawal, and both once more, should it turn out that it was the last. */
const changesOfOneTry = 4;

export type Held = CheckedVip["held"];

export interface Surroundings {
  readonly drained: boolean;
  /** False: another host is the owner now, or may be at any moment. */
  readonly mayAnnounce: boolean;
  /**
   * Whether another host that can be reached announces the address; `unknown` where the routing daemon does not say, `pending` until it
   * does: all stays as it is for so long.
   */
  readonly others: "some" | "none" | "unknown" | "pending";
  /** Routers tell of their best way alone, which may be this host: who is not seen may be there all the same. */
  readonly seesBestOnly: boolean;
  /** Replies have a way out. */
  readonly hasWayBack: boolean;
}

export type Verdict = { readonly announce: boolean; readonly held: Held };

export interface Turn {
  readonly health: CheckedVip["health"];
  readonly reason: string;
}

/** One announcement or withdrawal that was carried out. */
export interface Change {
  readonly at: number;
  readonly announced: boolean;
  /** A withdrawal because the service is down. */
  readonly forHealth: boolean;
}

export class AddressCourse {
  #terms: HealthTerms | null;
  /** 0…1: hosts that would all do the same at once do it one after the other. */
  readonly #rank: number;
  #health: CheckedVip["health"];
  #reason: string;
  #healthSince: number;
  #wins = 0;
  #losses = 0;
  #announced: boolean;
  #changes: readonly Change[];
  /** Since when it is announced only because nobody else does. */
  #keptSince: number | null = null;
  /** Silent only to hear of others. */
  #isListening = false;
  /** How often it has listened in vain since the service is down. */
  #trials = 0;
  #othersSince: number | null = null;
  #noneSince: number | null = null;
  /** Of its own will, for health or for drain. */
  #withdrawnAt: number | null = null;

  /**
   * `announced`: what a checker before this one has left; its word stands until answers say otherwise. `past`: what it did lately, oldest
   * first.
   */
  constructor(terms: HealthTerms | null, rank: number, announced: boolean, now: number, past: readonly Change[] = []) {
    this.#terms = terms;
    this.#rank = rank;
    this.#announced = announced;
    this.#changes = past;
    this.#healthSince = now;
    // A checker before this one may have withdrawn it a moment ago, and have meant to take that back.
    const last = past.at(-1);
    this.#withdrawnAt = last !== undefined && !announced && last.forHealth ? last.at : null;
    this.#health = terms === null || announced ? "up" : "unknown";
    this.#reason = terms === null ? notChecked : announced ? "announced by the checker before this one" : notAsked;
  }

  get health(): CheckedVip["health"] {
    return this.#health;
  }
  get reason(): string {
    return this.#reason;
  }
  get healthSince(): number {
    return this.#healthSince;
  }
  get announced(): boolean {
    return this.#announced;
  }
  /** What has become of its announcement lately, oldest first. */
  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** How long neighbours would not take a change yet, milliseconds. */
  arrivalLeft(now: number): number {
    return Math.max(0, arrivalMs - (now - (this.#changes.at(-1)?.at ?? Number.NEGATIVE_INFINITY)));
  }

  /**
   * Whether what others announce decides something here: it is announced and should not be, or may be down in a moment, or was just
   * withdrawn. `slowly`: it has been kept as the last for long.
   */
  hangsOnOthers(drained: boolean, now: number): "now" | "slowly" | null {
    if (this.#mayGoLast || (this.#health !== "down" && !drained && this.#losses === 0)) return null;
    if (!this.#announced) return this.#isListening || this.#isRegretful(now) ? "now" : null;
    return this.#keptSince !== null && now - this.#keptSince >= settledMs ? "slowly" : "now";
  }

  /** One answer. Returns the new health when it changes. */
  answer(isWell: boolean, reason: string, now: number): Turn | null {
    if (this.#terms === null) return null;
    const { rise, fall } = this.#terms;
    this.#wins = isWell ? this.#wins + 1 : 0;
    this.#losses = isWell ? 0 : this.#losses + 1;
    const next = this.#wins >= rise ? "up" : this.#losses >= fall ? "down" : this.#health;
    // What is told beside a standing state is the newest answer of its kind.
    if (next === "down" ? !isWell : next === "up" ? isWell : true) this.#reason = reason;
    if (next === this.#health) return null;
    this.#turn(next, reason, now);
    return { health: next, reason };
  }

  /** Other terms begin a new count. What is announced, and what is known to be down, stays so until answers say otherwise. */
  setTerms(terms: HealthTerms | null, now: number): void {
    const was = this.#terms;
    this.#terms = terms;
    this.#wins = 0;
    this.#losses = 0;
    if (terms === null) return this.#turn("up", notChecked, now);
    const isSameQuestion = was !== null && JSON.stringify(was.check) === JSON.stringify(terms.check);
    if (this.#health === "up" && !this.#announced && !isSameQuestion) this.#turn("unknown", notAsked, now);
  }

  /** What is to be announced now. Whoever carries it out says so by `noteAnnounced`. */
  decide(around: Surroundings, now: number): Verdict {
    this.#noteOthers(around.others, now);
    return this.#announced ? this.#whileAnnounced(around, now) : this.#whileSilent(around, now);
  }

  /** It was carried out. `last`: it is announced only because nobody else does; `gone`: it is no longer this host's to announce. */
  noteAnnounced(announced: boolean, now: number, why: "health" | "drained" | "last" | "gone"): void {
    if (announced === this.#announced) return;
    this.#announced = announced;
    const recent = this.#changes.filter(({ at }) => now - at < longestMemoryMs);
    this.#changes = [...recent, { at: now, announced, forHealth: !announced && why === "health" }];
    this.#keptSince = announced && why === "last" ? now : null;
    this.#withdrawnAt = announced || why === "gone" ? null : now;
    if (announced || why !== "health") this.#isListening = false;
  }

  get #mayGoLast(): boolean {
    return this.#terms !== null && this.#terms.withdrawLast;
  }

  #turn(health: CheckedVip["health"], reason: string, now: number): void {
    this.#reason = reason;
    if (health === this.#health) return;
    this.#trials = 0;
    this.#isListening = false;
    this.#health = health;
    this.#healthSince = now;
  }

  #noteOthers(others: Surroundings["others"], now: number): void {
    if (others === "pending") return;
    if (others === "some") this.#othersSince ??= now;
    else this.#othersSince = null;
    if (others === "none") this.#noneSince ??= now;
    else this.#noneSince = null;
  }

  #whileAnnounced({ drained, mayAnnounce, others, seesBestOnly }: Surroundings, now: number): Verdict {
    // Two owners are worse than a change that arrives late.
    if (!mayAnnounce) return { announce: false, held: null };
    if (this.#health !== "down" && !drained) {
      this.#keptSince = null;
      return { announce: true, held: null };
    }
    if (this.arrivalLeft(now) > 0) return { announce: true, held: "arrival" };
    if (this.#mayGoLast) return { announce: false, held: drained ? "drained" : null };
    if (others === "pending") return { announce: true, held: this.#keptSince === null ? null : "last" };
    if (others !== "some" || (this.#keptSince !== null && !this.#othersStay(now))) {
      // A routing daemon that is slow to say is no finding: those who have found themselves alone leave one after the other, others at once.
      if (others === "none") this.#keptSince ??= now;
      // What an operator drains is well: nothing of it is put at risk.
      if (others === "none" && seesBestOnly && !drained && this.#isTrialDue(now)) {
        this.#trials += 1;
        this.#isListening = true;
        return { announce: false, held: null };
      }
      return { announce: true, held: "last" };
    }
    return { announce: false, held: drained ? "drained" : null };
  }

  #whileSilent(around: Surroundings, now: number): Verdict {
    const { drained, mayAnnounce, hasWayBack } = around;
    if (!mayAnnounce) return { announce: false, held: null };
    const hasArrived = this.arrivalLeft(now) === 0;
    if (this.#isListening) return { announce: this.#hasHeardNothing(around, now), held: "last" };
    if (this.#regrets(around, now)) return hasArrived ? { announce: true, held: "last" } : { announce: false, held: "arrival" };
    if (drained) return { announce: false, held: "drained" };
    if (this.#health !== "up") return { announce: false, held: null };
    if (!hasArrived) return { announce: false, held: "arrival" };
    if (this.#isDampened(now)) return { announce: false, held: "dampened" };
    return hasWayBack ? { announce: true, held: null } : { announce: false, held: "way-back" };
  }

  /** Also where the routing daemon does not say: what was the last comes back. Who is heard of ends it. */
  #hasHeardNothing({ others }: Surroundings, now: number): boolean {
    if (others === "some") this.#isListening = false;
    return this.#isListening && now - (this.#withdrawnAt ?? now) >= (others === "none" ? listenMs : regretMs);
  }

  /** Two that withdraw in the same moment, because both services die or both hosts are drained, each see the other announce. */
  #regrets({ drained, others, seesBestOnly }: Surroundings, now: number): boolean {
    if (seesBestOnly && this.#withdrawnAt !== null && now - this.#withdrawnAt < listenMs) return false;
    if (this.#mayGoLast || !this.#isRegretful(now) || !(drained || this.#health === "down")) return false;
    if (others !== "none" || this.#noneSince === null || now - this.#noneSince < this.#rank * 1_500) return false;
    return this.#changesInMinute(now) + 2 <= Math.max(this.#bound, changesOfOneTry);
  }

  #isRegretful(now: number): boolean {
    return this.#withdrawnAt !== null && now - this.#withdrawnAt < regretMs;
  }

  #isTrialDue(now: number): boolean {
    const waitMs = this.#trials === 0 ? firstTrialMs : Math.min(longestTrialMs, secondTrialMs * 2 ** (this.#trials - 1));
    if (this.#keptSince === null || now - this.#keptSince < waitMs) return false;
    // It must be allowed to come back: see `#regrets`.
    return this.#changesInMinute(now) + 3 <= Math.max(this.#bound, changesOfOneTry);
  }

  #othersStay(now: number): boolean {
    return this.#othersSince !== null && now - this.#othersSince >= this.#rank * 3_000;
  }

  #isDampened(now: number): boolean {
    if (this.#terms === null) return false;
    // An operator drained it, and the service has been well all the time: nothing has flapped.
    const last = this.#changes.at(-1);
    if (last !== undefined && !last.forHealth && this.#healthSince <= last.at) return false;
    const penalty = this.#penalty(now);
    const quietMs = penalty <= 1 ? 0 : Math.min(longestQuietMs, 1_000 * 2 ** (penalty - 1));
    return now - this.#healthSince < quietMs || this.#changesInMinute(now) + Math.min(this.#bound, changesOfOneTry) > this.#bound;
  }

  get #bound(): number {
    return this.#terms?.maxChangesPerMinute ?? Number.POSITIVE_INFINITY;
  }

  #changesInMinute(now: number): number {
    return this.#changes.filter(({ at }) => now - at < minuteMs).length;
  }

  /** Withdrawals for health's sake; each weighs half after a minute, a quarter after two. */
  #penalty(now: number): number {
    return this.#changes.reduce((sum, { at, forHealth }) => sum + (forHealth ? 2 ** (-(now - at) / penaltyHalfLifeMs) : 0), 0);
  }
}

const notChecked = "held, and not checked";
const notAsked = "not asked yet";
