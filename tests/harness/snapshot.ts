import type { Place } from "./place.ts";
import { Program } from "./program.ts";
import type { FileRules } from "./programs/snapshot-files.ts";
import type { Snapshot, SnapshotParams } from "./programs/snapshot.ts";

export type { Snapshot } from "./programs/snapshot.ts";

/** What changes on a host by itself, and so says nothing about what a change of ours has left behind. */
const defaultFiles: FileRules = {
  roots: ["/etc", "/var/lib", "/run"],
  ignored: [
    "^/run/netns/", // listed as namespaces
    "^/var/lib/(dpkg|apt|systemd/random-seed)", // the package manager's
    "^/var/lib/pacemaker/", // history of the configuration, which is compared by itself
    "^/var/lib/corosync/ringid_", // counts membership changes
    "/supervise(/|$)", // runit's state of each service
    "^/run/(crm|pacemaker|corosync)(/|$)", // sockets of running daemons; whether they run is seen in the processes
    "^/var/lib/chrony/", // what chronyd has learnt of the clock
    "^/run/resource-agents/", // scratch of running agents
    "^/run/lock(/|$)",
  ],
  contentsVary: ["\\.pid$", "^/run/.*\\.log$", "^/var/lib/logrotate", "^/run/utmp$", "^/etc/mtab$", "^/etc/frr/.*\\.sav$"],
};

/** Adds to what is ignored (the agent's own memory of its last state, say), or narrows what is looked at. */
export type SnapshotOptions = Partial<FileRules> & { namespaces?: string[] };

/** Takes a snapshot of a whole host. */
export async function takeSnapshot(host: Place, options: SnapshotOptions = {}): Promise<Snapshot> {
  const files: FileRules = {
    roots: options.roots ?? defaultFiles.roots,
    ignored: [...defaultFiles.ignored, ...(options.ignored ?? [])],
    contentsVary: [...defaultFiles.contentsVary, ...(options.contentsVary ?? [])],
  };
  const params: SnapshotParams = { files, namespaces: options.namespaces ?? null, maxMs: 120_000 };
  return Program.start<Snapshot>(host, "snapshot.ts", params).result;
}

export type Difference = { fact: string; before: string | null; after: string | null };

/** The facts that differ, named; null is "not there". Equal snapshots give an empty list. */
export function diffSnapshots(before: Snapshot, after: Snapshot): Difference[] {
  const facts = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...facts]
    .toSorted()
    .map((fact) => ({ fact, before: before[fact] ?? null, after: after[fact] ?? null }))
    .filter((difference) => difference.before !== difference.after);
}

/** One line for each difference, for an assertion's message. */
export function renderDifferences(differences: readonly Difference[]): string {
  return differences
    .map(({ fact, before, after }) => {
      if (before === null) return `+ ${fact} (${after})`;
      return after === null ? `- ${fact} (${before})` : `~ ${fact}\n    before ${before}\n    after  ${after}`;
    })
    .join("\n");
}
