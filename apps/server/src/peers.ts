import type { Notice, NoticeListener } from "@rackway/store";
import type { FastifyBaseLogger } from "fastify";

import type { ControlPlane } from "./control-plane.ts";
import type { Observations } from "./observations.ts";
import type { Operations } from "./operations.ts";

/** Tried again after this when the database did not answer. */
const againMs = 1000;

interface Followers {
  readonly plane: ControlPlane;
  readonly observations: Observations;
  readonly operations: Operations;
}

/** What other servers changed, and this one has not looked at yet. */
class News {
  hosts = false;
  events = false;
  readonly tokens = new Set<string>();
  readonly operations = new Set<string>();
  readonly reports = new Set<string>();
  readonly observe = new Map<string, string>();
  /** Something may have been missed. */
  everything = false;

  get isEmpty(): boolean {
    const { size: tokens } = this.tokens;
    return !this.hosts && !this.events && !this.everything && tokens + this.operations.size + this.reports.size + this.observe.size === 0;
  }

  add({ topic, items }: Notice): void {
    if (topic === "hosts") this.hosts = true;
    else if (topic === "events") this.events = true;
    else if (topic === "tokens" || topic === "operations" || topic === "reports") for (const item of items) this[topic].add(item);
    else if (topic === "observe") {
      for (const item of items) {
        const [host = "", token = ""] = item.split(" ");
        this.observe.set(host, token);
      }
    }
  }
}

/**
 * Keeps this server in step with the others of its database. A notice says what changed, not to what: that is read from the database, by one
 * at a time, so however many notices come, what is kept in memory is as new as the last of them.
 */
export class Peers implements NoticeListener {
  readonly #logger: FastifyBaseLogger;
  #followers: Followers | null = null;
  #news = new News();
  #work: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(logger: FastifyBaseLogger) {
    this.#logger = logger;
  }

  /** From now on notices are acted upon, with those that came before. */
  begin(followers: Followers): void {
    this.#followers = followers;
    this.#run();
  }

  notice(notice: Notice): void {
    this.#news.add(notice);
    this.#run();
  }

  resumed(): void {
    this.#logger.info("the database's notices are heard again");
    this.#news.everything = true;
    this.#run();
  }

  async stop(): Promise<void> {
    this.#followers = null;
    clearTimeout(this.#timer);
    await this.#work;
  }

  /** One at a time: what comes meanwhile is looked at next. */
  #run(): void {
    const followers = this.#followers;
    if (this.#work !== null || followers === null || this.#news.isEmpty) return;
    const news = this.#news;
    this.#news = new News();
    this.#work = follow(news, followers)
      .catch((error: unknown) => {
        this.#logger.warn({ err: error }, "what other servers changed could not be read; tried again");
        this.#news.everything = true;
        clearTimeout(this.#timer);
        if (this.#followers !== null) this.#timer = setTimeout(() => this.#run(), againMs);
        return "failed" as const;
      })
      .then((outcome) => {
        this.#work = null;
        if (outcome !== "failed") this.#run();
      });
  }
}

async function follow(news: News, { plane, observations, operations }: Followers): Promise<void> {
  const { everything } = news;
  plane.hub.askFor(news.observe);
  if (everything || news.tokens.size > 0) {
    await plane.loadTokens();
    // Open polls were let in with tokens that may have ended.
    for (const host of news.tokens) plane.hub.forget(host);
  }
  if (everything || news.hosts) {
    await plane.reload();
    plane.hub.wakeAll();
  }
  if (everything) await operations.load();
  for (const cluster of news.operations) await operations.followPeers(cluster);
  if (everything || news.reports.size > 0) await observations.receiveOthers(everything ? null : [...news.reports]);
  if (everything || news.events) await plane.events.catchUp();
  if (everything) plane.hub.wakeAll();
}
