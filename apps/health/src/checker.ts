import { setTimeout as wait } from "node:timers/promises";

import type { CommandRunner } from "@rackway/linux";
import { unacknowledged } from "@rackway/routing";
import type { CheckerEvent, HealthTerms } from "@rackway/schema";

import { ask } from "./ask.ts";
import { Complaints } from "./complaints.ts";
import { AddressCourse } from "./decide.ts";
import { checkedVip, rankOf } from "./entry.ts";
import type { Entry } from "./entry.ts";
import type { Held, HeldAddress } from "./held-file.ts";
import { HostRoutes, isAsWanted } from "./host-routes.ts";
import type { Announcement } from "./host-routes.ts";
import { Instance } from "./instance.ts";
import { Knowledge } from "./knowledge.ts";
import { Paced } from "./paced.ts";
import { Past } from "./past.ts";
import { Places } from "./places.ts";
import type { JudgedAddress } from "./places.ts";
import { drainedReason, notHeldReason, notOwnerReason, stoppedReason } from "./reasons.ts";
import { WordFiles } from "./word-files.ts";

export interface CheckerOptions {
  /** Its own folder, /run/rackway/ID. */
  readonly stateDir: string;
  /** Where the folders of the VIPs' resources are. */
  readonly runFolder: string;
  readonly namespace: string;
  /** Ids of the VIPs' resources. */
  readonly instances: readonly string[];
  /** Path of the host's network namespace; the checker itself is in the service's. */
  readonly hostNetns: string;
  readonly run: CommandRunner;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** How often it looks at what is held, and at what time has changed. A resource that leaves waits 300 ms after its file has gone. */
const tickMs = 100;
/** The kernel's routes are compared with what should be there: somebody may have flushed them. */
const repairEveryMs = 2_000;
/** What could not be put or taken is tried again after this. */
const againMs = 1_000;
const statusEveryMs = 5_000;
/** While they cannot be written. */
const mostEventsKept = 1_000;
/** A routing daemon that stands still keeps nobody from what is to be done. */
const routingTimeoutMs = 2_000;
/** Nobody serves beside a new owner: once its service has answered, the answers that are still asked for come at this pace. */
const risingMs = 100;
/** Intervals are shortened by up to this part, never lengthened: checks of many VIPs spread out. */
const jitter = 0.1;

interface Place {
  readonly instance: Instance;
  readonly held: Held;
  readonly address: HeldAddress;
}

/** Asks the services behind the VIPs of one namespace, and announces those that answer. */
export class Checker {
  readonly #options: CheckerOptions;
  readonly #instances: readonly Instance[];
  readonly #routes: HostRoutes;
  readonly #files: WordFiles;
  readonly #complaints: Complaints;
  readonly #brief: CommandRunner;
  readonly #knowledge: Knowledge;
  readonly #past: Past;
  readonly #paced: Paced;
  readonly #judge: Places;
  readonly #entries = new Map<string, Entry>();
  #events: CheckerEvent[] = [];
  #isDrained = false;
  #repairedAt = Number.NEGATIVE_INFINITY;
  #statusAt = Number.NEGATIVE_INFINITY;
  #isStatusOld = true;
  #aliveAt = Number.NEGATIVE_INFINITY;
  #working: Promise<void> | null = null;
  #isAskedAgain = false;
  #isEnding = false;

  constructor(options: CheckerOptions) {
    const { runFolder, instances, stateDir, hostNetns, run, now } = options;
    this.#options = options;
    this.#complaints = new Complaints(now, (line) => void process.stderr.write(line));
    this.#instances = instances.map((id) => new Instance(runFolder, id, (subject, text) => this.#complaints.say(subject, text)));
    this.#routes = new HostRoutes(run, hostNetns);
    this.#files = new WordFiles(stateDir);
    this.#brief = (argv, more) => run(argv, { timeoutMs: routingTimeoutMs, ...more });
    this.#knowledge = new Knowledge(this.#brief, this.#routes, now, () => void this.#step());
    this.#paced = new Paced(now);
    this.#judge = new Places({ stateDir, run, now, hostNetns, say: (subject, text) => this.#complaints.say(subject, text) });
    this.#past = new Past(this.#files.readEvents(), now(), now() - Date.now());
  }

  /** Works until `signal` says that it is enough; then leaves everything announced as it is. */
  async work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#step();
      await wait(tickMs, undefined, { signal }).catch(() => undefined);
    }
    this.#isEnding = true;
    for (const { timer } of this.#entries.values()) if (timer !== null) clearTimeout(timer);
    await this.#working;
  }

  /** Takes back everything that is announced, no sooner than neighbours take it, and waits until they have: 3 s at most. */
  async withdrawAll(): Promise<void> {
    // Pacemaker may be on its way down, and answer late: nobody waits for it with a withdrawal.
    await Promise.all([this.#judge.forget(), this.#withdrawAll()]);
  }

  async #withdrawAll(): Promise<void> {
    const { now } = this.#options;
    const announced = [...this.#entries.values()].filter(({ course }) => course.announced);
    if (announced.length === 0) return;
    await wait(Math.max(0, ...announced.map(({ course }) => course.arrivalLeft(now()))));
    const complaint = await this.#routes.change("take", announced);
    if (complaint !== null) this.#complaints.say("cannot take routes", complaint);
    for (const entry of announced) {
      entry.course.noteAnnounced(false, now(), "gone");
      this.#tell("vip-withdrawn", entry, stoppedReason);
    }
    this.#leaveWord();
    const deadline = now() + 3_000;
    // The routing daemon has to hear of it before it can have something left to say.
    for (await wait(50); now() < deadline && (await unacknowledged(this.#brief)) > 0;) await wait(50);
  }

  /** One at a time; what comes in between makes one more. */
  #step(): Promise<void> {
    if (this.#isEnding) return Promise.resolve();
    if (this.#working !== null) {
      this.#isAskedAgain = true;
      return this.#working;
    }
    this.#working = this.#steps().finally(() => (this.#working = null));
    return this.#working;
  }

  async #steps(): Promise<void> {
    do {
      this.#isAskedAgain = false;
      // A full /run, say: what is announced is to be looked after all the same.
      await this.#look().catch((error: unknown) => this.#complaints.say("cannot do all", String(error)));
    } while (this.#isAskedAgain && !this.#isEnding);
  }

  async #look(): Promise<void> {
    const { now } = this.#options;
    await this.#follow();
    const isDrained = this.#files.isDrained;
    if (isDrained !== this.#isDrained) this.#isStatusOld = true;
    this.#isDrained = isDrained;
    const { put, take, regrade } = this.#decide();
    await this.#carryOut("take", take);
    await this.#carryOut("put", put);
    await this.#regrade(regrade);
    await this.#repair();
    this.#judgePlaces();
    if (now() - this.#aliveAt >= 1_000) {
      this.#files.sayAlive();
      this.#files.boundOutput();
      this.#past.forget(now());
      this.#aliveAt = now();
    }
    if (this.#isStatusOld || now() - this.#statusAt >= statusEveryMs || this.#events.length > 0) this.#leaveWord();
  }

  /** Whoever sees an event finds it in the status. Without room in /run both wait, and the checker works on. */
  #leaveWord(): void {
    try {
      this.#writeStatus();
      this.#files.addEvents(this.#events);
      this.#events = [];
    } catch (error) {
      this.#events = this.#events.slice(-mostEventsKept);
      this.#complaints.say("cannot write status and events", String(error));
    }
  }

  #judgePlaces(): void {
    const judged: JudgedAddress[] = [];
    for (const { instance, held, address, course } of this.#entries.values())
      if (held.mode !== "anycast") judged.push({ instance, held, address, health: course.health });
    this.#judge.look(this.#instances, judged);
  }

  /** Takes up what has come, and lets go of what is gone: whoever took it away takes its announcement back, too. */
  async #follow(): Promise<void> {
    const places = this.#places();
    for (const [key, entry] of this.#entries) {
      const place = places.get(key);
      if (place === undefined) this.#letGo(entry);
      else if (place.held !== entry.held) this.#renew(entry, place);
    }
    const fresh = [...places].filter(([key]) => !this.#entries.has(key));
    if (fresh.length === 0) return;
    const announced = await this.#routes.readAnnounced();
    if (announced === null) return this.#complaints.say("cannot read routes", "ip(8) does not answer: nothing new is taken up");
    for (const [key, place] of fresh) this.#takeUp(key, place, announced.get(key));
  }

  /** Where each address is held. One that is on its way from one resource to another is in both for a moment, and stays with the first. */
  #places(): Map<string, Place> {
    const places = new Map<string, Place>();
    for (const instance of this.#instances) {
      const held = instance.read();
      if (held === null) continue;
      for (const address of held.addresses) {
        const key = address.address;
        if (!places.has(key) || this.#entries.get(key)?.instance === instance) places.set(key, { instance, held, address });
      }
    }
    return places;
  }

  #takeUp(key: string, place: Place, is: Announcement | undefined): void {
    const announced = is !== undefined;
    const at = this.#options.now();
    const { terms } = place.address;
    const course = new AddressCourse(terms, rankOf(key), announced, at, this.#past.take(key, announced, at));
    const verdict = { announce: announced, held: null };
    const isSpare = is?.isSpare ?? false;
    const entry: Entry = { key, ...place, course, isSpare, timer: null, isAsking: false, verdict, notBefore: Number.NEGATIVE_INFINITY };
    this.#entries.set(key, entry);
    this.#isStatusOld = true;
    if (terms !== null) this.#askLater(entry, place.held.mode !== "anycast" ? 0 : terms.intervalMs * Math.random());
  }

  #letGo(entry: Entry): void {
    const { course, key, timer } = entry;
    if (timer !== null) clearTimeout(timer);
    this.#entries.delete(key);
    this.#isStatusOld = true;
    if (course.announced) this.#tell("vip-withdrawn", entry, notHeldReason);
    course.noteAnnounced(false, this.#options.now(), "gone");
    this.#past.keep(key, course.changes);
  }

  #renew(entry: Entry, place: Place): void {
    const { terms } = entry.address;
    Object.assign(entry, place);
    if (JSON.stringify(terms) === JSON.stringify(place.address.terms)) return;
    entry.course.setTerms(place.address.terms, this.#options.now());
    this.#isStatusOld = true;
    if (entry.timer !== null) clearTimeout(entry.timer);
    entry.timer = null;
    // A question that is under way goes on by itself when it has its answer.
    if (place.address.terms !== null && !entry.isAsking) this.#askLater(entry, 0);
  }

  #askLater(entry: Entry, delayMs: number): void {
    entry.timer = setTimeout(() => this.#paced.begin(() => void this.#ask(entry)), delayMs);
  }

  async #ask(entry: Entry): Promise<void> {
    const { terms, address } = entry.address;
    if (terms === null || entry.isAsking || this.#isEnding || this.#entries.get(entry.key) !== entry) return;
    entry.isAsking = true;
    const began = this.#options.now();
    const { isWell, reason } = await ask(terms, address);
    entry.isAsking = false;
    if (this.#isEnding || this.#entries.get(entry.key) !== entry) return;
    const next = entry.address.terms;
    if (next === null) return;
    const at = this.#options.now();
    // An answer to another question than the present one says nothing.
    if (JSON.stringify(next) === JSON.stringify(terms)) this.#hear(entry, isWell, reason, at);
    const isRising = isWell && entry.held.mode !== "anycast" && entry.course.health === "unknown";
    this.#askLater(entry, nextAskMs({ intervalMs: isRising ? Math.min(risingMs, next.intervalMs) : next.intervalMs }, at - began));
  }

  #hear({ course, ...entry }: Entry, isWell: boolean, reason: string, at: number): void {
    const turn = course.answer(isWell, reason, at);
    // What others announce is known by the time that it decides something.
    const urgency = course.hangsOnOthers(this.#isDrained, at);
    if (urgency !== null) this.#knowledge.wantOthers(urgency);
    if (turn === null) return;
    this.#isStatusOld = true;
    if (turn.health !== "unknown") this.#tell(turn.health === "up" ? "vip-up" : "vip-down", entry, turn.reason);
    void this.#step();
  }

  #decide(): { put: Entry[]; take: Entry[]; regrade: Entry[] } {
    const at = this.#options.now();
    const drained = this.#isDrained;
    const put: Entry[] = [];
    const take: Entry[] = [];
    const regrade: Entry[] = [];
    const mayAnnounce = new Map(this.#instances.map((instance) => [instance, isOwner(instance)]));
    for (const entry of this.#entries.values()) {
      const { course, instance } = entry;
      const { family, address } = entry.address;
      const urgency = course.hangsOnOthers(drained, at);
      if (urgency !== null) this.#knowledge.wantOthers(urgency);
      const others = this.#knowledge.others(family, address, urgency ?? "now");
      const isOurs = mayAnnounce.get(instance) ?? false;
      if (!course.announced && !drained && isOurs && course.health !== "down") this.#knowledge.wantWayBack(family);
      // Of a single owner there is nobody else to hear of.
      const seesBestOnly = this.#knowledge.seesBestOnly && entry.held.mode === "anycast";
      const around = { drained, mayAnnounce: isOurs, others, seesBestOnly, hasWayBack: this.#knowledge.hasWayBack(family) };
      const was = entry.verdict.held;
      entry.verdict = course.decide(around, at);
      if (entry.verdict.held !== was) this.#tellHeld(entry);
      const isSpare = isSpareBy(entry, seesBestOnly);
      if (isSpare !== entry.isSpare) {
        entry.isSpare = isSpare;
        if (course.announced && entry.verdict.announce) regrade.push(entry);
      }
      if (entry.verdict.announce !== course.announced && at >= entry.notBefore) (entry.verdict.announce ? put : take).push(entry);
    }
    return { put, take, regrade };
  }

  #tellHeld(entry: Entry): void {
    const { course, verdict } = entry;
    this.#isStatusOld = true;
    const why = course.health === "down" ? course.reason : drainedReason;
    if (verdict.held === "last" && course.announced) this.#tell("vip-kept", entry, `${why}; ${nobodyElse}, so it stays`);
    if (verdict.held === "dampened")
      this.#tell("vip-dampened", entry, "it has come and gone too often: it is announced when it has been well for longer");
  }

  async #carryOut(verb: "put" | "take", entries: readonly Entry[]): Promise<void> {
    const { now } = this.#options;
    const ready = verb === "put" ? entries.filter(isStill) : entries;
    if (ready.length === 0) return;
    const complaint = verb === "put" ? await this.#put(ready) : await this.#routes.change("take", ready);
    if (complaint !== null) this.#complaints.say(`cannot ${verb} routes`, complaint);
    if (verb === "take" && this.#knowledge.seesBestOnly) this.#knowledge.forgetOthers();
    const is = complaint === null ? null : await this.#routes.readAnnounced();
    for (const entry of ready) {
      if (complaint === null || (is !== null && is.has(entry.key) === (verb === "put"))) this.#noteDone(verb, entry);
      else entry.notBefore = now() + againMs;
    }
    this.#isStatusOld = true;
  }

  /** What is announced stays announced, as one that is preferred, or as one that is not. What fails here is put right by `#repair`. */
  async #regrade(entries: readonly Entry[]): Promise<void> {
    const ready = entries.filter(isStill);
    if (ready.length === 0) return;
    const complaint = await this.#put(ready);
    if (complaint !== null) this.#complaints.say("cannot put routes", complaint);
  }

  /** Whoever lets go of a VIP takes away its file, then its routes. What was put in between is taken back by the one who put it. */
  async #put(entries: readonly Entry[]): Promise<string | null> {
    const complaint = await this.#routes.change("put", entries);
    await this.#routes.change(
      "take",
      entries.filter((entry) => !stands(entry)),
    );
    return complaint;
  }

  #noteDone(verb: "put" | "take", entry: Entry): void {
    const { course, verdict, instance } = entry;
    const isDown = course.health === "down";
    const at = this.#options.now();
    if (verb === "put") {
      const isLast = verdict.held === "last";
      course.noteAnnounced(true, at, isLast ? "last" : "health");
      const why = isDown ? course.reason : isLast ? drainedReason : course.reason;
      this.#tell("vip-announced", entry, isLast ? `${why}; ${nobodyElse}` : why);
      return;
    }
    const isOurs = isOwner(instance);
    course.noteAnnounced(false, at, !isOurs ? "gone" : isDown ? "health" : "drained");
    this.#tell("vip-withdrawn", entry, !isOurs ? notOwnerReason : isDown ? course.reason : drainedReason);
  }

  /** Puts back what somebody has flushed, and takes away what should not be there. */
  async #repair(): Promise<void> {
    const { now } = this.#options;
    if (now() - this.#repairedAt < repairEveryMs) return;
    this.#repairedAt = now();
    const is = await this.#routes.readAnnounced();
    if (is === null) return;
    const entries = [...this.#entries.values()];
    const lost = entries.filter((entry) => entry.course.announced && !isAsWanted(entry, is.get(entry.key)) && isStill(entry));
    const stray = entries.filter(({ course, key }) => !course.announced && is.has(key));
    const complaints = [await this.#put(lost), await this.#routes.change("take", stray)];
    for (const complaint of complaints) if (complaint !== null) this.#complaints.say("cannot repair routes", complaint);
  }

  #tell(kind: CheckerEvent["kind"], { address }: Pick<Entry, "address">, reason: string): void {
    const { namespace } = this.#options;
    this.#events.push({ at: new Date().toISOString(), kind, namespace, vip: address.vip, address: address.address, reason });
  }

  #writeStatus(): void {
    const { namespace, now } = this.#options;
    const at = now();
    const vips = [...this.#entries.values()].map((entry) => checkedVip(entry, at));
    this.#files.writeStatus({ namespace, at: new Date().toISOString(), drained: this.#isDrained, vips });
    this.#statusAt = at;
    this.#isStatusOld = false;
  }
}

const nobodyElse = "no other host is known to announce it";

/** One that has just been put back as the last is that while neighbours take it, too. */
export function isSpareBy({ verdict: { announce, held }, isSpare }: Pick<Entry, "verdict" | "isSpare">, seesBestOnly: boolean): boolean {
  return announce && (held === "arrival" ? isSpare : held === "last" && seesBestOnly);
}

/** False: the guard has taken the VIPs from us. A resource that stops is another matter: its file goes first, and it withdraws by itself. */
function isOwner(instance: Instance): boolean {
  const held = instance.read();
  return held === null || instance.mayAnnounce(held) || instance.read() === null;
}

/** What is held may have left since it was looked at; the resource agents take away the file first, then the route. */
function isStill({ instance, held }: Entry): boolean {
  return instance.read() === held && instance.mayAnnounce(held);
}

/** Held here at this moment, if by another word than before, and to be announced from here. */
function stands({ instance, held, key }: Entry): boolean {
  const now = instance.read();
  return now !== null && instance.mayAnnounce(now) && (now === held || now.addresses.some(({ address }) => address === key));
}

/** From the beginning of one question to the beginning of the next. */
export function nextAskMs({ intervalMs }: Pick<HealthTerms, "intervalMs">, tookMs: number, random = Math.random()): number {
  return Math.max(0, intervalMs * (1 - jitter * random) - tookMs);
}
