/** Who a router was last seen on, and since when; so that a change of owner becomes an event with its time. */
export class RouterWatch {
  readonly #active = new Map<string, { readonly host: string | null; readonly since: string }>();

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

  /** Null: not seen on that host. */
  since(router: string, host: string | null): string | null {
    const seen = this.#active.get(router);
    return host !== null && seen?.host === host ? seen.since : null;
  }
}
