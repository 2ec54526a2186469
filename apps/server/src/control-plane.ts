import type { HostState } from "@rackway/schema";
import type { EventRecord, Repositories, Store, StoredEventRecord } from "@rackway/store";

import { AgentHub } from "./agent-hub.ts";
import { Authority } from "./authorisation.ts";
import { sha256 } from "./canonical-json.ts";
import type { Sources } from "./clock.ts";
import { advanceEpoch, hostStatesOf, loadCurrentView } from "./current-view.ts";
import type { CurrentView } from "./current-view.ts";
import { EventLog, writeEvents } from "./event-log.ts";
import { RefusalBook } from "./refusal-book.ts";
import { ReportBook } from "./report-book.ts";
import { RouterWatch } from "./router-watch.ts";
import { freshnessOf } from "./status.ts";

/** A host state as it goes out: text and digest are made once, however many polls ask. */
export interface ServedState {
  readonly state: HostState;
  readonly json: string;
  readonly digest: string;
  /** It must be confirmed until then; what the host goes back to if it is not. Null: it stays. */
  readonly trial: {
    readonly id: string;
    readonly revision: number;
    readonly deadlineMs: number;
    readonly fallback: HostState;
    readonly fallbackJson: string;
  } | null;
}

/** What a change hands its transaction: repositories, a place for events that are written with it, and the time. */
export interface ChangeContext {
  readonly repositories: Repositories;
  readonly now: Date;
  /** Written in the transaction; told to listeners after the commit. */
  readonly event: (record: Omit<EventRecord, "at">) => Promise<void>;
}

/**
 * The server's state: the database, and what is kept ready of it for reads. Every change goes `change` → transaction → reload → wake, so a
 * reader sees a change whole or not at all, and what is served is always what was committed. Other servers of the same database hear of it by
 * notices that are committed with it, and do the same (`peers.ts`).
 */
export class ControlPlane {
  readonly store: Store;
  readonly sources: Sources;
  readonly hub: AgentHub;
  readonly events: EventLog;
  readonly reports: ReportBook;
  readonly routers: RouterWatch;
  readonly authority: Authority;
  readonly refusals = new RefusalBook();
  #view: CurrentView = {
    current: null,
    trial: null,
    epoch: 0,
    flags: new Map(),
    known: new Map(),
    authKeys: new Map(),
    certificates: new Map(),
  };
  #states: ReadonlyMap<string, ServedState> = new Map();
  #leads = false;

  constructor(options: { readonly store: Store; readonly sources: Sources; readonly adminToken: string; readonly metricsToken: string }) {
    this.store = options.store;
    this.sources = options.sources;
    this.hub = new AgentHub(options.sources.now, (asked) => {
      // Whoever asks does not wait for it, and looks without what the hosts of a server say that was not reached.
      const items = [...asked].map((pair) => pair.join(" "));
      void this.store.notices.send({ topic: "observe", items }).catch(() => undefined);
    });
    this.events = new EventLog(options.store);
    this.reports = new ReportBook(options.store);
    this.routers = new RouterWatch();
    this.authority = new Authority(options);
  }

  /** Reads the database. Call it once before anything else. */
  async load(): Promise<void> {
    await this.events.load();
    await this.reports.load();
    await this.loadTokens();
    await this.reload();
    await this.#recallRouters();
    this.#leads = this.store.isLeader;
    // What the leader tells is what this one goes on from, should it follow.
    this.events.listen((event) => {
      if (!this.#leads && event.source === "server") this.#recallRouter(event);
    });
  }

  /**
   * This server is the one that does what one server must do: writes what all see, ends what nobody carries out. It begins with what the one
   * before has told.
   */
  get leads(): boolean {
    return this.#leads && this.store.isLeader;
  }

  /** Called every second. True when this server has just become the leader. */
  async stand(): Promise<boolean> {
    const isNew = this.store.isLeader && !this.#leads;
    if (isNew) {
      await this.events.catchUp();
      await this.#recallRouters();
    }
    this.#leads = this.store.isLeader;
    return isNew && this.#leads;
  }

  async loadTokens(): Promise<void> {
    this.authority.setHostTokens(await this.store.hosts.tokens());
  }

  /** An agent answers here, or did a moment ago at another server. */
  isReachable(host: string): boolean {
    const received = this.reports.get(host);
    return this.hub.isConnected(host) || (received?.byPeer === true && freshnessOf(received, this.nowMs) === "ok");
  }

  async #recallRouters(): Promise<void> {
    const { virtualRouters = [], roamingRouters = [] } = this.view.current?.document.spec ?? {};
    for (const router of [...virtualRouters, ...roamingRouters]) {
      const subject = `router/${router.name}`;
      const [active] = await this.events.list({ limit: 1, kind: "router-active", subject, source: "server" });
      const [lost] = await this.events.list({ limit: 1, kind: "router-lost", subject, source: "server" });
      if (lost !== undefined && lost.id > (active?.id ?? 0)) this.#recallRouter(lost);
      else if (active !== undefined) this.#recallRouter(active);
    }
  }

  #recallRouter({ kind, subject, data, at }: Pick<EventRecord, "kind" | "subject" | "data" | "at">): void {
    if (kind !== "router-active" && kind !== "router-lost") return;
    const host = kind === "router-active" && typeof data.to === "string" ? data.to : null;
    this.routers.recall(subject.slice("router/".length), host, at);
  }

  get view(): CurrentView {
    return this.#view;
  }

  get nowMs(): number {
    return this.sources.now().getTime();
  }

  /** An agent in this host's name was not let in. */
  noteRefused(host: string): void {
    const isKnown = this.view.current?.document.spec.hosts.some(({ name }) => name === host) ?? false;
    this.refusals.note(host, isKnown, this.nowMs);
  }

  servedState(host: string): ServedState | null {
    return this.#states.get(host) ?? null;
  }

  /** One transaction. `reaches: "hosts"` counts an epoch and wakes the agents, unless `work` says that it changed nothing. */
  async change<Result>(
    reaches: "hosts" | "database",
    work: (context: ChangeContext) => Promise<{ readonly result: Result; readonly isChanged: boolean }>,
  ): Promise<Result> {
    const written: StoredEventRecord[] = [];
    const now = this.sources.now();
    const { result, isChanged } = await this.store.transaction(async (repositories) => {
      const event: ChangeContext["event"] = async (record) => {
        written.push(...(await writeEvents(repositories, [{ ...record, at: now.toISOString() }])));
      };
      const outcome = await work({ repositories, now, event });
      if (reaches === "hosts" && outcome.isChanged) {
        const epoch = await advanceEpoch(repositories, now);
        await repositories.notices.send({ topic: "hosts", items: [String(epoch)] });
      }
      return outcome;
    });
    if (reaches === "hosts" && isChanged) {
      await this.reload();
      this.hub.wakeAll();
    }
    this.events.announce(written);
    return result;
  }

  /** Reads what is current, and compiles it. */
  async reload(): Promise<void> {
    const view = await this.store.snapshot(loadCurrentView);
    // Two changes may end close together: an older view must not come after a newer one.
    if (view.epoch < this.#view.epoch) return;
    const fallbacks = view.trial === null ? null : hostStatesOf(view, view.trial.base);
    const states = [...hostStatesOf(view)].map(([host, state]): [string, ServedState] => {
      const json = JSON.stringify(state);
      const trial = trialOf(view, fallbacks?.get(host));
      return [host, { state, json, digest: sha256(json + (trial?.fallbackJson ?? "")), trial }];
    });
    this.#view = view;
    this.#states = new Map(states);
  }
}

function trialOf({ current, trial }: CurrentView, fallback: HostState | undefined): ServedState["trial"] {
  if (current === null || trial === null || fallback === undefined) return null;
  const { revision, createdAt } = current.record;
  return {
    id: `${revision}@${Date.parse(createdAt)}`,
    revision,
    deadlineMs: trial.deadlineMs,
    fallback,
    fallbackJson: JSON.stringify(fallback),
  };
}
