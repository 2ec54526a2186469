import { z } from "zod";

import type { ClusterDocument } from "./document.ts";
import { eventSeverities } from "./event-severity.ts";
import { announcementHoldSchema } from "./checker-files.ts";
import { proxyBackendSchema } from "./proxy-state.ts";
import { clientObservationSchema, stepSchema, trialPhaseSchema } from "./report.ts";
import { statusProblemSchema, statusSchema, unconfirmedSchema } from "./status.ts";

/**
 * Bodies of the operator's half of `/api/v1` (agents' half: `api-agent.ts`). Authorisation: `Authorization: Bearer ADMIN-TOKEN`.
 * Every error is `application/problem+json` (RFC 9457): `problemSchema`. Times are RFC 3339 in UTC, made by the server's clock.
 */
const instant = z.iso.datetime();
const revisionNumber = z.int().min(1);
export const hostNameSchema = z
  .string()
  .regex(/^(?!constructor$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
  .max(40);

/** One finding about a document: what, where, and what to do. `path` is the field (`spec.hosts[2].rack`); null where it is not known. */
export const issueSchema = z.object({
  code: z.string(),
  severity: z.enum(["error", "warning"]),
  message: z.string(),
  hint: z.string().nullable(),
  path: z.string().nullable(),
  file: z.string().nullable(),
  line: z.int().nullable(),
  column: z.int().nullable(),
});

/** RFC 9457. `code` is the catalogue's; `retry` says whether the same request can succeed without a change. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  code: z.string(),
  retry: z.enum(["never", "later", "now"]).optional(),
  hint: z.string().nullable().optional(),
  /** For a document that is refused: every finding. */
  issues: z.array(issueSchema).optional(),
});

export const serverHealthSchema = z.strictObject({ status: z.literal("ok"), version: z.string(), revision: revisionNumber.nullable() });

// --- document, plan, apply -----------------------------------------------------------------------------------------------

/** A document is one file or several; `name` is what errors call it. */
export const documentFileSchema = z.strictObject({ name: z.string().min(1).max(1024), text: z.string() });
const files = z.array(documentFileSchema).min(1).max(256);

/** What the database holds for a document object: an address, a Corosync node id, the index of a router or service namespace, a VIP's number. */
export const reservationSchema = z.strictObject({
  kind: z.enum(["address", "node-id", "router-index", "namespace-index", "vip-number"]),
  /** Within which the value is unique: `network/RACK/NETWORK`, `pool/NAME`, `pacemaker/NAME`, `routers`, `namespaces`, `namespace/NAME`. */
  scope: z.string(),
  value: z.string(),
  /** Who has it: `router/vr-a/public/4`, `host/ctl-a1`, … */
  owner: z.string(),
  /** Written in the document, as opposed to `auto`. */
  isUserDefined: z.boolean(),
  /** The revision that reserved it; null in a plan, when it is not reserved yet. */
  sinceRevision: revisionNumber.nullable(),
});

/** One object of the document that differs. `path` is relative to the object; a created or deleted object carries its fields too. */
export const changeSchema = z.strictObject({
  action: z.enum(["create", "change", "delete"]),
  kind: z.string(),
  name: z.string(),
  fields: z.array(z.strictObject({ path: z.string(), from: z.unknown(), to: z.unknown() })),
});

const hostStepsSchema = z.strictObject({ host: z.string(), steps: z.array(stepSchema) });

/** What differs between two revisions, or between the current one and a document. */
export const differenceSchema = z.strictObject({
  changes: z.array(changeSchema),
  hosts: z.array(hostStepsSchema),
  reservations: z.strictObject({ added: z.array(reservationSchema), released: z.array(reservationSchema), kept: z.int() }),
});

/** Traffic that an apply would stop, from what Pacemaker and the agents will do. */
export const interruptSchema = z.strictObject({
  rack: z.string(),
  /** Whose traffic stops; none: that of the hosts alone. */
  routers: z.array(z.string()),
  /** Where: the host that carries the router now, as far as somebody has seen it; the hosts whose interfaces are touched. */
  hosts: z.array(z.string()),
  /**
   * `short`: for a stop and a start. `until-hosts-follow`: until the agents have done their part. No time is given that was not measured.
   */
  lasts: z.enum(["short", "until-hosts-follow", "for-good"]),
  message: z.string(),
});

export const planSchema = differenceSchema.extend({
  /** The revision that this was planned against; null: there is none yet. Give it to apply as `basedOn`. */
  baseRevision: revisionNumber.nullable(),
  /** The base revision waits to be confirmed: until then, nothing but a rollback is accepted. Null or absent: it does not. */
  unconfirmed: unconfirmedSchema.nullable().optional(),
  warnings: z.array(issueSchema),
  interrupts: z.array(interruptSchema),
  /** What the hosts' agents would do right now to what they have, without any new revision. Hosts without pending steps are left out. */
  drift: z.array(hostStepsSchema.extend({ observedAt: instant, ageMs: z.int() })),
  /** Hosts of the current revision whose drift is not known: no agent connected, or no answer within the time. */
  unobserved: z.array(z.string()),
  /** No change, no step on any host, no drift. */
  nothingToDo: z.boolean(),
});

export const planRequestSchema = z.strictObject({ files });
export const applyRequestSchema = z.strictObject({
  files,
  /** The revision it was planned against (null: none); when it is no longer the current one, the answer is 409. Absent: not checked. */
  basedOn: revisionNumber.nullable().optional(),
  comment: z.string().max(1000).optional(),
  /** The hosts undo it by themselves unless it is confirmed within this time. Absent: it stays. */
  confirmWithinMs: z
    .int()
    .min(5_000)
    .max(24 * 3_600_000)
    .optional(),
});
export const rollbackRequestSchema = z.strictObject({
  /** Absent: the revision before the current one. */
  to: revisionNumber.optional(),
  basedOn: revisionNumber.nullable().optional(),
  comment: z.string().max(1000).optional(),
});
/** `nothing-to-do`: document and reservations are as they were; `revision` is the one that stands. */
export const applyResponseSchema = z.strictObject({
  result: z.enum(["applied", "nothing-to-do"]),
  revision: revisionNumber,
  plan: planSchema,
  /** What was applied is undone unless it is confirmed. Null or absent: it stays. */
  unconfirmed: unconfirmedSchema.nullable().optional(),
});
/** `revision`: what is meant; absent: the current one. */
export const confirmRequestSchema = z.strictObject({ revision: revisionNumber.optional() }).nullish();

export const revisionSchema = z.strictObject({
  revision: revisionNumber,
  createdAt: instant,
  author: z.string(),
  comment: z.string(),
  kind: z.enum(["apply", "rollback"]),
  /** Of a rollback: the revision whose document it took. */
  rollbackTo: revisionNumber.nullable(),
  /** Of the canonical JSON of the document. */
  documentSha256: z.string(),
  /** It was applied to be confirmed until `deadline`. `confirmedAt` null: nobody has; with a later revision: it was undone. Null or absent: it needed no word. */
  confirmation: z
    .strictObject({ deadline: instant, confirmedAt: instant.nullable(), confirmedBy: z.string().nullable() })
    .nullable()
    .optional(),
});
export const revisionListSchema = z.strictObject({ current: revisionNumber.nullable(), revisions: z.array(revisionSchema) });
export const revisionDocumentSchema = z.strictObject({
  revision: revisionNumber,
  files: z.array(documentFileSchema),
  /** With all defaults in place (docs/reference/cluster.schema.json); not read again on its way out. */
  document: z.record(z.string(), z.unknown()) as unknown as z.ZodType<ClusterDocument>,
});
export const diffQuerySchema = z.strictObject({
  from: z.coerce.number<number>().int().min(1),
  to: z.coerce.number<number>().int().min(1),
});
export const diffSchema = differenceSchema.extend({ from: revisionNumber, to: revisionNumber });

// --- what is, and what should be -----------------------------------------------------------------------------------------

/** Lists for `get` and `describe`: the fields of the current revision, with what the database reserved and what the agents saw. */
const hostStatus = statusSchema.shape.hosts.element;
const routerStatus = statusSchema.shape.routers.element;
const familyUse = z.strictObject({
  cidr: z.string(),
  gateway: z.string().nullable(),
  ranges: z.array(z.string()),
  reserved: z.int(),
});

export const rackViewSchema = z.strictObject({
  name: z.string(),
  networks: z.array(z.string()),
  controllers: z.array(z.string()),
  members: z.array(z.string()),
  routers: z.array(z.string()),
});
export const networkViewSchema = z.strictObject({
  /** `RACK/NETWORK`: the name in URLs (`/networks/rack-a/management`). */
  id: z.string(),
  name: z.string(),
  rack: z.string(),
  bridge: z.string(),
  driver: z.enum(["linux", "openvswitch"]),
  vlan: z.int().nullable(),
  mtu: z.int(),
  shared: z.boolean(),
  ipv4: familyUse.nullable(),
  ipv6: familyUse.nullable(),
  reservations: z.array(reservationSchema),
});
export const hostViewSchema = z.strictObject({
  name: z.string(),
  rack: z.string(),
  role: z.enum(["controller", "member"]),
  addresses: z.record(z.string(), z.array(z.string())),
  pacemaker: z.string().nullable(),
  drained: z.boolean(),
  paused: z.boolean(),
  hasToken: z.boolean(),
  /** Revision of the host state that its agent last reported; null: never. */
  revision: z.int().nullable(),
  agentVersion: z.string().nullable(),
  /** By its agent's last word: a revision that must be confirmed, and how this host stands to it. */
  trial: z.strictObject({ revision: z.int(), phase: trialPhaseSchema }).nullable().optional(),
  status: hostStatus,
  /**
   * Addresses of anycast and roaming VIPs by its agent's last word: on it, announced by it, on it with a service that is down, and `silent`:
   * on it and not announced, though no service is down. Null: none may be there.
   */
  vips: z.strictObject({ mayHold: z.int(), held: z.int(), announced: z.int(), down: z.int(), silent: z.int() }).nullable(),
  /** How far its drain is with anycast VIPs. Null: it is not drained. */
  drain: z
    .strictObject({
      /** When what is left is let go; null: when nothing is left. */
      deadline: instant.nullable(),
      force: z.boolean(),
      /** Addresses that are still on it; null: its agent does not say. 0: it has let go. */
      held: z.int().nullable(),
      /** Addresses that are not done with: announced, with connections (of one that is let go: cut ones), or not counted yet. */
      left: z.array(
        z.strictObject({
          vip: z.string(),
          address: z.string(),
          held: z.boolean(),
          announced: z.boolean(),
          /** Kept announced because nobody else announces it. */
          isLast: z.boolean(),
          /** TCP connections from elsewhere; null: not counted. */
          flows: z.int().nullable(),
        }),
      ),
    })
    .nullable(),
  /** Whom it asks for names and the time, by its agent's last word. Null: it is none of Rackway's. */
  clients: clientObservationSchema.nullable(),
  pendingSteps: z.array(stepSchema),
  problems: z.array(z.strictObject({ code: z.string(), message: z.string(), hint: z.string().nullable() })),
});
export const routerViewSchema = z.strictObject({
  name: z.string(),
  /** As in the status. */
  rack: z.string(),
  racks: z.array(z.string()).optional(),
  /** Name of the Pacemaker cluster that moves it; null: no pair to move, the router is on `controllers[0]` itself. */
  pacemaker: z.string().nullable(),
  takeover: z.enum(["quorum", "fenced"]).nullable(),
  controllers: z.array(z.string()),
  managementNetwork: z.string(),
  /** Null: a roaming router's addresses are of a pool. */
  publicNetwork: z.string().nullable(),
  pool: z.string().optional(),
  nat: z.strictObject({ ipv4: z.enum(["snat", "routed"]), ipv6: z.enum(["nat66", "routed"]) }),
  /** Null: no name service. `domain`: of the names made from the document. */
  dns: z
    .strictObject({
      upstreams: z.array(z.string()),
      localDomains: z.array(z.strictObject({ name: z.string(), servers: z.array(z.string()) })),
      domain: z.string(),
      names: z.enum(["cluster", "rack", "none"]),
      dnssec: z.boolean(),
    })
    .nullable(),
  /** Null: no time service. */
  ntp: z.strictObject({ upstreams: z.array(z.string()), orphanStratum: z.int() }).nullable(),
  reservations: z.array(reservationSchema),
  status: routerStatus,
});
/** Every VIP: the service VIPs of the document, and the pairs of the virtual routers (`vr-a/public`). */
export const vipViewSchema = z.strictObject({
  name: z.string(),
  mode: z.enum(["failover", "roaming", "anycast"]),
  router: z.string().nullable(),
  namespace: z.string(),
  /** `network/RACK/NETWORK` or `pool/NAME`. */
  scope: z.string(),
  addresses: z.array(
    z.strictObject({
      family: z.union([z.literal(4), z.literal(6)]),
      address: z.string(),
      isUserDefined: z.boolean(),
      owners: z.array(z.string()),
      /** Of an anycast or roaming VIP: hosts whose routing daemon tells neighbours of it. */
      announcedBy: z.array(z.string()),
      /** Null: it is a router's, whose health is the router's. */
      health: z.enum(["up", "down", "unknown"]).nullable(),
      /** Null: there is nothing to say. */
      reason: z.string().nullable(),
      ageMs: z.int().nullable(),
    }),
  ),
  /** Hosts that the document lets hold it. */
  eligible: z.array(z.string()),
  problems: z.array(statusProblemSchema.omit({ subject: true, since: true })),
});
/** One VIP with what each host says of it. */
export const vipDetailSchema = vipViewSchema.extend({
  /** What is asked of the service behind it, how often, and what follows; null: nothing is. */
  check: z.string().nullable(),
  /** One entry for each host that may hold it, or does, and each address. */
  hosts: z.array(
    z.strictObject({
      host: z.string(),
      /** `drained`: an operator wants nothing there. All words after it: what the host said last does not count any more. */
      state: z.enum(["ok", "drained", "stale", "absent", "offline"]),
      address: z.string(),
      /** Null: its agent has not said. */
      held: z.boolean().nullable(),
      announced: z.boolean().nullable(),
      health: z.enum(["up", "down", "unknown"]).nullable(),
      reason: z.string().nullable(),
      hold: announcementHoldSchema.nullable(),
      since: instant.nullable(),
      ageMs: z.int().nullable(),
      /** Of a VIP with a proxy, at its first address: what the host's HAProxy says of its backends. */
      backends: z.array(proxyBackendSchema).optional(),
    }),
  ),
  /** What would become of its traffic if one host that carries it went, as things stand now. */
  ifHostGoes: z.array(z.strictObject({ host: z.string(), outcome: z.string() })),
});
export const poolViewSchema = z.strictObject({
  name: z.string(),
  ipv4: familyUse.nullable(),
  ipv6: familyUse.nullable(),
  reservations: z.array(reservationSchema),
});

const listOf = <Item extends z.ZodType>(item: Item) => z.strictObject({ revision: revisionNumber.nullable(), items: z.array(item) });
export const rackListSchema = listOf(rackViewSchema);
export const networkListSchema = listOf(networkViewSchema);
export const hostListSchema = listOf(hostViewSchema);
export const routerListSchema = listOf(routerViewSchema);
export const vipListSchema = listOf(vipViewSchema);
export const poolListSchema = listOf(poolViewSchema);

// --- events --------------------------------------------------------------------------------------------------------------

/** Who did or saw what, when and why. `id` only grows; it is the SSE `id`, too. `source`: `server`, `admin`, or `host/NAME`. */
export const eventSchema = z.strictObject({
  id: z.int(),
  at: instant,
  source: z.string(),
  kind: z.string(),
  /** `router/vr-a`, `host/ctl-a1`, `revision/7`, … */
  subject: z.string(),
  reason: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export const eventQuerySchema = z.strictObject({
  /** Events after this id. Absent: the newest. */
  since: z.coerce.number<number>().int().min(0).optional(),
  /** Only events from this time on. */
  after: instant.optional(),
  limit: z.coerce.number<number>().int().min(1).max(1000).default(100),
  kind: z.string().optional(),
  subject: z.string().optional(),
  /** Only events of kinds that are at least so grave; `limit` counts those. */
  minSeverity: z.enum(eventSeverities).optional(),
});
/** Oldest first. `last`: give it as `since` for what comes after. */
export const eventListSchema = z.strictObject({ events: z.array(eventSchema), last: z.int() });

// --- operations on hosts and routers -------------------------------------------------------------------------------------

/** Why it is done; kept in the event log. */
export const reasonRequestSchema = z.strictObject({ reason: z.string().max(1000).optional() }).nullish();
/** `deadlineSeconds`, from now: 300 unless given. A host that is drained already gets what is given here, and keeps the rest. */
export const drainRequestSchema = z
  .strictObject({
    reason: z.string().max(1000).optional(),
    deadlineSeconds: z
      .int()
      .min(0)
      .max(7 * 24 * 3600)
      .optional(),
    /** Lets go also of a VIP that nobody else announces. */
    force: z.boolean().optional(),
  })
  .nullish();
export const hostFlagsSchema = z.strictObject({ host: z.string(), drained: z.boolean(), paused: z.boolean() });
/** Shown once; the server keeps its hash only. */
export const hostTokenSchema = z.strictObject({ host: z.string(), token: z.string() });

export const operationRequestSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("move"), router: z.string(), to: z.string(), reason: z.string().max(1000).optional() }),
  z.strictObject({ kind: z.literal("move-vip"), vip: z.string(), to: z.string(), reason: z.string().max(1000).optional() }),
]);
export const operationSchema = z.strictObject({
  id: z.string(),
  kind: z.enum(["move", "move-vip"]),
  /** `router/vr-a`, `vip/web`. */
  subject: z.string(),
  to: z.string(),
  state: z.enum(["pending", "running", "done", "failed"]),
  /** The last word on it. */
  message: z.string(),
  progress: z.array(z.strictObject({ at: instant, message: z.string() })),
  /** The host whose agent carries it out. */
  claimedBy: z.string().nullable(),
  createdAt: instant,
  updatedAt: instant,
});
export const operationListSchema = z.strictObject({ operations: z.array(operationSchema) });

export type ApiIssue = z.infer<typeof issueSchema>;
export type ApiProblem = z.infer<typeof problemSchema>;
export type ServerHealth = z.infer<typeof serverHealthSchema>;
export type DocumentFile = z.infer<typeof documentFileSchema>;
export type ApiReservation = z.infer<typeof reservationSchema>;
export type Change = z.infer<typeof changeSchema>;
export type HostSteps = z.infer<typeof hostStepsSchema>;
export type Difference = z.infer<typeof differenceSchema>;
export type Interrupt = z.infer<typeof interruptSchema>;
export type Plan = z.infer<typeof planSchema>;
export type PlanRequest = z.infer<typeof planRequestSchema>;
export type ApplyRequest = z.infer<typeof applyRequestSchema>;
export type RollbackRequest = z.infer<typeof rollbackRequestSchema>;
export type ApplyResponse = z.infer<typeof applyResponseSchema>;
export type ConfirmRequest = NonNullable<z.infer<typeof confirmRequestSchema>>;
export type Revision = z.infer<typeof revisionSchema>;
export type RevisionList = z.infer<typeof revisionListSchema>;
export type RevisionDocument = z.infer<typeof revisionDocumentSchema>;
export type Diff = z.infer<typeof diffSchema>;
export type RackView = z.infer<typeof rackViewSchema>;
export type NetworkView = z.infer<typeof networkViewSchema>;
export type HostView = z.infer<typeof hostViewSchema>;
export type RouterView = z.infer<typeof routerViewSchema>;
export type VipView = z.infer<typeof vipViewSchema>;
export type VipDetail = z.infer<typeof vipDetailSchema>;
export type PoolView = z.infer<typeof poolViewSchema>;
export type ApiEvent = z.infer<typeof eventSchema>;
export type EventQuery = z.input<typeof eventQuerySchema>;
export type EventList = z.infer<typeof eventListSchema>;
export type DrainRequest = NonNullable<z.infer<typeof drainRequestSchema>>;
export type HostFlags = z.infer<typeof hostFlagsSchema>;
export type HostToken = z.infer<typeof hostTokenSchema>;
export type OperationRequest = z.infer<typeof operationRequestSchema>;
export type Operation = z.infer<typeof operationSchema>;
export type OperationList = z.infer<typeof operationListSchema>;
