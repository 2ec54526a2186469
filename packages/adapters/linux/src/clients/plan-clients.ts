import type { Originals } from "../originals.ts";
import type { ClientDaemon, ClientPlan } from "./client-stage.ts";
import { ClientStage } from "./client-stage.ts";
import type { ClientObservation, ClientPaths, ClientState } from "./observe-clients.ts";
import { clientPaths } from "./observe-clients.ts";
import { planResolver } from "./plan-resolver.ts";
import { planTime } from "./plan-time.ts";

/** What must change so that a host asks whom the document says for names and the time. Pure; nothing to do is an empty plan. */
export function planClients(
  wanted: ClientState,
  seen: ClientObservation,
  originals: Originals,
  told: ReadonlySet<ClientDaemon> = new Set(),
  paths: ClientPaths = clientPaths,
): ClientPlan {
  const stage = new ClientStage(originals);
  planResolver(stage, wanted.resolver, seen.resolver, paths, told);
  planTime(stage, wanted.time, seen.time, paths, told);
  const { steps, blocked, problems, groups, remember } = stage;
  return { steps, blocked, problems, groups, remember, originals: stage.originals };
}
