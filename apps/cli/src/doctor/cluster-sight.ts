import type { ApiClient } from "@rackway/api-client";
import type { ApiEvent, ClusterDocument, HostView, Plan, Seen, ServerHealth, Status } from "@rackway/schema";

/** What the server knows of a cluster, as far as it answered. */
export interface ClusterSight {
  readonly status: Status;
  readonly server: Seen<ServerHealth>;
  readonly hosts: Seen<readonly HostView[]>;
  readonly document: Seen<ClusterDocument>;
  /** Of the document that stands: what the planner warns of. */
  readonly warnings: Seen<Plan["warnings"]>;
  /** At least warnings, of the last `eventSpanMs`, oldest first. */
  readonly events: Seen<readonly ApiEvent[]>;
}

/** How far back events are looked at. */
export const eventSpanMs = 15 * 60_000;
/** A question that takes longer has no answer; a plan waits three seconds for the agents. */
const questionMs = 8_000;

/** Asks the server all at once. Changes nothing. Throws where it does not even give a status. */
export async function lookAtCluster(api: ApiClient, onAnswer: (what: string) => void): Promise<ClusterSight> {
  const status = await api.status();
  onAnswer("status");
  const ask = async <Value>(what: string, question: Promise<Value>): Promise<Seen<Value>> => {
    const answer = await seenWithin(question);
    onAnswer(what);
    return answer;
  };
  const after = new Date(Date.parse(status.observedAt) - eventSpanMs).toISOString();
  const document = status.revision === null ? null : api.document(status.revision);
  const missing = Promise.reject<never>(new Error("nothing has been applied yet"));
  missing.catch(() => undefined);
  const [server, hosts, kept, plan, events] = await Promise.all([
    ask("server", api.health()),
    ask("hosts", api.hosts()),
    ask("document", document ?? missing),
    ask("plan", document?.then(({ files }) => api.plan(files)) ?? missing),
    ask("events", api.events({ after, minSeverity: "warning", limit: 1000 })),
  ]);
  return {
    status,
    server,
    hosts: mapSeen(hosts, ({ items }) => items),
    document: mapSeen(kept, (revision) => revision.document),
    warnings: mapSeen(plan, ({ warnings }) => warnings),
    events: mapSeen(events, (list) => list.events),
  };
}

async function seenWithin<Value>(question: Promise<Value>): Promise<Seen<Value>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Seen<Value>>((resolve) => {
    timer = setTimeout(() => resolve({ isSeen: false, why: `the server did not answer within ${questionMs / 1000} s` }), questionMs);
  });
  const answer = question.then(
    (value): Seen<Value> => ({ isSeen: true, value }),
    (error: unknown): Seen<Value> => ({ isSeen: false, why: error instanceof Error ? error.message : String(error) }),
  );
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function mapSeen<From, To>(seen: Seen<From>, map: (value: From) => To): Seen<To> {
  return seen.isSeen ? { isSeen: true, value: map(seen.value) } : seen;
}
