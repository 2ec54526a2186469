import type { Generated } from "kysely";

/** The tables, as Kysely sees them. Booleans are 0 and 1, times and JSON are text: the same in every database. */
export interface Tables {
  revisions: {
    revision: number;
    created_at: string;
    author: string;
    comment: string;
    kind: string;
    rollback_to: number | null;
    document_sha256: string;
    document_id: string;
    confirm_by: string | null;
    confirmed_at: string | null;
    confirmed_by: string | null;
  };
  /** `id`: digest of `files`, so that a rollback does not store a document twice. */
  documents: { id: string; files: string; document: string };
  reservations: {
    id: Generated<number>;
    kind: string;
    scope: string;
    value: string;
    owner: string;
    is_user_defined: number;
    since_revision: number;
    until_revision: number | null;
  };
  networks: {
    id: Generated<number>;
    scope: string;
    family: number;
    cidr: string;
    first_address: string;
    last_address: string;
    since_revision: number;
    until_revision: number | null;
  };
  operations: {
    id: string;
    kind: string;
    subject: string;
    target: string;
    cluster: string;
    state: string;
    message: string;
    progress: string;
    claimed_by: string | null;
    created_at: string;
    updated_at: string;
  };
  host_flags: { host: string; drained: number; paused: number; drain_word: string | null; pause_word: string | null };
  known_hosts: { host: string; rack: string; role: string; last_revision: number };
  host_tokens: { host: string; hash: string; created_at: string };
  secrets: { id: string; purpose: string; sha256: string; value: Uint8Array; created_at: string };
  counters: { name: string; value: number };
  reports: { host: string; received_at: string; report: string };
  events: { id: Generated<number>; at: string; source: string; kind: string; subject: string; reason: string; data: string };
}
