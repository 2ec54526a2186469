import type { ApiEvent } from "@rackway/schema";
import type { EventFilter, EventRecord, Repositories, Store, StoredEventRecord } from "@rackway/store";

export type EventListener = (event: ApiEvent) => void;

/** Pages of what other servers wrote. */
const pageSize = 500;

/**
 * The log of who did or saw what, and the way to hear of it as it is written, by this server or another one. Events are told in the order of
 * their numbers, each once: numbers are given and committed one change after the other, so what is missing before a number is either on its
 * way here by `catchUp`, or will never be.
 */
export class EventLog {
  readonly #store: Store;
  readonly #listeners = new Set<EventListener>();
  /** The last one that was told. */
  #last = 0;
  #reading: Promise<void> = Promise.resolve();

  constructor(store: Store) {
    this.#store = store;
  }

  /** What is there already is not told. */
  async load(): Promise<void> {
    this.#last = await this.#store.events.last();
  }

  /** Writes events, then tells the listeners. Events that belong to a change are written in its transaction and come by `announce`. */
  async append(records: readonly EventRecord[]): Promise<void> {
    if (records.length === 0) return;
    this.announce(await this.#store.transaction((repositories) => writeEvents(repositories, records)));
  }

  /** Tells the listeners of events that a committed transaction has written, or, where another server's come before, of both. */
  announce(events: readonly ApiEvent[]): void {
    const [first] = events;
    if (first === undefined) return;
    if (first.id === this.#last + 1) this.#tell(events);
    // What cannot be read now is read with the next event, or when the database is there again.
    else void this.catchUp().catch(() => undefined);
  }

  /** Tells what is in the log and was not told yet. */
  catchUp(): Promise<void> {
    const turn = this.#reading.then(async () => {
      for (;;) {
        const page = await this.#store.events.list({ since: this.#last, limit: pageSize });
        this.#tell(page);
        if (page.length < pageSize) return;
      }
    });
    this.#reading = turn.catch(() => undefined);
    return turn;
  }

  #tell(events: readonly ApiEvent[]): void {
    for (const event of events) {
      if (event.id <= this.#last) continue;
      this.#last = event.id;
      for (const listener of this.#listeners) listener(event);
    }
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

/** In a transaction: other servers hear of it with the commit. */
export async function writeEvents(repositories: Repositories, records: readonly EventRecord[]): Promise<StoredEventRecord[]> {
  const stored = await repositories.events.append(records);
  await repositories.notices.send({ topic: "events", items: stored.slice(-1).map(({ id }) => String(id)) });
  return stored;
}
