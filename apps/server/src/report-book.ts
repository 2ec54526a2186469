import type { HostReport } from "@rackway/schema";
import type { ReportRecord, Store } from "@rackway/store";

/** A report with the server's time of its arrival: hosts' clocks may differ, so ages are counted from this. */
export interface ReceivedReport {
  readonly receivedAtMs: number;
  /** Another server of this database received it: the agent speaks to that one. */
  readonly byPeer?: boolean;
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

  /** Takes in what other servers received from these hosts (null: from any). Returns the reports that are newer than what was here. */
  async loadOthers(hosts: readonly string[] | null): Promise<HostReport[]> {
    const records = await (hosts === null ? this.#store.reports.all() : this.#store.reports.of(hosts));
    const newer = records.filter(({ receivedAt, report }) => {
      return Date.parse(receivedAt) > (this.#reports.get(report.host)?.receivedAtMs ?? -Infinity);
    });
    for (const { receivedAt, report } of newer) {
      this.#reports.set(report.host, { receivedAtMs: Date.parse(receivedAt), report, byPeer: true });
    }
    return newer.map(({ report }) => report);
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
    await this.#store.transaction(async ({ reports, notices }) => {
      await reports.save(records);
      await notices.send({ topic: "reports", items: records.map(({ report }) => report.host) });
    });
  }
}
