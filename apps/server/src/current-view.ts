import { runningPacemakerClusters } from "@rackway/ipam";
import type { PacemakerCluster, Reservation } from "@rackway/ipam";
import { compile } from "@rackway/planner";
import type { AuthKey, CompileOptions } from "@rackway/planner";
import type { ClusterDocument, DrainTerms, HostState } from "@rackway/schema";
import type { HostFlagsRecord, KnownHostRecord, Repositories, RevisionRecord } from "@rackway/store";

/** The current revision with all that the database holds beside it. A document and a revision are there together, or neither. */
export interface CurrentView {
  readonly current: {
    readonly record: RevisionRecord;
    readonly document: ClusterDocument;
    readonly reservations: readonly Reservation[];
    readonly pacemaker: readonly PacemakerCluster[];
  } | null;
  /** Number of the last change of any kind. */
  readonly epoch: number;
  readonly flags: ReadonlyMap<string, HostFlagsRecord>;
  readonly known: ReadonlyMap<string, KnownHostRecord>;
  /** Corosync's keys by Pacemaker cluster. */
  readonly authKeys: ReadonlyMap<string, AuthKey>;
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
    current: record === null ? null : await loadRevision(repositories, record),
    epoch: await repositories.epoch.get(),
    flags: new Map(flags.map((each) => [each.host, each])),
    known: new Map(known.map((each) => [each.host, each])),
    authKeys: new Map(
      secrets
        .filter(({ purpose }) => purpose.startsWith(prefix))
        .map(({ id, purpose, sha256 }) => [purpose.slice(prefix.length), { id, sha256 }]),
    ),
  };
}

async function loadRevision(repositories: Repositories, record: RevisionRecord): Promise<NonNullable<CurrentView["current"]>> {
  const stored = await repositories.revisions.document(record.revision);
  if (stored === null) throw new Error(`revision ${record.revision} has no document`);
  const { document } = stored;
  return { record, document, reservations: await repositories.reservations.live(), pacemaker: runningPacemakerClusters(document) };
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
  return { revision, epoch: view.epoch, operations: { paused, drained }, authKeys: view.authKeys };
}

/** Every host's state: those of the revision, and an empty one for each host that was in an earlier revision and has left. */
export function hostStatesOf(view: CurrentView): Map<string, HostState> {
  if (view.current === null) return new Map();
  const { record, document, reservations } = view.current;
  const states = compile(document, reservations, compileOptions(view, record.revision));
  for (const { host, rack, role } of view.known.values()) {
    if (!states.has(host)) states.set(host, emptyState(document.metadata.name, record.revision, { name: host, rack, role }));
  }
  return states;
}

/** All of ours is to be removed. A host that has left cannot be paused: nobody could resume it. */
function emptyState(cluster: string, revision: number, host: HostState["host"]): HostState {
  return {
    schema: 1,
    cluster,
    revision,
    host,
    paused: false,
    bridges: [],
    sysctls: [],
    defaultRoutes: [],
    routes: [],
    hostRouters: [],
    pacemaker: null,
    anycast: null,
    routing: null,
    health: [],
  };
}
