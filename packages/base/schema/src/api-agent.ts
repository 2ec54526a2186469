import { z } from "zod";

import { operationSchema } from "./api.ts";
import { hostStateSchema } from "./host-state.ts";
import { hostEventSchema } from "./report.ts";
import { word } from "./state-word.ts";

/**
 * Bodies of the agents' half of `/api/v1`. Authorisation: `Authorization: Bearer HOST-TOKEN`; the token says which host it is, and
 * reaches that host's state, reports and secrets alone. An agent's report is `hostReportSchema`; the answer to it is 204.
 */

/** Header: in whose name an agent comes. Its token alone proves that, but a token that is refused names nobody. */
export const hostHeader = "rackway-host";

/** `GET /agent/state?wait=SECONDS` with `If-None-Match`: 200 with a new ETag as soon as anything in the answer changes, 304 after the wait. */
export const agentStateQuerySchema = z.strictObject({ wait: z.coerce.number<number>().min(0).max(300).default(0) });

export const agentStateSchema = z.strictObject({
  /**
   * Null: no revision has named this host yet; change nothing. A host that was named and is no longer gets a state with empty lists:
   * everything of ours is to be removed.
   */
  state: hostStateSchema.nullable(),
  /** Not ended yet, of this host's Pacemaker cluster. The DC's agent claims one by posting `running`. */
  operations: z.array(operationSchema),
  /** A new token: look at the host again at once, and report with `observeNow` set to it. */
  observeNow: z.string().nullable(),
  /**
   * The revision of `state` is not confirmed yet (`apply --confirm-within`): when the time is over and nobody has said that it was
   * confirmed, the host goes back to `fallback` by itself. Time that is left, not a time of day: clocks differ. Null or absent: `state` is
   * to stay.
   */
  trial: z
    .strictObject({
      /** Tells it from another revision with that number, of a database that was begun anew. */
      id: word,
      revision: z.int().min(1),
      leftMs: z.int().min(0),
      fallback: hostStateSchema,
    })
    .nullable()
    .optional(),
});

export const agentEventsSchema = z.strictObject({ events: z.array(hostEventSchema).min(1).max(1000) });

/** `POST /agent/operations/{id}`: the first `running` claims it; 409 (`operation-claimed`) for any other host, and after its end. */
export const agentOperationSchema = z.strictObject({ state: z.enum(["running", "done", "failed"]), message: z.string().max(4000) });

/** `GET /agent/secrets/{id}`, `Cache-Control: no-store`; only ids that the host's own state names. */
export const agentSecretSchema = z.strictObject({ id: z.string(), encoding: z.literal("base64"), value: z.string() });

export type AgentState = z.infer<typeof agentStateSchema>;
/** A revision that is undone unless it is confirmed, as an agent is told of it. */
export type AgentTrial = NonNullable<AgentState["trial"]>;
export type AgentEvents = z.input<typeof agentEventsSchema>;
export type AgentOperation = z.infer<typeof agentOperationSchema>;
export type AgentSecret = z.infer<typeof agentSecretSchema>;
