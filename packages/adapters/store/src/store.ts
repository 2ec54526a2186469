import type { ClusterDocument, DocumentFile, HostReport } from "@rackway/schema";

/** Times are RFC 3339 text in UTC, made by the caller. */
export type Instant = string;

export interface RevisionRecord {
  readonly revision: number;
  readonly createdAt: Instant;
  readonly author: string;
  readonly comment: string;
  readonly kind: "apply" | "rollback";
  readonly rollbackTo: number | null;
  /** Of the document's canonical JSON. */
  readonly documentSha256: string;
  /** It must be confirmed until `deadline`; `confirmedAt` null: it has not been. Null: it needs no word. */
  readonly confirmation: ConfirmationRecord | null;
}

export interface ConfirmationRecord {
  readonly deadline: Instant;
  readonly confirmedAt: Instant | null;
  readonly confirmedBy: string | null;
}

export interface DocumentRecord {
  readonly files: DocumentFile[];
  readonly document: ClusterDocument;
}

export interface RevisionRepository {
  /** The newest; null before the first. */
  current(): Promise<RevisionRecord | null>;
  find(revision: number): Promise<RevisionRecord | null>;
  /** Newest first. */
  list(): Promise<RevisionRecord[]>;
  document(revision: number): Promise<DocumentRecord | null>;
  /** Throws `revision-conflict` when the number is taken. */
  add(record: RevisionRecord, document: DocumentRecord): Promise<void>;
  /** Writes down who has confirmed a revision that must be, and when. */
  confirm(revision: number, by: string, at: Instant): Promise<void>;
}

export interface ReservationRecord {
  readonly kind: "address" | "node-id" | "router-index" | "namespace-index" | "vip-number";
  readonly scope: string;
  /** Canonical text: equal values have equal text. */
  readonly value: string;
  readonly owner: string;
  readonly isUserDefined: boolean;
  readonly sinceRevision: number;
}

export type ReservationKey = Pick<ReservationRecord, "kind" | "scope" | "value">;

/** A network as the database compares it: bounds as 32 hexadecimal digits (an IPv4 address in the last eight). */
export interface NetworkRecord {
  readonly scope: string;
  readonly family: 4 | 6;
  readonly cidr: string;
  readonly first: string;
  readonly last: string;
}

export interface ReservationRepository {
  live(): Promise<ReservationRecord[]>;
  /** What was live when `revision` was the current one. */
  at(revision: number): Promise<ReservationRecord[]>;
  /** Throws `reservation-conflict` when a value is live in its scope already, or its owner has another one of that kind there. */
  add(records: readonly ReservationRecord[]): Promise<void>;
  /** Ends them: live before `revision`, free from it on. */
  release(keys: readonly ReservationKey[], revision: number): Promise<void>;
  networks(): Promise<NetworkRecord[]>;
  /** The live networks from `revision` on. Throws `reservation-conflict` when two of them overlap. */
  replaceNetworks(records: readonly NetworkRecord[], revision: number): Promise<void>;
}

export interface OperationRecord {
  readonly id: string;
  readonly kind: "move" | "move-vip";
  /** `router/vr-a`, `vip/web`. */
  readonly subject: string;
  readonly to: string;
  /** The Pacemaker cluster whose agents are told of it. */
  readonly cluster: string;
  readonly state: "pending" | "running" | "done" | "failed";
  readonly message: string;
  readonly progress: { at: Instant; message: string }[];
  readonly claimedBy: string | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

export interface OperationRepository {
  /** Throws `move-refused` when an operation of the same subject has not ended. */
  add(record: OperationRecord): Promise<void>;
  find(id: string): Promise<OperationRecord | null>;
  /** Newest first. */
  list(limit: number): Promise<OperationRecord[]>;
  /** Pending and running, oldest first. */
  active(): Promise<OperationRecord[]>;
  update(record: OperationRecord): Promise<void>;
}

/** Who asked for a flag, when and why. */
export interface FlagWord {
  readonly since: Instant;
  readonly reason: string;
  readonly by: string;
}

/** And how the drain ends; absent: it was set before this was kept. */
export interface DrainWord extends FlagWord {
  readonly deadline?: Instant;
  readonly force?: boolean;
}

export interface HostFlagsRecord {
  readonly host: string;
  readonly drained: boolean;
  readonly paused: boolean;
  /** Absent: the flag is down, or was set before this was kept. */
  readonly drain?: DrainWord;
  readonly pause?: FlagWord;
}

/** A host that a revision has named; it stays known after it left, so that its agent can be told to remove everything. */
export interface KnownHostRecord {
  readonly host: string;
  readonly rack: string;
  readonly role: "controller" | "member";
  readonly lastRevision: number;
}

export interface HostRepository {
  flags(): Promise<HostFlagsRecord[]>;
  setFlags(record: HostFlagsRecord): Promise<void>;
  known(): Promise<KnownHostRecord[]>;
  setKnown(records: readonly KnownHostRecord[]): Promise<void>;
  /** Hash of each host's token. */
  tokens(): Promise<{ readonly host: string; readonly hash: string }[]>;
  /** Replaces an older one. */
  setToken(host: string, hash: string, createdAt: Instant): Promise<void>;
  /** False when there was none. */
  deleteToken(host: string): Promise<boolean>;
}

export interface SecretRecord {
  readonly id: string;
  /** What it is for: `corosync/CLUSTER`. One secret a purpose. */
  readonly purpose: string;
  readonly sha256: string;
  readonly createdAt: Instant;
}

export interface SecretRepository {
  list(): Promise<SecretRecord[]>;
  add(record: SecretRecord, value: Uint8Array): Promise<void>;
  value(id: string): Promise<Uint8Array | null>;
}

export interface ReportRecord {
  readonly receivedAt: Instant;
  readonly report: HostReport;
}

export interface ReportRepository {
  /** The last of each host. */
  all(): Promise<ReportRecord[]>;
  /** The last of each of these hosts; a host that has none is left out. */
  of(hosts: readonly string[]): Promise<ReportRecord[]>;
  /** A report that was received before the one that is there is left out: of two servers, the later word counts. */
  save(records: readonly ReportRecord[]): Promise<void>;
}

export interface EventRecord {
  readonly at: Instant;
  readonly source: string;
  readonly kind: string;
  readonly subject: string;
  readonly reason: string;
  readonly data: Record<string, unknown>;
}

export interface StoredEventRecord extends EventRecord {
  readonly id: number;
}

export interface EventFilter {
  /** Only greater ids. Absent: the newest `limit`. */
  readonly since?: number | undefined;
  /** Only from this time on (RFC 3339 in UTC). */
  readonly after?: string | undefined;
  readonly limit: number;
  readonly kind?: string | undefined;
  /** One of these kinds. */
  readonly kinds?: readonly string[] | undefined;
  readonly subject?: string | undefined;
  /** `server`, `host/NAME`, or who asked. */
  readonly source?: string | undefined;
}

export interface EventRepository {
  /** Returns them with their ids: their places in the log, which only grow. */
  append(records: readonly EventRecord[]): Promise<StoredEventRecord[]>;
  /** Oldest first. */
  list(filter: EventFilter): Promise<StoredEventRecord[]>;
  /** The greatest id; 0 when there is no event. */
  last(): Promise<number>;
  /** Forgets all but the newest. */
  prune(keep: number): Promise<void>;
}

/** The number of the last change of any kind that reached host states (`PacemakerState.epoch`). */
export interface EpochRepository {
  /** 0 before the first. */
  get(): Promise<number>;
  /** Throws when it would not grow. */
  set(epoch: number): Promise<void>;
}

/** Something that processes on one database tell each other. What topics and items mean is theirs to know. */
export interface Notice {
  readonly topic: string;
  readonly items: readonly string[];
}

export interface NoticeSender {
  /**
   * Tells every other process that follows this database, once the transaction has committed, and in the order of the commits. A long list
   * may come in several notices; an empty one in none. An item has at most 1,000 characters.
   */
  send(notice: Notice): Promise<void>;
}

export interface NoticeListener {
  /** Another process has sent this, and committed. */
  notice(notice: Notice): void;
  /** The connection was lost and is there again: look at everything anew, for notices may have been missed. */
  resumed(): void;
}

export interface Repositories {
  readonly epoch: EpochRepository;
  readonly revisions: RevisionRepository;
  readonly reservations: ReservationRepository;
  readonly operations: OperationRepository;
  readonly hosts: HostRepository;
  readonly secrets: SecretRepository;
  readonly reports: ReportRepository;
  readonly events: EventRepository;
  readonly notices: NoticeSender;
}

export interface Store extends Repositories {
  /**
   * All or nothing. The write lock is taken at the beginning, so what `work` reads stays true until the commit; two transactions follow one
   * another. Throws what `work` throws, and `database-busy` when the lock did not come in time. `work` must use the repositories that it is
   * handed, and wait for nothing but them.
   */
  transaction<Result>(work: (repositories: Repositories) => Promise<Result>): Promise<Result>;
  /** Reads from one state of the database, and keeps no writer waiting. `work` must not write. */
  snapshot<Result>(work: (repositories: Repositories) => Promise<Result>): Promise<Result>;
  /**
   * Begins to hear what other processes send, and to stand for leader. Call it once, before the first look at what is followed. An embedded
   * database has one process: it hears nothing, and leads.
   */
  follow(listener: NoticeListener): Promise<void>;
  /**
   * True in at most one of the processes that follow this database, save for the seconds in which a process has not noticed yet that it was
   * cut off: what a leader does must be right when it is done twice.
   */
  readonly isLeader: boolean;
  close(): Promise<void>;
}
