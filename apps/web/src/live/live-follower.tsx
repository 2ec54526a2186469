import { RackwayError } from "@rackway/api-client/browser";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent } from "react";

import { liveRoot } from "../api/live-query.ts";
import { useSession } from "../session/session.ts";
import { messageOf } from "../words/error-words.ts";
import { followEvents } from "./follow-events.ts";
import { liveStore } from "./live-store.ts";
import { createRefresher } from "./refresher.ts";

/** Draws nothing: every event of the server makes what is shown be asked for again, and so does a stream that is back. */
export function LiveFollower({ onRefused }: { readonly onRefused: () => void }) {
  const { client } = useSession();
  const queries = useQueryClient();
  const refused = useEffectEvent(onRefused);

  useEffect(() => {
    const stop = new AbortController();
    const refresher = createRefresher(() => void queries.invalidateQueries({ queryKey: liveRoot }, { cancelRefetch: false }));
    liveStore.set({ kind: "connecting" });
    followEvents({
      client,
      signal: stop.signal,
      onState: (state) => {
        if (state.kind === "live" && liveStore.get().kind !== "live") refresher.ask();
        liveStore.set(state);
      },
      onEvent: () => refresher.ask(),
      check: (error) => {
        if (error instanceof RackwayError && (error.code === "unauthorised" || error.code === "forbidden")) throw error;
      },
      reasonOf: messageOf,
    }).catch(() => {
      if (!stop.signal.aborted) refused();
    });
    return () => {
      stop.abort();
      refresher.stop();
    };
  }, [client, queries]);
  return null;
}
