import { setTimeout as sleep } from "node:timers/promises";
import { NameQuestions, type NameQuestionsResult, resolverDefaults } from "../../harness/name-questions.ts";
import type { Run, Scenario } from "../../harness/scenario.ts";
import { Stand } from "../../harness/stand.ts";
import { timeMovedMs, TimeQuestions, type TimeQuestionsResult, type TimeSample } from "../../harness/time-questions.ts";
import { chooseVictim } from "./power-cut.ts";

const member = "node-a1";
/** The instruments end by themselves after this. */
const maxMs = 180_000;
/** What is asked: half of it names that every cache knows (one from outside, one from the document), half names never asked before. */
const known = ["www.example", "node-a1.rack-a.default-lab.internal"];
const perSecond = 200;
/** The internet's time is so far ahead of every clock here: who tells it has really asked. */
const upstreamOffsetMs = 3000;

export interface CutOptions {
  /** Whether the victim is to be the DC; undefined: whoever carries the router. */
  isVictimDc?: boolean;
  /** Above the resolver's default where the machine may be too busy for a takeover within 5 s. */
  attempts?: number;
}

/**
 * Cuts the power of the host that carries the router while a member asks its management VIPs, IPv4 and IPv6 in turn, for names at 200 a second;
 * and mends it. A question is asked as resolv.conf(5) has it without options: an attempt waits 5 s, and there are two; both go to the same VIP,
 * where a resolver would go to the next one. That some questions needed the second attempt is the control: the asker has seen the cut.
 *
 * The VIPs are asked for the time, too, and so is the member's own time service, which may not touch the machine's clock: what it tells is what
 * the clock of a member would be.
 */
export async function cutUnderQuestions(stand: Stand, { isVictimDc, attempts = resolverDefaults.attempts }: CutOptions = {}): Promise<Run> {
  const victim = await chooseVictim(stand, isVictimDc);
  const { management } = await stand.vips("vr-a");
  const servers = [management.ipv4, management.ipv6];
  const open: { abandon: () => void }[] = [];
  const keep = <Instrument extends { abandon: () => void }>(instrument: Instrument): Instrument => {
    open.push(instrument);
    return instrument;
  };
  const place = stand.place(member);
  try {
    await memberHasTheTime(stand, servers);
    const ofMember = keep(await TimeQuestions.start(place, { servers: ["127.0.0.1"], perSecond: 20, maxMs }));
    const ofVips = keep(await TimeQuestions.start(place, { servers, perSecond: 20, maxMs }));
    const names = keep(await NameQuestions.start(place, { servers, perSecond, known, freshDomain: "example", attempts, maxMs }));
    await sleep(2000);
    const wasDc = (await stand.dc(victim)) === victim;
    const cutAtMs = Date.now();
    await stand.lab.powerOff(victim);
    const heir = await stand.ownerOtherThan(victim);
    await sleep(2000);
    const named = await names.stop();
    await memberFollows(stand, servers);
    await sleep(500);
    const [told, toldByMember] = [await ofVips.stop(), await ofMember.stop()];
    return {
      group: wasDc ? "the DC" : "not the DC",
      values: { ...figuresOf(named), vipTimeMovedMs: timeMovedMs(told.samples), memberTimeMovedMs: timeMovedMs(toldByMember.samples) },
      failures: [...nameFailures(named), ...timeFailures("a VIP", told), ...timeFailures("the member", toldByMember)],
      details: { victim, heir, cutAtMs, named, timeAnswers: { ofVips: told.samples.length, ofMember: toldByMember.samples.length } },
    };
  } catch (error) {
    for (const each of open) each.abandon();
    throw error;
  } finally {
    await stand.lab.run(member, ["chronyc", "deny", "127.0.0.1"]);
    await stand.mend();
  }
}

function figuresOf({ kinds, silences, sent, socketDrops }: NameQuestionsResult): Record<string, number> {
  const both = [kinds.known, kinds.fresh];
  const atAttempt = (index: number): number => both.reduce((sum, { answeredAtAttempt }) => sum + (answeredAtAttempt[index] ?? 0), 0);
  return {
    asked: kinds.known.asked + kinds.fresh.asked,
    answeredAtFirst: atAttempt(0),
    answeredAtSecond: atAttempt(1),
    unanswered: kinds.known.unanswered + kinds.fresh.unanswered,
    knownUnanswered: kinds.known.unanswered,
    longestSilenceMs: Math.max(...Object.values(silences).map(({ lengthMs }) => lengthMs)),
    slowestAnswerMs: Math.max(...both.map(({ answerMs }) => answerMs?.max ?? 0)),
    ownStallMs: sent.longestStallMs,
    ownDrops: socketDrops,
  };
}

function nameFailures({ kinds, sendErrors }: NameQuestionsResult): string[] {
  const failures = Object.entries(kinds).flatMap(([kind, { asked, unanswered, wrong, answeredAtAttempt }]) => [
    ...(unanswered > 0
      ? [`${unanswered} of ${asked} questions for ${kind} names had no answer after ${answeredAtAttempt.length} attempts`]
      : []),
    ...Object.entries(wrong).map(([what, count]) => `${count} answers about ${kind} names were wrong: ${what}`),
    ...((answeredAtAttempt[1] ?? 0) === 0 ? [`no question for a ${kind} name needed its second attempt: the cut was not seen`] : []),
  ]);
  return [...failures, ...Object.entries(sendErrors).map(([what, count]) => `${count} questions were not sent: ${what}`)];
}

/** What would be a step: far more than the paths of one machine do, far less than chronyd(8) steps by (1 s). */
const stepMs = 50;

const isUpstreams = ({ offsetMs, roundTripMs }: TimeSample): boolean => Math.abs(offsetMs - upstreamOffsetMs) <= stepMs + roundTripMs / 2;

function timeFailures(who: string, { samples, unsynchronised }: TimeQuestionsResult): string[] {
  const wrong = samples.filter((sample) => !isUpstreams(sample));
  return [
    ...(samples.length === 0 ? [`${who} told no time`] : []),
    ...(unsynchronised > 0 ? [`${who} knew no time ${unsynchronised} times`] : []),
    ...(wrong.length > 0 ? [`${who} did not tell the upstreams' time ${wrong.length} times, but ${wrong[0]?.offsetMs} ms ahead`] : []),
  ];
}

/**
 * Waits until the member tells the upstreams' time, to itself. One that began before its router knew the time would be on its way to it for hours,
 * at the pace of a clock that must not jump; it is begun anew.
 */
async function memberHasTheTime(stand: Stand, servers: readonly string[]): Promise<void> {
  let [isNew, seen] = [false, ""];
  const look = async (): Promise<true | undefined> => {
    await memberFollows(stand, servers);
    await stand.lab.run(member, ["chronyc", "allow", "127.0.0.1"]);
    const asking = await TimeQuestions.start(stand.place(member), { servers: ["127.0.0.1"], perSecond: 10, maxMs });
    await sleep(300);
    const { samples, unsynchronised } = await asking.stop();
    if (samples.length > 0 && samples.every(isUpstreams)) return true;
    seen = `${samples[0]?.offsetMs ?? "nothing"} ms ahead, ${unsynchronised} times no time`;
    if (!isNew) await stand.lab.run(member, ["sv", "restart", "chrony"]);
    isNew = true;
    return undefined;
  };
  await stand.until("the member tells the upstreams' time", 120_000, look).catch(async (error: unknown) => {
    const { stdout } = await stand.lab.sh(member, "chronyc -n sources; chronyc tracking");
    throw new Error(`${String(error)}; it told: ${seen}\n${stdout}`, { cause: error });
  });
}

/** Waits until the member's time service follows a VIP that has answered it in the last seconds. It is told to ask: its next question may be a minute away. */
async function memberFollows(stand: Stand, servers: readonly string[]): Promise<void> {
  // Which may have begun in this moment, and not listen yet.
  await stand.until("the member's time service asks", 10_000, async () =>
    (await stand.lab.sh(member, "chronyc burst 2/4")).code === 0 ? true : undefined,
  );
  await stand.until("the member's time service follows its router", 90_000, async () => {
    const { stdout } = await stand.lab.sh(member, "chronyc -c -n sources");
    // chronyc(1): mode, state, name, stratum, poll, reach, seconds since the last answer, …
    const followed = stdout.split("\n").map((line) => line.split(","));
    return followed.some(([, state, name = "", , , , age]) => state === "*" && servers.includes(name) && Number(age) <= 4)
      ? true
      : undefined;
  });
}

export const dnsPowerCut: Scenario = {
  name: "dns-power-cut",
  summary: `The active host loses its power under ${perSecond} questions a second, IPv4 and IPv6: none is unanswered after its second attempt (5 s each), known names go on, no member's time steps`,
  runs: 10,
  thresholds: [
    { value: "unanswered", statistic: "max", atMost: 0 },
    { value: "answeredAtSecond", statistic: "min", atLeast: 1 },
    { value: "vipTimeMovedMs", statistic: "max", atMost: stepMs },
    { value: "memberTimeMovedMs", statistic: "max", atMost: stepMs },
  ],
  async setUp(progress) {
    const stand = await Stand.up({ name: "soak-dns-cut", racks: ["rack-a"], onProgress: progress });
    await stand.mend();
    return { run: (index) => stand.round(() => cutUnderQuestions(stand, { isVictimDc: index % 2 === 1 })), tearDown: () => stand.down() };
  },
};
