/** Waits between tries: doubled from `firstMs` to `mostMs`, each drawn from the upper half, so that hosts do not come back in step. */
export interface BackOffOptions {
  readonly firstMs?: number;
  readonly mostMs?: number;
  /** 0 ≤ r < 1; handed in by tests. */
  readonly random?: () => number;
}

export interface BackOff {
  /** The next wait, in milliseconds. */
  next(): number;
  /** A try went well. */
  reset(): void;
}

export function createBackOff(options: BackOffOptions = {}): BackOff {
  const { firstMs = 200, mostMs = 10_000, random = Math.random } = options;
  let waitMs = firstMs;
  return {
    next() {
      const current = waitMs;
      waitMs = Math.min(mostMs, waitMs * 2);
      return Math.round(current * (0.5 + random() / 2));
    },
    reset() {
      waitMs = firstMs;
    },
  };
}
