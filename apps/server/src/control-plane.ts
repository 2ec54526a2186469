import type { HostState } from "@rackway/schema";
import type { EventRecord, Repositories, Store, StoredEventRecord } from "@rackway/store";

import { AgentHub } from "./agent-hub.ts";
import { Authority } from "./authorisation.ts";
import { sha256 } from "./canonical-json.ts";
import type { Sources } from "./clock.ts";
import { advanceEpoch, hostStatesOf, loadCurrentView } from "./current-view.ts";
import type { CurrentView } from "./current-view.ts";
import { EventLog } from "./event-log.ts";
import { RefusalBook } from "./refusal-book.ts";
import { ReportBook } from "./report-book.ts";
import { RouterWatch } from "./router-watch.ts";

/** A host state as it goes out: text and digest are made once, however many polls ask. */
export interface ServedState {
  readonly state: HostState;
  readonly json: string;
  readonly digest: string;
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
 * reader sees a change whole or not at all, and what is served is always what was committed.
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
  #view: CurrentView = { current: null, epoch: 0, flags: new Map(), known: new Map(), authKeys: new Map() };
  #states: ReadonlyMap<string, ServedState> = new Map();

  constructor(options: { readonly store: Store; readonly sources: Sources; readonly adminToken: string }) {
    this.store = options.store;
    this.sources = options.sources;
    this.hub = new AgentHub(options.sources.now);
    this.events = new EventLog(options.store);
    this.reports = new ReportBook(options.store);
    this.routers = new RouterWatch();
    this.authority = new Authority(options.adminToken);
  }

  /** Reads the database. Call it once before anything else. */
  async load(): Promise<void> {
    await this.reports.load();
    this.authority.setHostTokens(await this.store.hosts.tokens());
    await this.#reload();
    for (const router of this.view.current?.document.spec.virtualRouters ?? []) {
      const subject = `router/${router.name}`;
      const [active] = await this.events.list({ limit: 1, kind: "router-active", subject });
      const [lost] = await this.events.list({ limit: 1, kind: "router-lost", subject });
      if (lost !== undefined && lost.id > (active?.id ?? 0)) this.routers.recall(router.name, null, lost.at);
      else if (active !== undefined)
        this.routers.recall(router.name, typeof active.data.to === "string" ? active.data.to : null, active.at);
    }
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
        written.push(...(await repositories.events.append([{ ...record, at: now.toISOString() }])));
      };
      const outcome = await work({ repositories, now, event });
      if (reaches === "hosts" && outcome.isChanged) await advanceEpoch(repositories, now);
      return outcome;
    });
    if (reaches === "hosts" && isChanged) {
      await this.#reload();
      this.hub.wakeAll();
    }
    this.events.announce(written);
    return result;
  }

  async #reload(): Promise<void> {
    const view = await this.store.transaction(loadCurrentView);
    // Two changes may end close together: an older view must not come after a newer one.
    if (view.epoch < this.#view.epoch) return;
    const states = [...hostStatesOf(view)].map(([host, state]): [string, ServedState] => {
      const json = JSON.stringify(state);
      return [host, { state, json, digest: sha256(json) }];
    });
    this.#view = view;
    this.#states = new Map(states);
  }
}
