/** An agent asks every ten seconds at least. */
const forgottenAfterMs = 60_000;

/** Agents that were refused, by the names that they gave; in memory, because an agent comes again within seconds. */
export class RefusalBook {
  readonly #refusals = new Map<string, { readonly sinceMs: number; readonly lastMs: number }>();

  /** `isKnown`: a host of the document; other names are nobody's, and would fill the book. */
  note(host: string, isKnown: boolean, nowMs: number): void {
    if (!isKnown) return;
    const before = this.#refusals.get(host);
    const isGoingOn = before !== undefined && nowMs - before.lastMs < forgottenAfterMs;
    this.#refusals.set(host, { sinceMs: isGoingOn ? before.sinceMs : nowMs, lastMs: nowMs });
  }

  /** Hosts that are being refused now, and since when. One that was let in meanwhile is not: `heardAtMs` says when it was. */
  current(nowMs: number, heardAtMs: (host: string) => number): ReadonlyMap<string, string> {
    const current = [...this.#refusals].filter(([host, { lastMs }]) => nowMs - lastMs < forgottenAfterMs && lastMs > heardAtMs(host));
    return new Map(current.map(([host, { sinceMs }]) => [host, new Date(sinceMs).toISOString()]));
  }
}
