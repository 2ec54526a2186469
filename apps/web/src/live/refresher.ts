/** A failover is a dozen events in a second: the first one is looked after at once, the rest together, so often at most. */
const pauseMs = 250;

export interface Refresher {
  readonly ask: () => void;
  readonly stop: () => void;
}

/** Calls `refresh` at once, and then no sooner than the pause after the last call; what was asked for meanwhile is one call. */
export function createRefresher(refresh: () => void): Refresher {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let isAsked = false;
  const run = (): void => {
    isAsked = false;
    refresh();
    timer = setTimeout(() => {
      timer = null;
      if (isAsked) run();
    }, pauseMs);
  };
  return {
    ask: () => {
      isAsked = true;
      if (timer === null) run();
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
