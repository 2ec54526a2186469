import type { HostReport } from "@rackway/schema";
import type { ReportRecord, Store } from "@rackway/store";

/** A report with the server's time of its arrival: hosts' clocks may differ, so ages are counted from this. */
export interface ReceivedReport {
  readonly receivedAtMs: number;
  readonly report: HostReport;
}

/**
 * The last report of each host. Kept in memory, because a thousand hosts report every few seconds, and written to the database once a
 * second and at the end: what a crash loses of it, the agents say again within seconds.
 */
export class ReportBook {
  readonly #store: Store;
  readonly #reports = new Map<string, ReceivedReport>();
  readonly #unsaved = new Set<string>();

  constructor(store: Store) {
    this.#store = store;
  }

  async load(): Promise<void> {
    for (const { receivedAt, report } of await this.#store.reports.all()) {
      this.#reports.set(report.host, { receivedAtMs: Date.parse(receivedAt), report });
    }
  }

  receive(report: HostReport, receivedAtMs: number): void {
    this.#reports.set(report.host, { receivedAtMs, report });
    this.#unsaved.add(report.host);
  }

  get(host: string): ReceivedReport | null {
    return this.#reports.get(host) ?? null;
  }

  get all(): ReadonlyMap<string, ReceivedReport> {
    return this.#reports;
  }

  async save(): Promise<void> {
    if (this.#unsaved.size === 0) return;
    const records: ReportRecord[] = [...this.#unsaved].flatMap((host) => {
      const received = this.#reports.get(host);
      return received === undefined ? [] : [{ receivedAt: new Date(received.receivedAtMs).toISOString(), report: received.report }];
    });
    this.#unsaved.clear();
    await this.#store.transaction((repositories) => repositories.reports.save(records));
  }
}
