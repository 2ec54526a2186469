/** A takeover is over sooner (FACTS.md measures at most eight seconds, with Corosync's own slow defaults). */
const lostAfterMs = 10_000;

/** Who a router was last seen on, and since when; so that a change of owner becomes an event with its time. */
export class RouterWatch {
  readonly #active = new Map<string, { readonly host: string | null; readonly since: string }>();
  /** Routers that are on no host, and were on one: since when. */
  readonly #absent = new Map<string, string>();

  /** From the event log, at the start. */
  recall(router: string, host: string | null, since: string): void {
    this.#active.set(router, { host, since });
  }

  /** Returns the host before, when it is another one now; undefined when nothing changed. */
  note(router: string, host: string | null, at: string): { readonly from: string | null } | undefined {
    const before = this.#active.get(router);
    if (before?.host === host || (before === undefined && host === null)) return undefined;
    this.#active.set(router, { host, since: at });
    return { from: before?.host ?? null };
  }

  /**
   * Takes whether a router is on no host. Returns who had it last, once it has been nowhere for longer than a move or a takeover lasts;
   * undefined before that, and when it was told already.
   */
  noteAbsence(router: string, isAbsent: boolean, at: string): { readonly from: string; readonly since: string } | undefined {
    const from = this.#active.get(router)?.host ?? null;
    if (!isAbsent) this.#absent.delete(router);
    if (!isAbsent || from === null) return undefined;
    const since = this.#absent.get(router) ?? at;
    this.#absent.set(router, since);
    if (Date.parse(at) - Date.parse(since) < lostAfterMs) return undefined;
    this.#absent.delete(router);
    this.#active.set(router, { host: null, since });
    return { from, since };
  }

  /** Null: not seen on that host. */
  since(router: string, host: string | null): string | null {
    const seen = this.#active.get(router);
    return host !== null && seen?.host === host ? seen.since : null;
  }
}
