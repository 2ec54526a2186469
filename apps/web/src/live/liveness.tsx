import { useSyncExternalStore } from "react";

import { renderClock, renderDuration } from "../words/time-words.ts";
import { liveStore } from "./live-store.ts";
import type { Liveness } from "./live-store.ts";
import classes from "./liveness.module.css";
import { useNowMs } from "./now.ts";

function useLiveness(): Liveness {
  return useSyncExternalStore(liveStore.subscribe, liveStore.get);
}

const words: Readonly<Record<Liveness["kind"], string>> = { live: "live", connecting: "connecting", cut: "not live" };

/** In the header, always there. */
export function LiveBadge() {
  const { kind } = useLiveness();
  return (
    <span className={classes.badge} data-kind={kind}>
      <span className={classes.dot} aria-hidden="true" />
      {words[kind]}
    </span>
  );
}

/** Across the page while the stream is cut: nobody should take an old picture for the present. */
export function NotLiveBanner() {
  const state = useLiveness();
  return <div role="status">{state.kind === "cut" ? <Cut {...state} /> : null}</div>;
}

function Cut({ sinceMs, reason }: Extract<Liveness, { kind: "cut" }>) {
  const nowMs = useNowMs();
  return (
    <p className={classes.banner}>
      <strong>Not live since {renderClock(sinceMs)}</strong> ({renderDuration(nowMs - sinceMs)}): {reason}. What you see is from then; the
      page tries again by itself.
    </p>
  );
}
