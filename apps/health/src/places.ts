import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { CommandRunner } from "@rackway/linux";
import type { CheckedVip, HealthTerms } from "@rackway/schema";
import { ownerHealth } from "@rackway/schema";

import { ask } from "./ask.ts";
import type { Held, HeldAddress } from "./held-file.ts";
import type { Instance } from "./instance.ts";
import type { Standing } from "./standing.ts";
import { unmarked, whileElsewhere, whileHere } from "./standing.ts";

/** One address of a group that this host has, as far as a place is judged by it. */
export interface JudgedAddress {
  readonly instance: Instance;
  readonly held: Held;
  readonly address: HeldAddress;
  readonly health: CheckedVip["health"];
}

/** How the service is asked here while another host has the VIPs: by the namespace's own address. */
interface Question {
  readonly terms: HealthTerms;
  readonly via: string;
}

const never = Number.NEGATIVE_INFINITY;
/** Pacemaker may be on its way up or down: asked again after this long. */
const againMs = 2_000;

interface Place {
  standing: Standing;
  questions: readonly Question[];
  wins: number;
  askedAt: number;
  isAsking: boolean;
  isHere: boolean;
  /** Pacemaker is being told; ends when it has answered. */
  writing: Promise<void> | null;
  /** When Pacemaker did not take it. */
  triedAt: number;
  /** What the attribute was set to last; undefined: it may be anything. */
  written: number | null | undefined;
}

export interface PlacesOptions {
  readonly stateDir: string;
  /** A path, the network namespace of the host: Pacemaker listens there alone. */
  readonly hostNetns: string;
  readonly run: CommandRunner;
  readonly now: () => number;
  /** Where complaints go: what is not told again at once, and what is told. */
  readonly say: (subject: string, text: string) => void;
}

/** Tells Pacemaker how good a place this host is for each group of roaming or failover VIPs (`Standing`), by a node attribute of the status section. */
export class Places {
  readonly #options: PlacesOptions;
  readonly #places = new Map<string, Place>();

  constructor(options: PlacesOptions) {
    this.#options = options;
    for (const [id, { standing, questions }] of Object.entries(this.#read())) this.#places.set(id, place(standing, questions));
  }

  /** Looks at what is held now, and says what has changed. `judged`: of what is held, that which roams. */
  look(instances: readonly Instance[], judged: readonly JudgedAddress[]): void {
    const { now } = this.#options;
    const byInstance = Map.groupBy(judged, ({ instance }) => instance);
    for (const instance of instances) {
      const here = byInstance.get(instance);
      const it = this.#places.get(instance.id) ?? (here === undefined ? undefined : place(unmarked, []));
      if (it === undefined) continue;
      this.#places.set(instance.id, it);
      if (here === undefined) this.#whileElsewhere(it);
      else this.#whileHere(it, here);
      const isOld = it.written !== it.standing.score && now() - it.triedAt >= againMs;
      if (isOld && it.writing === null) it.writing = this.#write(instance.id, it).finally(() => (it.writing = null));
    }
  }

  /** Whoever ends for good leaves nothing behind. */
  async forget(): Promise<void> {
    const forgotten = [...this.#places].map(async ([id, it]) => {
      it.standing = { ...it.standing, score: null };
      // A word that is on its way must not come after the last one.
      await it.writing;
      await this.#write(id, it);
    });
    await Promise.all(forgotten);
  }

  #whileHere(it: Place, here: readonly JudgedAddress[]): void {
    const count = (health: CheckedVip["health"]): number => here.filter((one) => one.health === health).length;
    it.standing = whileHere(it.standing, { down: count("down"), unknown: count("unknown"), all: here.length }, this.#options.now());
    it.questions = questionsOf(here);
    it.isHere = true;
  }

  #whileElsewhere(it: Place): void {
    const { now } = this.#options;
    if (it.isHere) {
      it.isHere = false;
      it.wins = 0;
      if (it.standing.score !== null) it.standing = { ...it.standing, since: now() };
    }
    const rise = Math.max(1, ...it.questions.map(({ terms }) => terms.rise));
    it.standing = whileElsewhere(it.standing, it.questions.length > 0 && it.wins >= rise, now());
    const everyMs = Math.max(1_000, ...it.questions.map(({ terms }) => terms.intervalMs));
    if (it.standing.score === null || it.isAsking || now() - it.askedAt < everyMs) return;
    it.askedAt = now();
    it.isAsking = true;
    void Promise.all(it.questions.map(({ terms, via }) => ask(terms, via))).then((answers) => {
      it.isAsking = false;
      it.wins = answers.every(({ isWell }) => isWell) ? it.wins + 1 : 0;
    });
  }

  async #write(id: string, it: Place): Promise<void> {
    const { hostNetns, run } = this.#options;
    const { score } = it.standing;
    const what = score === null ? ["-D"] : ["-U", String(score)];
    const argv = ["nsenter", `--net=${hostNetns}`, "--", "attrd_updater", "-n", ownerHealth(id), ...what, "-d", "0"];
    const { code, stderr } = await run(argv, { timeoutMs: 5_000 });
    it.triedAt = code === 0 ? never : this.#options.now();
    if (code === 0) it.written = score;
    else this.#options.say(`attrd_updater ${ownerHealth(id)}`, stderr.trim());
    try {
      this.#keep();
    } catch (error) {
      this.#options.say("cannot keep what is known of this host", String(error));
    }
  }

  get #path(): string {
    return join(this.#options.stateDir, "places.json");
  }

  /** The next checker goes on from here: times as milliseconds that have passed, for its clock is another. */
  #keep(): void {
    const { now } = this.#options;
    const wall = Date.now();
    const kept = [...this.#places]
      .filter(([, { standing }]) => standing.times > 0)
      .map(([id, { standing, questions }]) => [id, { standing: { ...standing, since: wall - (now() - standing.since) }, questions }]);
    writeFileSync(`${this.#path}.new`, JSON.stringify(Object.fromEntries(kept)));
    renameSync(`${this.#path}.new`, this.#path);
  }

  #read(): Record<string, Pick<Place, "standing" | "questions">> {
    try {
      const kept = JSON.parse(readFileSync(this.#path, "utf8")) as Record<string, Pick<Place, "standing" | "questions">>;
      const passed = Date.now() - this.#options.now();
      return Object.fromEntries(
        Object.entries(kept).map(([id, { standing, questions }]) => [
          id,
          { standing: { ...standing, since: standing.since - passed }, questions },
        ]),
      );
    } catch {
      // None yet, or half a file of a host that lost power: what was known against this host is found out again.
      return {};
    }
  }
}

function place(standing: Standing, questions: readonly Question[]): Place {
  return {
    standing,
    questions,
    wins: 0,
    askedAt: never,
    isAsking: false,
    isHere: false,
    writing: null,
    triedAt: never,
    written: undefined,
  };
}

/** A command is asked about a VIP, and says nothing of a host that does not have it. */
function questionsOf(here: readonly JudgedAddress[]): Question[] {
  const found = new Map<string, Question>();
  for (const { held, address } of here) {
    const via = held.via[address.family];
    if (address.terms === null || via === null) continue;
    if (address.terms.check.kind === "command") return [];
    found.set(`${JSON.stringify(address.terms)} ${via}`, { terms: address.terms, via });
  }
  return [...found.values()];
}
