import { rackwayError } from "@rackway/errors";
import type { Issue, RackwayError } from "@rackway/errors";
import { addressSpacesOf, runningPacemakerClusters } from "@rackway/ipam";
import type { Reservation } from "@rackway/ipam";
import { prefixRange } from "@rackway/net";
import type { Prefix } from "@rackway/net";
import { compile, foreseeLinks, planChange, planRevision } from "@rackway/planner";
import type { RevisionPlan } from "@rackway/planner";
import type { ApplyResponse, ClusterDocument, Diff, DocumentFile, HostLink, Plan, Positions } from "@rackway/schema";
import { parseDocument } from "@rackway/schema";
import type { NetworkRecord, Repositories, ReservationRecord, RevisionRecord } from "@rackway/store";

import { canonicalJson, sha256 } from "./canonical-json.ts";
import type { ChangeContext, ControlPlane } from "./control-plane.ts";
import { authKeyPurpose, compileOptions, loadCurrentView } from "./current-view.ts";
import type { CurrentView } from "./current-view.ts";
import { driftOf } from "./drift.ts";
import type { Drift } from "./drift.ts";
import { writeCertificates } from "./quorum-certificates/write-certificates.ts";
import { foreseeInterrupts } from "./interrupts.ts";
import { refuseWhileUnconfirmed, unconfirmedOf, unconfirmedRevision } from "./unconfirmed.ts";
import { freshnessOf } from "./status.ts";

type AcceptedPlan = Extract<RevisionPlan, { ok: true }>;

interface ReadFiles {
  readonly files: readonly DocumentFile[];
  readonly document: ClusterDocument;
  readonly positions: Positions;
}

/** How long a plan waits for the agents to look at their hosts again. */
const observeWaitMs = 3000;

/** What these files would change, and what the agents would mend right now. Changes nothing. Throws `document-refused`, `allocation-refused`. */
export async function planFiles(plane: ControlPlane, files: readonly DocumentFile[]): Promise<Plan> {
  const read = readFiles(files);
  // Refused before anybody is asked to look; planned after, so that plan and drift are of one moment.
  planAgainst(plane.view, read, false);
  const hosts = plane.view.current?.document.spec.hosts.map(({ name }) => name) ?? [];
  const answered = await plane.hub.observe(
    hosts.filter((host) => plane.isReachable(host)),
    observeWaitMs,
  );
  const { view } = plane;
  return asPlan(plane, view, read, planAgainst(view, read, false), driftOf(view, plane.reports, plane.nowMs, answered));
}

export interface RevisionRequest {
  readonly files: readonly DocumentFile[];
  readonly basedOn?: number | null | undefined;
  readonly comment?: string | undefined;
  readonly author: string;
  /** Set in a rollback: the revision whose document this is. */
  readonly rollbackTo: number | null;
  /** Undone unless it is confirmed within this time; absent: it stays. */
  readonly confirmWithinMs?: number | undefined;
  /** It undoes a revision that was not confirmed in time. */
  readonly expires?: boolean | undefined;
}

/**
 * Makes these files the current revision: reservations, keys, revision and event in one transaction, against what is current *in it*.
 * Throws `document-refused`, `allocation-refused`, `revision-conflict`, `reservation-conflict`, `revision-unconfirmed`, `confirm-impossible`;
 * nothing is changed then.
 */
export async function applyFiles(plane: ControlPlane, request: RevisionRequest): Promise<ApplyResponse> {
  const read = readFiles(request.files);
  return plane.change<ApplyResponse>("hosts", async (context) => {
    const view = await loadCurrentView(context.repositories);
    checkBasedOn(view, request.basedOn);
    checkTrial(view, request, context.now);
    const formerly = request.rollbackTo === null ? [] : await context.repositories.reservations.at(request.rollbackTo);
    const isUndone = view.trial !== null && request.rollbackTo === view.trial.base.record.revision;
    const planned = planAgainst(view, read, true, isUndone ? { restores: formerly } : { formerly });
    const plan = asPlan(plane, view, read, planned, driftOf(view, plane.reports, plane.nowMs, null));
    // A rollback ends the wait, also where it asks for what is there.
    const endsWait = request.expires === true || (view.trial !== null && request.rollbackTo !== null);
    if (planned.change.nothingToDo && view.current !== null && !endsWait) {
      const unconfirmed = unconfirmedOf(view, context.now.getTime());
      return { isChanged: false, result: { result: "nothing-to-do", revision: view.current.record.revision, plan, unconfirmed } };
    }
    const record = revisionRecord(view, request, read, context.now);
    await writeRevision(context, view, record, read, planned);
    await writeKeys(context, view, read.document, plane.sources.randomBytes);
    await writeCertificates(context, view, read.document, plane.sources.randomBytes);
    await context.event({ source: request.author, ...eventOf(request, record, plan) });
    return {
      isChanged: true,
      result: {
        result: "applied",
        revision: record.revision,
        plan,
        unconfirmed: unconfirmedRevision(record, record.revision - 1, context.now.getTime()),
      },
    };
  });
}

/** What waits for a word hangs on what stood before it: nothing else comes in between, and what undoes it comes only while it waits. */
function checkTrial(view: CurrentView, { rollbackTo, confirmWithinMs, expires }: RevisionRequest, now: Date): void {
  const revision = view.current?.record.revision ?? "none";
  const isOver = view.trial !== null && now.getTime() >= view.trial.deadlineMs;
  if (expires === true && !isOver) throw rackwayError("revision-conflict", { basedOn: revision, current: revision });
  if (rollbackTo === null) refuseWhileUnconfirmed(view);
  if (confirmWithinMs !== undefined && view.current === null)
    throw rackwayError("confirm-impossible", { reason: "it is the first revision, so there is none to go back to" });
}

function eventOf({ comment, expires }: RevisionRequest, { revision, kind, rollbackTo, confirmation }: RevisionRecord, plan: Plan) {
  const data = { changes: plan.changes.length, hosts: plan.hosts.length, rollbackTo, confirmBy: confirmation?.deadline ?? null };
  const reason = comment ?? (kind === "apply" ? "a document was applied" : `back to revision ${rollbackTo ?? 0}`);
  const event = kind === "apply" ? "revision-applied" : expires === true ? "revision-expired" : "revision-rolled-back";
  return { kind: event, subject: `revision/${revision}`, reason, data };
}

/** Makes an older revision's document the current one: a new revision, in the same way as any. `to` absent: the one before. */
export async function rollBack(
  plane: ControlPlane,
  request: Pick<RevisionRequest, "basedOn" | "comment" | "author" | "expires"> & { readonly to?: number | undefined },
): Promise<ApplyResponse> {
  const current = plane.view.current?.record.revision ?? 0;
  if (current === 0) throw rackwayError("rollback-impossible", { reason: "nothing has been applied yet" });
  const to = request.to ?? current - 1;
  if (to === 0) throw rackwayError("rollback-impossible", { reason: "revision 1 is the first" });
  const stored = await plane.store.revisions.document(to);
  if (stored === null) throw rackwayError("not-found", { kind: "revision", name: String(to) });
  // Without a word about it, "the one before" was meant against what is current now.
  const basedOn = request.to === undefined && request.basedOn === undefined ? current : request.basedOn;
  const { comment, author, expires } = request;
  return applyFiles(plane, { files: stored.files, basedOn, comment, author, expires, rollbackTo: to });
}

/** What differs between two revisions, as they were: with the reservations of their time. Operators' flags are left out of it. */
export async function diffRevisions(plane: ControlPlane, from: number, to: number): Promise<Diff> {
  const load = async (revision: number) => {
    const stored = await plane.store.revisions.document(revision);
    if (stored === null) throw rackwayError("not-found", { kind: "revision", name: String(revision) });
    const reservations = await plane.store.reservations.at(revision);
    const options = {
      ...compileOptions(plane.view, revision),
      operations: { paused: new Set<string>(), drained: new Map<string, null>() },
    };
    return { document: stored.document, reservations, hostStates: compile(stored.document, reservations, options) };
  };
  const { changes, hosts, reservations } = planChange({ current: await load(from), next: await load(to) });
  return { from, to, changes, hosts, reservations };
}

function readFiles(files: readonly DocumentFile[]): ReadFiles {
  const parsed = parseDocument(files);
  if (!parsed.ok) throw refused(parsed.issues);
  return { files, document: parsed.document, positions: parsed.positions };
}

function planAgainst(
  view: CurrentView,
  read: ReadFiles,
  isCommitted: boolean,
  before: { readonly formerly?: readonly Reservation[]; readonly restores?: readonly Reservation[] } = {},
): AcceptedPlan {
  const { current } = view;
  const revision = (current?.record.revision ?? 0) + 1;
  const base =
    current === null ? null : { revision: current.record.revision, document: current.document, reservations: current.reservations };
  const planned = planRevision({ ...compileOptions(view, revision), document: read.document, current: base, ...before, isCommitted });
  if (!planned.ok) throw refused(read.positions.locateIssues(planned.issues));
  return planned;
}

/** A document that is wrong by itself is 422; one that is right but asks for what is taken or used up is 409. */
function refused(issues: readonly Issue[]): RackwayError {
  const errors = issues.filter(({ severity }) => severity === "error");
  const isConflict = errors.length > 0 && errors.every(({ code }) => conflictCodes.has(code));
  return rackwayError(
    isConflict ? "allocation-refused" : "document-refused",
    { count: `${errors.length} error${errors.length === 1 ? "" : "s"}` },
    { issues },
  );
}

const conflictCodes: ReadonlySet<string> = new Set(["addresses-exhausted", "address-taken", "numbers-exhausted"]);

function checkBasedOn(view: CurrentView, basedOn: number | null | undefined): void {
  const current = view.current?.record.revision ?? null;
  if (basedOn === undefined || basedOn === current) return;
  throw rackwayError("revision-conflict", { basedOn: basedOn ?? "none", current: current ?? "none" });
}

function asPlan(plane: ControlPlane, view: CurrentView, { document, positions }: ReadFiles, planned: AcceptedPlan, drift: Drift): Plan {
  const { changes, hosts, reservations, nothingToDo } = planned.change;
  const links = linksOf(plane);
  return {
    baseRevision: view.current?.record.revision ?? null,
    unconfirmed: unconfirmedOf(view, plane.nowMs),
    changes,
    hosts,
    reservations,
    warnings: positions.locateIssues([...planned.warnings, ...foreseeLinks(document, planned.hostStates, links)]),
    interrupts: foreseeInterrupts({ before: planned.hostStatesBefore, after: planned.hostStates, links, carriers: carriersOf(plane) }),
    ...drift,
    nothingToDo: nothingToDo && drift.drift.length === 0,
  };
}

/** What hosts have said of their links, of those whose word counts: an old one may be of another machine. */
function linksOf({ reports, nowMs }: ControlPlane): Map<string, readonly HostLink[]> {
  return new Map(
    [...reports.all].flatMap(([host, received]): [string, readonly HostLink[]][] => {
      // A report from the database may be of an agent that did not look at links yet.
      const links = received.report.links ?? null;
      return links === null || freshnessOf(received, nowMs) !== "ok" ? [] : [[host, links]];
    }),
  );
}

/** Router to the host that says that it holds its VIPs. */
function carriersOf({ reports, nowMs }: ControlPlane): Map<string, string> {
  const fresh = [...reports.all].filter(([, received]) => freshnessOf(received, nowMs) === "ok");
  return new Map(
    fresh.flatMap(([host, { report }]) =>
      report.routers.filter(({ holds }) => holds.length > 0).map(({ name }): [string, string] => [name, host]),
    ),
  );
}

function revisionRecord(view: CurrentView, request: RevisionRequest, read: ReadFiles, now: Date): RevisionRecord {
  return {
    revision: (view.current?.record.revision ?? 0) + 1,
    createdAt: now.toISOString(),
    author: request.author,
    comment: request.comment ?? "",
    kind: request.rollbackTo === null ? "apply" : "rollback",
    rollbackTo: request.rollbackTo,
    documentSha256: sha256(canonicalJson(read.document)),
    confirmation: request.confirmWithinMs === undefined ? null : confirmationWithin(request.confirmWithinMs, now),
  };
}

function confirmationWithin(ms: number, now: Date): RevisionRecord["confirmation"] {
  return { deadline: new Date(now.getTime() + ms).toISOString(), confirmedAt: null, confirmedBy: null };
}

async function writeRevision(
  { repositories }: ChangeContext,
  view: CurrentView,
  record: RevisionRecord,
  read: ReadFiles,
  planned: AcceptedPlan,
): Promise<void> {
  const { revision } = record;
  const { document } = read;
  await repositories.revisions.add(record, { files: [...read.files], document });
  const { added, released } = rewritten(view.current?.reservations ?? [], planned.allocation, revision);
  await repositories.reservations.release(released, revision);
  await repositories.reservations.add(added);
  await repositories.reservations.replaceNetworks(networkRecordsOf(document), revision);
  await repositories.hosts.setKnown(
    document.spec.hosts.map(({ name, rack, role }) => ({ host: name, rack, role, lastRevision: revision })),
  );
  await forgetFlags(repositories, view, document);
}

/** What is written: the new and the released ones, and those kept that are now chosen instead of automatic, or the reverse. */
function rewritten(before: readonly Reservation[], allocation: AcceptedPlan["allocation"], revision: number) {
  const was = new Map(before.map((held) => [`${held.kind} ${held.scope} ${held.value}`, held.isUserDefined]));
  const flipped = allocation.kept.filter((held) => was.get(`${held.kind} ${held.scope} ${held.value}`) !== held.isUserDefined);
  const asRecord = (held: Reservation): ReservationRecord => ({ ...held, sinceRevision: revision });
  return { added: [...allocation.added, ...flipped].map(asRecord), released: [...allocation.released, ...flipped] };
}

/** A host that comes back later is a new one: it must not find itself drained. */
async function forgetFlags(repositories: Repositories, view: CurrentView, document: ClusterDocument): Promise<void> {
  const named = new Set(document.spec.hosts.map(({ name }) => name));
  for (const { host, drained, paused } of view.flags.values()) {
    if (!named.has(host) && (drained || paused)) await repositories.hosts.setFlags({ host, drained: false, paused: false });
  }
}

export function networkRecordsOf(document: ClusterDocument): NetworkRecord[] {
  return [...addressSpacesOf(document).values()].map(({ scope, family, prefix }) => ({
    scope,
    family,
    cidr: prefix.text,
    ...boundsOf(prefix),
  }));
}

function boundsOf(prefix: Prefix): { first: string; last: string } {
  const { first, last } = prefixRange(prefix);
  const digits = (value: bigint): string => value.toString(16).padStart(32, "0");
  return { first: digits(first.value), last: digits(last.value) };
}

/** Corosync wants 1024 bits and more (corosync-keygen(8)). A cluster that comes back gets the key that it had. */
async function writeKeys(
  { repositories, now }: ChangeContext,
  view: CurrentView,
  document: ClusterDocument,
  randomBytes: (size: number) => Buffer,
): Promise<void> {
  for (const { settings } of runningPacemakerClusters(document)) {
    if (view.authKeys.has(settings.name)) continue;
    const value = randomBytes(128);
    const id = `corosync-${settings.name}-${randomBytes(4).toString("hex")}`;
    await repositories.secrets.add(
      { id, purpose: authKeyPurpose(settings.name), sha256: sha256(value), createdAt: now.toISOString() },
      value,
    );
  }
}
