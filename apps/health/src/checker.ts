import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";

import type { CommandRunner } from "@rackway/linux";
import { observeOthers, unacknowledged } from "@rackway/routing";
import type { OthersAnnouncements } from "@rackway/routing";
import type { CheckedVip, CheckerEvent, HealthTerms } from "@rackway/schema";

import { ask } from "./ask.ts";
import { AddressCourse, arrivalMs } from "./decide.ts";
import type { Verdict } from "./decide.ts";
import type { Held, HeldAddress } from "./held-file.ts";
import { Instance } from "./instance.ts";
import { changeRoutes, hasWayBack, readAnnounced } from "./routes.ts";
import type { RouteChange } from "./routes.ts";
import { WordFiles } from "./word-files.ts";

export interface CheckerOptions {
  /** Its own folder, /run/rackway/ID. */
  readonly stateDir: string;
  /** Where the folders of the VIPs' resources are. */
  readonly runFolder: string;
  readonly namespace: string;
  /** Ids of the VIPs' resources. */
  readonly instances: readonly string[];
  readonly run: CommandRunner;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** How often it looks at what is held, and at what time has changed. A resource that leaves waits 300 ms after its file has gone. */
const tickMs = 100;
/** What other hosts announce is asked when it matters, and not more often than this. */
const othersAgeMs = 400;
const wayBackAgeMs = 1_000;
/** A routing daemon that stands still keeps nobody from seeing that a service is down. */
const othersTimeoutMs = 2_000;
/** The same complaint is not made more often. */
const complaintEveryMs = 60_000;
/** The kernel's routes are compared with what should be there: somebody may have flushed them. */
const repairEveryMs = 2_000;
const statusEveryMs = 5_000;
/** Intervals are shortened by up to this part, never lengthened: checks of many VIPs spread out. */
const jitter = 0.1;

interface Entry {
  readonly key: string;
  readonly instance: Instance;
  held: Held;
  address: HeldAddress;
  course: AddressCourse;
  termsText: string;
  timer: NodeJS.Timeout | null;
  isAsking: boolean;
  verdict: Verdict;
  told: string;
}

/** Asks the services behind the VIPs of one namespace, and announces those that answer. */
export class Checker {
  readonly #options: CheckerOptions;
  readonly #instances: readonly Instance[];
  readonly #files: WordFiles;
  readonly #entries = new Map<string, Entry>();
  #events: CheckerEvent[] = [];
  #others: { readonly at: number; readonly value: OthersAnnouncements } = { at: Number.NEGATIVE_INFINITY, value: { 4: null, 6: null } };
  readonly #wayBack = new Map<4 | 6, { readonly at: number; readonly value: boolean }>();
  #repairedAt = Number.NEGATIVE_INFINITY;
  #statusAt = Number.NEGATIVE_INFINITY;
  #isStatusOld = true;
  #aliveAt = Number.NEGATIVE_INFINITY;
  #working: Promise<void> | null = null;
  #isAskedAgain = false;
  #isEnding = false;
  readonly #toWallClock: number;
  readonly #brief: CommandRunner;
  #complaint = { at: Number.NEGATIVE_INFINITY, text: "" };

  constructor(options: CheckerOptions) {
    this.#options = options;
    this.#instances = options.instances.map((id) => new Instance(options.runFolder, id));
    this.#files = new WordFiles(options.stateDir);
    this.#brief = (argv, more) => options.run(argv, { timeoutMs: othersTimeoutMs, ...more });
    this.#toWallClock = Date.now() - options.now();
  }

  /** Works until `signal` says that it is enough; then leaves everything announced as it is. */
  async work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#step();
      await wait(tickMs, undefined, { signal }).catch(() => undefined);
    }
    this.#isEnding = true;
    for (const entry of this.#entries.values()) if (entry.timer !== null) clearTimeout(entry.timer);
    await this.#working;
  }

  /** Takes back everything that is announced, no sooner than neighbours take it, and waits until they have: 3 s at most. */
  async withdrawAll(): Promise<void> {
    const { now, run } = this.#options;
    const announced = [...this.#entries.values()].filter(({ course }) => course.announced);
    if (announced.length === 0) return;
    await wait(Math.max(0, ...announced.map(({ course }) => course.arrivalLeft(now()))));
    await changeRoutes(run, "take", announced);
    for (const entry of announced) {
      entry.course.noteAnnounced(false, now(), false);
      this.#tell("vip-withdrawn", entry, "the checker is stopped");
    }
    this.#files.addEvents(this.#events.splice(0));
    this.#writeStatus();
    const deadline = now() + 3_000;
    // The routing daemon has to hear of it before it can have something left to say.
    for (await wait(50); now() < deadline && (await unacknowledged(this.#brief)) > 0;) await wait(50);
  }

  /** One at a time; what comes in between makes one more. */
  #step(): Promise<void> {
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
      await this.#look();
    } while (this.#isAskedAgain && !this.#isEnding);
  }

  async #look(): Promise<void> {
    const { now } = this.#options;
    await this.#follow();
    await this.#learn();
    const [put, take] = await this.#changes();
    await this.#carryOut("take", take);
    await this.#carryOut("put", put);
    await this.#repair();
    this.#files.addEvents(this.#events.splice(0));
    if (this.#isStatusOld || now() - this.#statusAt >= statusEveryMs) this.#writeStatus();
    if (now() - this.#aliveAt >= 1_000) {
      this.#files.sayAlive();
      this.#files.boundOutput();
      this.#aliveAt = now();
    }
  }

  /** Takes up what has come, and lets go of what is gone: whoever took it away takes its announcement back, too. */
  async #follow(): Promise<void> {
    const { now, run } = this.#options;
    const seen = new Set<string>();
    const fresh: { readonly instance: Instance; readonly held: Held; readonly address: HeldAddress; readonly key: string }[] = [];
    for (const instance of this.#instances) {
      const held = instance.read();
      if (held === null) continue;
      for (const address of held.addresses) {
        const key = address.address;
        seen.add(key);
        const entry = this.#entries.get(key);
        if (entry === undefined) fresh.push({ instance, held, address, key });
        else if (entry.held !== held) this.#renew(entry, held, address);
      }
    }
    for (const [key, entry] of this.#entries) {
      if (seen.has(key)) continue;
      if (entry.timer !== null) clearTimeout(entry.timer);
      this.#entries.delete(key);
      this.#isStatusOld = true;
      if (entry.course.announced) this.#tell("vip-withdrawn", entry, "the VIP is no longer held here");
    }
    if (fresh.length === 0) return;
    const announced = await readAnnounced(run);
    if (announced === null) return;
    for (const { instance, held, address, key } of fresh) {
      const course = new AddressCourse(address.terms, rankOf(key), announced.has(key), now());
      const termsText = JSON.stringify(address.terms);
      const verdict = { announce: course.announced, held: null };
      const entry: Entry = { key, instance, held, address, course, termsText, timer: null, isAsking: false, verdict, told: "" };
      this.#entries.set(key, entry);
      if (address.terms !== null) this.#askLater(entry, address.terms.intervalMs * Math.random());
    }
    this.#isStatusOld = true;
  }

  /** Other terms begin a new count; what is announced stays until they say otherwise. */
  #renew(entry: Entry, held: Held, address: HeldAddress): void {
    const termsText = JSON.stringify(address.terms);
    Object.assign(entry, { held, address });
    if (termsText === entry.termsText) return;
    entry.termsText = termsText;
    entry.course = new AddressCourse(address.terms, rankOf(entry.key), entry.course.announced, this.#options.now());
    if (entry.timer !== null) clearTimeout(entry.timer);
    if (address.terms !== null) this.#askLater(entry, 0);
  }

  #askLater(entry: Entry, delayMs: number): void {
    entry.timer = setTimeout(() => void this.#ask(entry), delayMs);
  }

  async #ask(entry: Entry): Promise<void> {
    const { terms, address } = entry.address;
    if (terms === null || entry.isAsking) return;
    entry.isAsking = true;
    const began = this.#options.now();
    const { isWell, reason } = await ask(terms, address);
    entry.isAsking = false;
    if (this.#isEnding || this.#entries.get(entry.key) !== entry) return;
    const at = this.#options.now();
    const turn = entry.course.answer(isWell, reason, at);
    if (turn !== null) {
      this.#isStatusOld = true;
      if (turn.health !== "unknown") this.#tell(turn.health === "up" ? "vip-up" : "vip-down", entry, turn.reason);
      void this.#step();
    }
    this.#askLater(entry, nextAskMs(entry.address.terms ?? terms, at - began));
  }

  /** Asks the routing daemon about others only where somebody's announcement hangs on it. */
  async #learn(): Promise<void> {
    const { now, run } = this.#options;
    const isDrained = this.#files.isDrained;
    const matters = [...this.#entries.values()].some(({ course }) => (isDrained && course.announced) || course.hangsOnOthers(now()));
    if (matters && now() - this.#others.at >= othersAgeMs) this.#others = { value: await observeOthers(this.#brief), at: now() };
    for (const family of [4, 6] as const) {
      const isWanted = [...this.#entries.values()].some(
        ({ address, course }) => address.family === family && !course.announced && course.health === "up",
      );
      if (isWanted && now() - (this.#wayBack.get(family)?.at ?? Number.NEGATIVE_INFINITY) >= wayBackAgeMs)
        this.#wayBack.set(family, { value: await hasWayBack(run, family), at: now() });
    }
  }

  async #changes(): Promise<[Entry[], Entry[]]> {
    const { now } = this.#options;
    const drained = this.#files.isDrained;
    const put: Entry[] = [];
    const take: Entry[] = [];
    for (const entry of this.#entries.values()) {
      const { family, address } = entry.address;
      const known = this.#others.value[family];
      const isFresh = now() - this.#others.at < 2 * othersAgeMs;
      const others = !isFresh || known === null ? "unknown" : known.has(`${address}/${family === 4 ? 32 : 128}`) ? "some" : "none";
      const verdict = entry.course.decide({ drained, others, hasWayBack: this.#wayBack.get(family)?.value ?? false }, now());
      if (verdict.held !== entry.verdict.held) this.#isStatusOld = true;
      if (verdict.held !== entry.verdict.held && verdict.held === "last" && entry.course.announced)
        this.#tell("vip-kept", entry, `${entry.course.reason}; no other host announces it, so it stays`);
      if (verdict.held !== entry.verdict.held && verdict.held === "dampened")
        this.#tell("vip-dampened", entry, "it has come and gone too often: it is announced when it has been well for longer");
      entry.verdict = verdict;
      if (verdict.announce !== entry.course.announced) (verdict.announce ? put : take).push(entry);
    }
    return [put, take];
  }

  async #carryOut(verb: "put" | "take", entries: readonly Entry[]): Promise<void> {
    const { now, run } = this.#options;
    // What is held may have left since it was looked at; the resource agents take away the file first, then the route.
    const isStill = (entry: Entry): boolean =>
      verb === "take" || (entry.instance.read() === entry.held && entry.instance.mayAnnounce(entry.held));
    const ready = entries.filter(isStill);
    if (ready.length === 0) return;
    const complaint = verb === "put" ? await this.#put(ready) : await changeRoutes(run, "take", ready.map(toChange));
    if (complaint !== null) this.#complain(`cannot ${verb} routes: ${complaint}`);
    const is = complaint === null ? null : await readAnnounced(run);
    for (const entry of ready) {
      if (is !== null && is.has(entry.key) !== (verb === "put")) continue;
      const isDown = entry.course.health === "down";
      const why = verb === "put" || isDown ? entry.course.reason : "this host is drained";
      entry.course.noteAnnounced(verb === "put", now(), isDown);
      this.#tell(verb === "put" ? "vip-announced" : "vip-withdrawn", entry, why);
    }
    this.#isStatusOld = true;
  }

  /** Whoever lets go of a VIP takes away its file, then its routes. What was put in between is taken back by the one who put it. */
  async #put(entries: readonly Entry[]): Promise<string | null> {
    const { run } = this.#options;
    const complaint = await changeRoutes(run, "put", entries.map(toChange));
    await changeRoutes(run, "take", entries.filter((entry) => !stands(entry)).map(toChange));
    return complaint;
  }

  #complain(text: string): void {
    const at = this.#options.now();
    if (text === this.#complaint.text && at - this.#complaint.at < complaintEveryMs) return;
    this.#complaint = { at, text };
    process.stderr.write(`${new Date().toISOString()} ${text}\n`);
  }

  /** Puts back what somebody has flushed, and takes away what should not be there. */
  async #repair(): Promise<void> {
    const { now, run } = this.#options;
    if (now() - this.#repairedAt < repairEveryMs) return;
    this.#repairedAt = now();
    const is = await readAnnounced(run);
    if (is === null) return;
    const differs = [...this.#entries.values()].filter((entry) => is.has(entry.key) !== entry.course.announced);
    const missing = differs.filter(
      (entry) => entry.course.announced && entry.instance.read() === entry.held && entry.instance.mayAnnounce(entry.held),
    );
    await this.#put(missing);
    await changeRoutes(run, "take", differs.filter(({ course }) => !course.announced).map(toChange));
  }

  #tell(kind: CheckerEvent["kind"], { address }: Pick<Entry, "address">, reason: string): void {
    const { namespace } = this.#options;
    this.#events.push({ at: new Date().toISOString(), kind, namespace, vip: address.vip, address: address.address, reason });
  }

  #writeStatus(): void {
    const vips = [...this.#entries.values()].map(({ held, address, course, verdict }): CheckedVip => {
      const since = new Date(this.#toWallClock + course.healthSince).toISOString();
      const { health, announced } = course;
      const reason = reasonOf(course.reason, verdict);
      return { vip: address.vip, address: address.address, mode: held.mode, health, reason, since, announced, held: verdict.held };
    });
    this.#files.writeStatus({ namespace: this.#options.namespace, at: new Date().toISOString(), drained: this.#files.isDrained, vips });
    this.#statusAt = this.#options.now();
    this.#isStatusOld = false;
  }
}

/** Held here at this moment, and to be announced from here. */
function stands({ instance, held, key }: Entry): boolean {
  const now = instance.read();
  return now !== null && instance.mayAnnounce(now) && (now === held || now.addresses.some(({ address }) => address === key));
}

function toChange({ held, address }: Entry): RouteChange {
  return { held, address };
}

/** From the beginning of one question to the beginning of the next. */
function nextAskMs({ intervalMs }: HealthTerms, tookMs: number): number {
  return Math.max(0, intervalMs * (1 - jitter * Math.random()) - tookMs);
}

function reasonOf(reason: string, { held }: Verdict): string {
  const words: Readonly<Record<NonNullable<Verdict["held"]>, string>> = {
    drained: "this host is drained",
    last: "no other host announces it, so it stays",
    dampened: "it has come and gone too often, and waits",
    arrival: `an announcement stands for ${arrivalMs} ms at least`,
    "way-back": "no gateway for its replies answers",
  };
  return held === null ? reason : `${reason}; ${words[held]}`;
}

/** 0…1, another on every host and for every address: hosts in the same situation act one after the other. */
function rankOf(key: string): number {
  return createHash("sha256").update(`${hostname()} ${key}`).digest().readUInt16BE(0) / 65_535;
}
