import type { HealthTerms } from "@rackway/schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { nextAskMs } from "./checker.ts";
import { AddressCourse, arrivalMs } from "./decide.ts";
import type { Surroundings, Verdict } from "./decide.ts";

const terms: HealthTerms = {
  check: { kind: "tcp", port: 80 },
  intervalMs: 500,
  timeoutMs: 200,
  rise: 2,
  fall: 2,
  maxChangesPerMinute: 6,
  withdrawLast: false,
};
const around: Surroundings = { drained: false, mayAnnounce: true, others: "some", seesBestOnly: false, hasWayBack: true };

/** A course whose verdicts are carried out at once, as the checker does. */
class Played {
  readonly course: AddressCourse;
  now = 100_000;
  readonly #withdrawLast: boolean;

  constructor(over: Partial<HealthTerms> = {}, { announced = false, rank = 0.5 } = {}) {
    this.course = new AddressCourse({ ...terms, ...over }, rank, announced, this.now);
    this.#withdrawLast = over.withdrawLast ?? false;
  }

  answers(isWell: boolean, count: number): this {
    for (let done = 0; done < count; done += 1) this.course.answer(isWell, isWell ? "well" : "refused", this.now);
    return this;
  }

  act(over: Partial<Surroundings> = {}): Verdict {
    const verdict = this.course.decide({ ...around, ...over }, this.now);
    if (verdict.announce === this.course.announced) return verdict;
    const isDown = this.course.health === "down";
    const why = over.mayAnnounce === false ? "gone" : verdict.held === "last" ? "last" : isDown ? "health" : "drained";
    this.course.noteAnnounced(verdict.announce, this.now, why);
    return verdict;
  }

  after(ms: number): this {
    this.now += ms;
    return this;
  }

  /** Well, announced, and for long. */
  static standing(over: Partial<HealthTerms> = {}, rank = 0.5): Played {
    const played = new Played(over, { rank }).answers(true, over.rise ?? terms.rise);
    played.act();
    return played.after(120_000);
  }

  get mayGoLast(): boolean {
    return this.#withdrawLast;
  }
}

describe("rise and fall", () => {
  it("is announced with the second good answer in a row, not before", () => {
    const played = new Played().answers(true, 1).answers(false, 1).answers(true, 1);
    expect(played.act()).toEqual({ announce: false, held: null });
    expect(played.answers(true, 1).act()).toEqual({ announce: true, held: null });
  });

  it("is withdrawn with the second bad answer in a row, and one good one between begins the count anew", () => {
    const played = Played.standing().answers(false, 1).answers(true, 1).answers(false, 1);
    expect(played.act().announce).toBe(true);
    expect(played.answers(false, 1).act()).toEqual({ announce: false, held: null });
    expect(played.course.reason).toBe("refused");
  });

  it("takes over what a checker before it has left, and judges it by answers of its own", () => {
    const played = new Played({}, { announced: true });
    expect(played.act()).toEqual({ announce: true, held: null });
    expect(played.after(arrivalMs).answers(false, 2).act().announce).toBe(false);
  });

  it("other numbers keep what is known to be down; another question makes what is silent unknown", () => {
    const { course } = Played.standing().answers(false, 2);
    course.setTerms({ ...terms, intervalMs: 1_000 }, 0);
    expect(course.health).toBe("down");
    const silent = new Played().answers(true, 2).course;
    silent.setTerms({ ...terms, check: { kind: "tcp", port: 81 } }, 0);
    expect(silent.health).toBe("unknown");
  });
});

describe("what neighbours take", () => {
  it("an announcement and a withdrawal each stand for more than MinLSArrival, however health turns", () => {
    const played = Played.standing().answers(false, 2);
    played.act();
    expect(
      played
        .answers(true, 2)
        .after(arrivalMs - 1)
        .act(),
    ).toEqual({ announce: false, held: "arrival" });
    expect(played.after(1).act().announce).toBe(true);
    expect(
      played
        .answers(false, 2)
        .after(arrivalMs - 1)
        .act(),
    ).toEqual({ announce: true, held: "arrival" });
    expect(played.after(1).act().announce).toBe(false);
  });

  it("is known across a restart", () => {
    const past = [{ at: 99_500, announced: false, forHealth: true }];
    const course = new AddressCourse({ ...terms, rise: 1 }, 0, false, 100_000, past);
    course.answer(true, "well", 100_100);
    expect(course.decide(around, 100_100)).toEqual({ announce: false, held: "arrival" });
  });

  it("does not make a host wait that has lost its ownership", () => {
    const played = new Played().answers(true, 2);
    played.act();
    expect(played.act({ mayAnnounce: false })).toEqual({ announce: false, held: null });
  });
});

describe("dampening", () => {
  it("the second withdrawal makes the service wait, the third twice as long", () => {
    const waits: number[] = [];
    const played = Played.standing({ maxChangesPerMinute: 30 });
    for (let turn = 0; turn < 4; turn += 1) {
      played.answers(false, 2).after(arrivalMs).act();
      played.answers(true, 2).after(arrivalMs);
      const began = played.now - arrivalMs;
      while (!played.act().announce) played.after(50);
      waits.push(played.now - began);
    }
    expect(waits[0]).toBe(arrivalMs);
    expect(waits[2]).toBeGreaterThan(1.5 * (waits[1] ?? 0));
    expect(waits[3]).toBeGreaterThan(1.5 * (waits[2] ?? 0));
  });

  it("what is drained and resumed while it is well comes back at once, as often as it likes", () => {
    const played = Played.standing();
    for (let turn = 0; turn < 20; turn += 1) {
      expect(played.after(arrivalMs).act({ drained: true })).toEqual({ announce: false, held: "drained" });
      expect(played.after(arrivalMs).act().announce).toBe(true);
    }
  });

  it("up a second, down a second for five minutes: no minute has more changes than the bound", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 200, max: 5_000 }), (bound, halfMs) => {
        const played = Played.standing({ maxChangesPerMinute: bound });
        const changes: number[] = [];
        let isWell = false;
        for (let turnAt = played.now; played.now < 520_000; played.after(100)) {
          if (played.now - turnAt >= halfMs) [isWell, turnAt] = [!isWell, played.now];
          played.answers(isWell, 1);
          const was = played.course.announced;
          played.act();
          if (was !== played.course.announced) changes.push(played.now);
        }
        const most = Math.max(...changes.map((at) => changes.filter((other) => other >= at && other < at + 60_000).length));
        expect(most).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 30 },
    );
  });
});

describe("the last announcement", () => {
  it("stays while nobody else is known to announce it, and goes when somebody has for a while", () => {
    const played = Played.standing().answers(false, 2);
    expect(played.act({ others: "none" })).toEqual({ announce: true, held: "last" });
    expect(played.act({ others: "unknown" })).toEqual({ announce: true, held: "last" });
    expect(played.act({ others: "some" })).toEqual({ announce: true, held: "last" });
    expect(played.after(1_500).act({ others: "some" })).toEqual({ announce: false, held: null });
  });

  it("goes where the document says so", () => {
    expect(Played.standing({ withdrawLast: true }).answers(false, 2).act({ others: "none" }).announce).toBe(false);
  });

  it("stays as it is, without a word, until the routing daemon has answered", () => {
    const played = Played.standing().answers(false, 2);
    expect(played.act({ others: "pending" })).toEqual({ announce: true, held: null });
    expect(played.act({ others: "some" }).announce).toBe(false);
  });

  it.each([false, true])("comes back when all have withdrawn in the same moment (drained: %s), on one host before the other", (drained) => {
    const [first, second] = [0.1, 0.9].map((rank) => {
      const played = Played.standing({}, rank);
      if (!drained) played.answers(false, 2);
      expect(played.act({ drained }).announce).toBe(false);
      return played;
    });
    const announcedAfter = (played: Played | undefined): number => {
      const began = played?.now ?? 0;
      while (played !== undefined && !played.act({ drained, others: "none" }).announce && played.now < began + 10_000) played.after(50);
      return (played?.now ?? 0) - began;
    };
    const [soon, late] = [announcedAfter(first), announcedAfter(second)];
    expect(soon).toBe(arrivalMs);
    expect(late).toBeGreaterThan(soon);
    expect(late).toBeLessThan(2_000);
  });

  it("asks about others in good time: with the first bad answer; where it may go, never", () => {
    const played = Played.standing();
    expect(played.course.hangsOnOthers(false, played.now)).toBeNull();
    expect(played.answers(false, 1).course.hangsOnOthers(false, played.now)).toBe("now");
    expect(Played.standing({ withdrawLast: true }).answers(false, 2).course.hangsOnOthers(false, 0)).toBeNull();
    played.answers(false, 1).act({ others: "none" });
    expect(played.after(60_000).course.hangsOnOthers(false, played.now)).toBe("slowly");
  });
});

const step = fc.record({
  waitMs: fc.integer({ min: 1, max: 3_000 }),
  isWell: fc.boolean(),
  drained: fc.boolean(),
  others: fc.constantFrom("some", "none", "unknown", "pending"),
  seesBestOnly: fc.boolean(),
  hasWayBack: fc.boolean(),
  mayAnnounce: fc.constantFrom(true, true, true, false),
});

describe("whatever happens", () => {
  const play = (check: (played: Played, before: boolean, verdict: Verdict, given: Surroundings) => void): void =>
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (steps, withdrawLast, rank) => {
          const played = new Played({ withdrawLast, rise: 1, fall: 1 }, { rank });
          for (const { waitMs, isWell, ...given } of steps) {
            played.after(waitMs).answers(isWell, 1);
            const before = played.course.announced;
            check(played, before, played.act(given), given);
          }
        },
      ),
    );

  it("what is down is never announced, but as the last, or because neighbours would not take the withdrawal yet", () => {
    play(({ course, mayGoLast }, before, { announce, held }, { others }) => {
      if (course.health !== "down" || !announce) return;
      expect(before || held === "last").toBe(true);
      if (held === "arrival") return;
      expect(mayGoLast).toBe(false);
      expect(held === "last" || others === "pending").toBe(true);
    });
  });

  it("what nobody else announces is never withdrawn, but where the document says so, or it is another host's", () => {
    play(({ course, mayGoLast }, before, { announce }, { others, seesBestOnly, drained, mayAnnounce }) => {
      const listens = seesBestOnly && course.health === "down" && !drained && others === "none";
      if (before && !announce && mayAnnounce && !mayGoLast && !listens) expect(others).toBe("some");
    });
  });

  it("a host that must not announce does not", () => {
    play((_, __, { announce }, { mayAnnounce }) => {
      if (!mayAnnounce) expect(announce).toBe(false);
    });
  });

  it("nothing is announced without a way back for its replies, but as the last", () => {
    play((_, before, { announce, held }, { hasWayBack }) => {
      if (!before && announce && held !== "last") expect(hasWayBack).toBe(true);
    });
  });
});

it("jitter never lengthens an interval, and shortens it by a tenth at most", () => {
  const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  fc.assert(
    fc.property(fc.integer({ min: 50, max: 60_000 }), fc.integer({ min: 0, max: 60_000 }), random, (intervalMs, tookMs, chance) => {
      const wait = nextAskMs({ intervalMs }, tookMs, chance);
      expect(wait + tookMs).toBeLessThanOrEqual(Math.max(intervalMs, tookMs));
      expect(wait + tookMs).toBeGreaterThanOrEqual(0.9 * intervalMs - 1e-6);
    }),
  );
});

describe("where a router tells of its best way alone", () => {
  const alone = { others: "none", seesBestOnly: true } as const;

  it("an unhealthy one that sees nobody is silent for a moment, to hear, and comes back when it hears nothing", () => {
    const played = Played.standing().answers(false, 2);
    expect(played.act(alone)).toEqual({ announce: true, held: "last" });
    expect(played.after(1_900).act(alone)).toEqual({ announce: true, held: "last" });
    expect(played.after(200).act(alone)).toEqual({ announce: false, held: null });
    expect(played.after(1_900).act(alone).announce).toBe(false);
    expect(played.after(200).act(alone)).toEqual({ announce: true, held: "last" });
    // Not again for a minute.
    for (let seconds = 2; seconds < 60; seconds += 2) expect(played.after(2_000).act(alone).announce).toBe(true);
    expect(played.after(3_000).act(alone).announce).toBe(false);
  });

  it("it comes back, too, where the routing daemon does not say any more", () => {
    const played = Played.standing().answers(false, 2);
    played.act(alone);
    expect(played.after(2_100).act(alone).announce).toBe(false);
    for (const others of ["unknown", "pending", "unknown"] as const)
      expect(played.after(3_000).act({ seesBestOnly: true, others }).announce).toBe(false);
    expect(played.after(1_500).act({ seesBestOnly: true, others: "unknown" })).toEqual({ announce: true, held: "last" });
  });

  it("it stays away when it hears of somebody", () => {
    const played = Played.standing().answers(false, 2);
    played.act(alone);
    expect(played.after(2_100).act(alone).announce).toBe(false);
    for (let seconds = 0; seconds < 20; seconds += 1) expect(played.after(1_000).act({ seesBestOnly: true }).announce).toBe(false);
  });

  it("one that is drained keeps what it has, and one that may seldom change always comes back", () => {
    const drained = Played.standing();
    for (let seconds = 0; seconds < 200; seconds += 2) {
      expect(drained.after(2_000).act({ ...alone, drained: true })).toEqual({ announce: true, held: "last" });
    }
    const busy = new Played({ maxChangesPerMinute: 2 });
    busy.answers(true, 2).act();
    busy.after(1_200).answers(false, 2).act(alone);
    busy.after(1_200).act({ ...alone });
    expect(busy.course.announced).toBe(true);
    let silent = 0;
    for (let seconds = 0; seconds < 600; seconds += 2) {
      silent = busy.after(2_000).act(alone).announce ? 0 : silent + 1;
      expect(silent).toBeLessThan(2);
    }
    expect(busy.course.changes.length).toBeGreaterThan(3);
  });
});
