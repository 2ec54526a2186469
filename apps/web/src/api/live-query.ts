import { useQuery } from "@tanstack/react-query";
import type { UseQueryResult } from "@tanstack/react-query";

import type { BrowserClient } from "@rackway/api-client/browser";
import { useSession } from "../session/session.ts";

/** All that an event can change lies below this key. */
export const liveRoot = ["live"] as const;

/** Asked again on every event, and every `intervalMs` beside: ages, and what falls silent, make no event. */
export function useLiveQuery<Answer>(
  key: readonly unknown[],
  ask: (client: BrowserClient) => Promise<Answer>,
  intervalMs = 5000,
): UseQueryResult<Answer> {
  const { client } = useSession();
  return useQuery({ queryKey: [...liveRoot, ...key], queryFn: () => ask(client), refetchInterval: intervalMs });
}
