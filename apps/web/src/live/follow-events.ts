import { createBackOff } from "@rackway/api-client/browser";
import type { BackOff, BrowserClient } from "@rackway/api-client/browser";
import type { ApiEvent } from "@rackway/schema";

import type { Liveness } from "./live-store.ts";

export interface FollowOptions {
  readonly client: Pick<BrowserClient, "streamEvents">;
  readonly signal: AbortSignal;
  readonly onState: (state: Liveness) => void;
  readonly onEvent: (event: ApiEvent) => void;
  /** Throws what can not get better by asking again. */
  readonly check: (error: unknown) => void;
  readonly reasonOf: (error: unknown) => string;
  readonly nowMs?: () => number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly backOff?: BackOff;
}

/** Heartbeats come every 15 s: two that are missing, and what is shown cannot be called live. */
export const silenceMs = 35_000;

/** Follows the event stream until the signal; opens it again where it left off whenever it breaks, and says so meanwhile. */
export async function followEvents(options: FollowOptions): Promise<void> {
  const { client, signal, onState, onEvent, check, reasonOf, nowMs = Date.now, wait = waitFor } = options;
  const backOff = options.backOff ?? createBackOff({ firstMs: 250, mostMs: 4000 });
  let last: number | null = null;
  let seenMs = nowMs();
  const onSign = () => {
    seenMs = nowMs();
    backOff.reset();
    onState({ kind: "live" });
  };
  while (!signal.aborted) {
    let reason = "the server has ended the stream";
    try {
      for await (const event of client.streamEvents({ since: last, signal, silenceMs, onSign })) {
        last = event.id;
        onEvent(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      check(error);
      reason = reasonOf(error);
    }
    if (signal.aborted) return;
    onState({ kind: "cut", sinceMs: seenMs, reason });
    await wait(backOff.next(), signal);
  }
}

function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });
}
