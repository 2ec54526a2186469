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
 *   and no minute has more changes than the document allows; a withdrawal is never kept back by that;
 * - `way-back`: replies would not leave;
 * - `last`: nobody else announces the VIP: a bad service is better than none, unless the document says otherwise.
 */
export const arrivalMs = 1_100;
const penaltyHalfLifeMs = 60_000;
const longestQuietMs = 60_000;
const minuteMs = 60_000;
/** How long after its own withdrawal a host may find that everybody else has withdrawn, too, and take it back. */
const regretMs = 10_000;

export type Held = CheckedVip["held"];

export interface Surroundings {
  readonly drained: boolean;
  /** Whether another host that can be reached announces the address; `unknown` where the routing daemon does not say. */
  readonly others: "some" | "none" | "unknown";
  /** Replies have a way out. */
  readonly hasWayBack: boolean;
}

export type Verdict = { readonly announce: boolean; readonly held: Held };

export interface Turn {
  readonly health: CheckedVip["health"];
  readonly reason: string;
}

export class AddressCourse {
  readonly #terms: HealthTerms | null;
  /** 0…1: hosts that would all do the same at once do it one after the other. */
  readonly #rank: number;
  #health: CheckedVip["health"];
  #reason: string;
  #healthSince: number;
  #wins = 0;
  #losses = 0;
  #announced: boolean;
  #announcedSince = Number.NEGATIVE_INFINITY;
  #changes: number[] = [];
  #penalty = 0;
  #penaltyAt = 0;
  /** It is announced although it is down: since when others have been seen to announce it as well. */
  #keptAsLast = false;
  #othersSince: number | null = null;
  #noneSince: number | null = null;
  #withdrawnForHealthAt: number | null = null;

  /** `announced`: what a checker before this one has left; its word stands until answers say otherwise. */
  constructor(terms: HealthTerms | null, rank: number, announced: boolean, now: number) {
    this.#terms = terms;
    this.#rank = rank;
    this.#announced = announced;
    this.#healthSince = now;
    this.#health = terms === null || announced ? "up" : "unknown";
    this.#reason = terms === null ? "held, and not checked" : announced ? "announced by the checker before this one" : "not asked yet";
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

  /** How long neighbours would not take a change yet, milliseconds. */
  arrivalLeft(now: number): number {
    return Math.max(0, arrivalMs - (now - this.#announcedSince));
  }

  /** Whether what others announce decides something here: it is down and announced, or was just withdrawn. */
  hangsOnOthers(now: number): boolean {
    if (this.#health !== "down") return false;
    return this.#announced || (this.#withdrawnForHealthAt !== null && now - this.#withdrawnForHealthAt < regretMs);
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
    this.#health = next;
    this.#healthSince = now;
    this.#reason = reason;
    return { health: next, reason };
  }

  /** What is to be announced now. Whoever carries it out says so by `noteAnnounced`. */
  decide(around: Surroundings, now: number): Verdict {
    this.#noteOthers(around.others, now);
    return this.#announced ? this.#whileAnnounced(around, now) : this.#whileSilent(around, now);
  }

  noteAnnounced(announced: boolean, now: number, forHealth: boolean): void {
    if (announced === this.#announced) return;
    this.#announced = announced;
    this.#announcedSince = now;
    this.#changes = [...this.#changes.filter((at) => now - at < minuteMs), now];
    this.#keptAsLast = announced && this.#health === "down";
    if (announced || !forHealth) return;
    this.#penalty = this.#penaltyNow(now) + 1;
    this.#penaltyAt = now;
    this.#withdrawnForHealthAt = now;
  }

  #noteOthers(others: Surroundings["others"], now: number): void {
    if (others === "some") this.#othersSince ??= now;
    else this.#othersSince = null;
    if (others === "none") this.#noneSince ??= now;
    else this.#noneSince = null;
  }

  #whileAnnounced({ drained, others }: Surroundings, now: number): Verdict {
    const isWell = this.#health !== "down";
    if (isWell && !drained) {
      this.#keptAsLast = false;
      return { announce: true, held: null };
    }
    if (now - this.#announcedSince < arrivalMs) return { announce: true, held: "arrival" };
    const keepsLast = this.#terms === null || !this.#terms.withdrawLast;
    if (keepsLast && (others !== "some" || (this.#keptAsLast && !this.#othersStay(now)))) {
      this.#keptAsLast = true;
      return { announce: true, held: "last" };
    }
    return { announce: false, held: drained ? "drained" : null };
  }

  #whileSilent({ drained, others, hasWayBack }: Surroundings, now: number): Verdict {
    const hasArrived = now - this.#announcedSince >= arrivalMs;
    if (this.#regrets(others, now)) return hasArrived ? { announce: true, held: "last" } : { announce: false, held: "arrival" };
    if (drained) return { announce: false, held: "drained" };
    if (this.#health !== "up") return { announce: false, held: null };
    if (!hasArrived) return { announce: false, held: "arrival" };
    if (this.#isDampened(now)) return { announce: false, held: "dampened" };
    return hasWayBack ? { announce: true, held: null } : { announce: false, held: "way-back" };
  }

  /** Two whose services die in the same moment each see the other announce. */
  #regrets(others: Surroundings["others"], now: number): boolean {
    const { withdrawLast = false } = this.#terms ?? {};
    const isRecent = this.#withdrawnForHealthAt !== null && now - this.#withdrawnForHealthAt < regretMs;
    if (this.#health !== "down" || withdrawLast || !isRecent || others !== "none" || this.#noneSince === null) return false;
    return now - this.#noneSince >= this.#rank * 1_500 && this.#hasRoomInMinute(now);
  }

  #othersStay(now: number): boolean {
    return this.#othersSince !== null && now - this.#othersSince >= this.#rank * 3_000;
  }

  #isDampened(now: number): boolean {
    if (this.#terms === null) return false;
    const penalty = this.#penaltyNow(now);
    const quietMs = penalty <= 1 ? 0 : Math.min(longestQuietMs, 1_000 * 2 ** (penalty - 1));
    return now - this.#healthSince < quietMs || !this.#hasRoomInMinute(now);
  }

  /** Room for an announcement and for the withdrawal that may have to follow it. */
  #hasRoomInMinute(now: number): boolean {
    const bound = this.#terms?.maxChangesPerMinute ?? Number.POSITIVE_INFINITY;
    return this.#changes.filter((at) => now - at < minuteMs).length + 2 <= bound;
  }

  #penaltyNow(now: number): number {
    return this.#penalty * 2 ** (-(now - this.#penaltyAt) / penaltyHalfLifeMs);
  }
}
