import type { HostProblem } from "@rackway/linux";
import { problem } from "@rackway/linux";
import type { Verdict, VerdictOutcome } from "@rackway/pacemaker";
import type { HostReport, HostState, Unconfirmed } from "@rackway/schema";

import { event } from "./events.ts";
import type { Happening } from "./events.ts";
import type { StateStore, StoredState } from "./state-store.ts";
import { sideIn, stateInForce, touchesMembership } from "./trial.ts";
import type { Trial } from "./trial.ts";
import { deadlineIn, earlierDeadline, leftUntil } from "./trial-clock.ts";
import type { HostTime } from "./trial-clock.ts";

/** What deciding about a revision needs of the host. */
export interface TrialEyes {
  readonly now: () => HostTime;
  /** The word that this host's copy of Pacemaker's configuration has on it. */
  readonly word: (trial: string) => Promise<Verdict["word"] | null>;
  readonly decide: (verdict: Verdict) => Promise<VerdictOutcome>;
}

export interface ReceivedAnswer {
  readonly etag: string;
  readonly state: HostState;
  /** Null: the state is to stay. */
  readonly trial: { readonly id: string; readonly revision: number; readonly leftMs: number; readonly fallback: HostState } | null;
}

/** What was decided, and after how many milliseconds there is something to decide again. */
interface Settled {
  readonly happenings: Happening[];
  readonly nextMs: number;
}

/** How long a controller whose membership the change may have cost waits for quorum before it takes back what is on itself. */
const asideAfterMs = 30_000;
const askAgainMs = 1000;

/**
 * The host's state: the last one of the server's, and, while that must be confirmed, the one to go back to. All of it is on disk before it is
 * acted upon. At the deadline a member goes by what it has heard. The controllers of a Pacemaker cluster decide together, by a word in its
 * configuration that is written with quorum alone; without quorum none of them decides.
 */
export class StateKeeper {
  readonly #store: StateStore;
  readonly #eyes: TrialEyes;
  readonly #onUnsaved: (error: unknown) => void;
  #stored: StoredState | null = null;
  /** The configuration is known to say that it is confirmed. */
  #isTold = false;
  /** Why nobody can decide; null: nothing is to be decided, or it is. */
  #undecided: string | null = null;
  /** Since when, by this boot's time, every attempt to decide has found no quorum; null: the last one did not. */
  #quorumLostSinceMs: number | null = null;

  constructor(store: StateStore, eyes: TrialEyes, onUnsaved: (error: unknown) => void) {
    this.#store = store;
    this.#eyes = eyes;
    this.#onUnsaved = onUnsaved;
  }

  async load(): Promise<void> {
    this.#stored = await this.#store.load();
    const trial = this.#trial;
    const now = this.#eyes.now();
    if (this.#stored === null || trial === null || trial.deadline.boot === now.boot) return;
    // From here on by this boot's own time: by a time of day that is behind, as much as ever would be left at every look.
    const stored = { ...this.#stored, trial: { ...trial, deadline: deadlineIn(now, leftUntil(trial.deadline, now)) } };
    this.#stored = stored;
    await this.#store.save(stored).catch(this.#onUnsaved);
  }

  /** What the host is to be now; null: nobody has said. */
  get state(): HostState | null {
    return this.#stored === null ? null : stateInForce(this.#stored.state, this.#trial);
  }

  get side(): ReturnType<typeof sideIn> {
    return sideIn(this.#trial);
  }

  /** For the report; null: nothing is to be confirmed here, or it is, and all who must know of it do. */
  get trial(): NonNullable<HostReport["trial"]> | null {
    const trial = this.#trial;
    if (trial === null || (trial.phase === "confirmed" && (this.#isTold || this.#cluster === null))) return null;
    return { revision: trial.revision, phase: trial.phase };
  }

  /** For this host's own status: the revision that it undoes, and when by its own clock. Null: none, or it is over. */
  get unconfirmed(): Unconfirmed | null {
    const trial = this.#trial;
    if (trial?.phase !== "pending") return null;
    const now = this.#eyes.now();
    const leftMs = Math.max(0, Math.round(leftUntil(trial.deadline, now)));
    return { revision: trial.revision, base: trial.fallback.revision, deadline: new Date(now.wallMs + leftMs).toISOString(), leftMs };
  }

  get problems(): HostProblem[] {
    const trial = this.#trial;
    if (trial === null) return [];
    if (trial.phase === "undone") return [problem("revision-undone", { revision: trial.revision, base: trial.fallback.revision })];
    if (this.#undecided === null) return [];
    return [problem("confirmation-undecided", { revision: trial.revision, reason: this.#undecided, cluster: this.#cluster ?? "" })];
  }

  /** Why the state in force is: for the events of what is done to the host. */
  get reason(): string {
    const trial = this.#trial;
    const revision = `revision ${this.state?.revision ?? 0}`;
    return trial === null || trial.phase === "pending" || trial.phase === "confirmed"
      ? revision
      : `${revision}, for revision ${trial.revision} was not confirmed in time`;
  }

  get #trial(): Trial | null {
    return this.#stored?.trial ?? null;
  }

  /** The Pacemaker cluster that the host is in with the new state; null: it is a member. */
  get #cluster(): string | null {
    return this.#stored?.state.pacemaker?.cluster ?? null;
  }

  /** The server's word. Throws where it cannot be kept on disk; nothing is changed then. */
  async take(answer: ReceivedAnswer): Promise<Happening[]> {
    for (;;) {
      const before = this.#stored;
      const stored = this.#following(before?.trial ?? null, answer);
      if (isSame(stored, before)) return [];
      await this.#store.save(stored);
      // Something may have been decided meanwhile, and stands until this answer has been seen beside it.
      if (this.#stored === before) return this.#follow(before?.trial ?? null, stored);
    }
  }

  #follow(before: Trial | null, stored: StoredState): Happening[] {
    this.#stored = stored;
    this.#undecided = null;
    const { trial } = stored;
    if (trial?.phase !== "confirmed" || before === null || before.phase === "confirmed") return [];
    this.#isTold = false;
    return before.phase === "pending" ? [] : [retaken(trial)];
  }

  /** Of a revision that is known, the time that is left does not grow, and what was decided here stands until the server says otherwise. */
  #following(before: Trial | null, { etag, state, trial }: ReceivedAnswer): StoredState {
    if (trial === null) {
      // The server holds nothing against this revision any more: it was confirmed. Of any other one there is nothing to say.
      const isConfirmed = before !== null && before.revision === state.revision;
      return { etag, state, ...(isConfirmed ? { trial: { ...before, phase: "confirmed" as const } } : {}) };
    }
    const { id, revision, leftMs, fallback } = trial;
    const now = this.#eyes.now();
    const deadline = deadlineIn(now, leftMs);
    if (before?.id !== id) return { etag, state, trial: { id, revision, phase: "pending", fallback, deadline } };
    return { etag, state, trial: { ...before, fallback, deadline: earlierDeadline(before.deadline, deadline, now) } };
  }

  /** Decides what can be decided, before each look. */
  async settle(): Promise<Settled> {
    const trial = this.#trial;
    if (trial === null) return { happenings: [], nextMs: Infinity };
    if (trial.phase === "confirmed") return { happenings: [], nextMs: await this.#tellConfirmed(trial) };
    const word = this.#cluster === null ? null : await this.#eyes.word(trial.id);
    if (word !== null && word !== trial.phase) return this.#turn(trial, word);
    if (trial.phase === "undone") return { happenings: [], nextMs: Infinity };
    const leftMs = leftUntil(trial.deadline, this.#eyes.now());
    if (leftMs > 0) return { happenings: [], nextMs: leftMs };
    if (this.#cluster === null) return this.#turn(trial, "undone");
    return this.#decide(trial, -leftMs);
  }

  async #decide(trial: Trial, overdueMs: number): Promise<Settled> {
    const outcome = await this.#eyes.decide({ trial: trial.id, word: "undone" });
    if (outcome.kind === "decided") return this.#turn(trial, outcome.word);
    this.#undecided = outcome.reason;
    // A host that has just booted, or whose Pacemaker is busy, is no reason: only quorum that stays away.
    const { uptimeMs } = this.#eyes.now();
    this.#quorumLostSinceMs = outcome.isQuorumLost === true ? (this.#quorumLostSinceMs ?? uptimeMs) : null;
    const isLostForGood = this.#quorumLostSinceMs !== null && uptimeMs - this.#quorumLostSinceMs >= asideAfterMs;
    const isStuck =
      isLostForGood && overdueMs >= asideAfterMs && this.#stored !== null && touchesMembership(this.#stored.state, trial.fallback);
    if (isStuck && trial.phase === "pending") return this.#turn(trial, "aside");
    return { happenings: [], nextMs: askAgainMs };
  }

  /** Whoever has heard it from the server says it to the others, who may not reach it. */
  async #tellConfirmed(trial: Trial): Promise<number> {
    if (this.#isTold || this.#cluster === null) return Infinity;
    const outcome = await this.#eyes.decide({ trial: trial.id, word: "confirmed" });
    this.#isTold = outcome.kind === "decided";
    return this.#isTold ? Infinity : askAgainMs;
  }

  async #turn(trial: Trial, phase: Exclude<Trial["phase"], "pending">): Promise<Settled> {
    // The server has spoken while the word was looked for.
    if (this.#stored === null || this.#trial !== trial) return { happenings: [], nextMs: 0 };
    const next: Trial = { ...trial, phase };
    const stored = { ...this.#stored, trial: next };
    this.#stored = stored;
    // The word was read in the configuration, or written there.
    this.#isTold = phase === "confirmed";
    if (phase !== "aside") this.#undecided = null;
    // A disk that is full does not keep the host from going back: after a restart the same is decided again.
    await this.#store.save(stored).catch(this.#onUnsaved);
    return { happenings: happeningsOf(trial, next), nextMs: phase === "aside" ? askAgainMs : Infinity };
  }
}

function happeningsOf(before: Trial, trial: Trial): Happening[] {
  const { revision, phase, fallback } = trial;
  const data = { revision, base: fallback.revision };
  const subject = `host/${fallback.host.name}`;
  switch (phase) {
    case "undone": {
      const reason = `revision ${revision} was not confirmed in time: back to revision ${fallback.revision}`;
      return [event("revision-undone", subject, reason, data)];
    }
    case "aside": {
      const reason = `revision ${revision} is overdue, and there is no quorum to decide by: back to revision ${fallback.revision} on this host alone`;
      return [event("revision-set-aside", subject, reason, data)];
    }
    case "confirmed":
      return before.phase === "pending" ? [] : [retaken(trial)];
    case "pending":
      return [];
  }
}

function retaken({ revision, fallback }: Trial): Happening {
  const reason = `revision ${revision} has been confirmed after all`;
  return event("revision-retaken", `host/${fallback.host.name}`, reason, { revision, base: fallback.revision });
}

/** But for the ETag, under which the same comes again after a restart of the server. */
function isSame(left: StoredState, right: StoredState | null): boolean {
  return right !== null && JSON.stringify([left.state, left.trial]) === JSON.stringify([right.state, right.trial]);
}
