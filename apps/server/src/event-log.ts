import type { ApiEvent } from "@rackway/schema";
import type { EventFilter, EventRecord, Store } from "@rackway/store";

export type EventListener = (event: ApiEvent) => void;

/** The log of who did or saw what, and the way to hear of it as it is written. */
export class EventLog {
  readonly #store: Store;
  readonly #listeners = new Set<EventListener>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Writes events, then tells the listeners. Events that belong to a change are written in its transaction and come by `announce`. */
  async append(records: readonly EventRecord[]): Promise<void> {
    if (records.length === 0) return;
    this.announce(await this.#store.transaction((repositories) => repositories.events.append(records)));
  }

  /** Tells the listeners of events that a committed transaction has written. */
  announce(events: readonly ApiEvent[]): void {
    for (const event of events) for (const listener of this.#listeners) listener(event);
  }

  list(filter: EventFilter): Promise<ApiEvent[]> {
    return this.#store.events.list(filter);
  }

  last(): Promise<number> {
    return this.#store.events.last();
  }

  prune(keep: number): Promise<void> {
    return this.#store.transaction((repositories) => repositories.events.prune(keep));
  }

  /** Returns what ends it. */
  listen(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
