import { runningPacemakerClusters } from "@rackway/ipam";
import type { PacemakerCluster, Reservation } from "@rackway/ipam";
import { certificatePurpose, compile, emptyHostState } from "@rackway/planner";
import type { AuthKey, CompileOptions } from "@rackway/planner";
import type { ClusterDocument, DrainTerms, HostState, SecretRef } from "@rackway/schema";
import type { HostFlagsRecord, KnownHostRecord, Repositories, RevisionRecord, SecretRecord } from "@rackway/store";

/** A revision with its document and what was reserved for it. */
export interface RevisionView {
  readonly record: RevisionRecord;
  readonly document: ClusterDocument;
  readonly reservations: readonly Reservation[];
  readonly pacemaker: readonly PacemakerCluster[];
}

/** The current revision with all that the database holds beside it. A document and a revision are there together, or neither. */
export interface CurrentView {
  readonly current: RevisionView | null;
  /** The current revision must be confirmed until then, or `base` takes its place. Null: it stays. */
  readonly trial: { readonly deadlineMs: number; readonly base: RevisionView } | null;
  /** Number of the last change of any kind. */
  readonly epoch: number;
  readonly flags: ReadonlyMap<string, HostFlagsRecord>;
  readonly known: ReadonlyMap<string, KnownHostRecord>;
  /** Corosync's keys by Pacemaker cluster. */
  readonly authKeys: ReadonlyMap<string, AuthKey>;
  /** Certificates of quorum devices, by what they are for (`certificatePurpose`). */
  readonly certificates: ReadonlyMap<string, SecretRef>;
}

export const authKeyPurpose = (cluster: string): string => `corosync/${cluster}`;

/** Reads it all; inside of a transaction: as it will stay until the commit. */
export async function loadCurrentView(repositories: Repositories): Promise<CurrentView> {
  const record = await repositories.revisions.current();
  const flags = await repositories.hosts.flags();
  const known = await repositories.hosts.known();
  const secrets = await repositories.secrets.list();
  const prefix = authKeyPurpose("");
  return {
    current: record === null ? null : await loadRevision(repositories, record, await repositories.reservations.live()),
    trial: record === null ? null : await loadTrial(repositories, record),
    epoch: await repositories.epoch.get(),
    flags: new Map(flags.map((each) => [each.host, each])),
    known: new Map(known.map((each) => [each.host, each])),
    authKeys: new Map(
      secrets
        .filter(({ purpose }) => purpose.startsWith(prefix))
        .map(({ id, purpose, sha256 }) => [purpose.slice(prefix.length), { id, sha256 }]),
    ),
    certificates: new Map(secrets.filter(isCertificate).map(({ id, purpose, sha256 }) => [purpose, { id, sha256 }])),
  };
}

function isCertificate({ purpose }: SecretRecord): boolean {
  return purpose.startsWith(certificatePurpose.server("")) || purpose.startsWith(certificatePurpose.cluster(""));
}

async function loadRevision(
  repositories: Repositories,
  record: RevisionRecord,
  reservations: readonly Reservation[],
): Promise<RevisionView> {
  const stored = await repositories.revisions.document(record.revision);
  if (stored === null) throw new Error(`revision ${record.revision} has no document`);
  const { document } = stored;
  return { record, document, reservations, pacemaker: runningPacemakerClusters(document) };
}

/** What the current revision would be undone with: the one before it, as it was. */
async function loadTrial(repositories: Repositories, { revision, confirmation }: RevisionRecord): Promise<CurrentView["trial"]> {
  if (confirmation === null || confirmation.confirmedAt !== null) return null;
  const base = await repositories.revisions.find(revision - 1);
  if (base === null) throw new Error(`revision ${revision} must be confirmed, and there is none before it`);
  const reservations = await repositories.reservations.at(base.revision);
  return { deadlineMs: Date.parse(confirmation.deadline), base: await loadRevision(repositories, base, reservations) };
}

/**
 * Counts a change, in its transaction. Never behind the clock: a database that was lost and begun anew still overtakes the epochs that the
 * old one left in the hosts' CIBs.
 */
export async function advanceEpoch(repositories: Repositories, now: Date): Promise<number> {
  const epoch = Math.max((await repositories.epoch.get()) + 1, Math.floor(now.getTime() / 1000));
  await repositories.epoch.set(epoch);
  return epoch;
}

function drainTerms(word: HostFlagsRecord["drain"]): DrainTerms | null {
  return word === undefined ? null : { deadline: word.deadline ?? null, force: word.force ?? false };
}

/** What compiling needs beside document and reservations. */
export function compileOptions(view: CurrentView, revision: number): CompileOptions {
  const flags = [...view.flags.values()];
  const paused = new Set(flags.filter((each) => each.paused).map(({ host }) => host));
  const drained = new Map(flags.filter((each) => each.drained).map(({ host, drain }) => [host, drainTerms(drain)]));
  return { revision, epoch: view.epoch, operations: { paused, drained }, authKeys: view.authKeys, certificates: view.certificates };
}

/** Every host's state: those of the revision, and an empty one for each host that was in an earlier revision and has left. */
export function hostStatesOf(view: CurrentView, of: RevisionView | null = view.current): Map<string, HostState> {
  if (of === null) return new Map();
  const { record, document, reservations } = of;
  const states = compile(document, reservations, compileOptions(view, record.revision));
  for (const { host, rack, role } of view.known.values()) {
    if (!states.has(host)) states.set(host, emptyHostState(document.metadata.name, record.revision, { name: host, rack, role }));
  }
  return states;
}
