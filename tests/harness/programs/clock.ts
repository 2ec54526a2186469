/**
 * One clock for every probe: CLOCK_MONOTONIC, which all network namespaces of one kernel share, so that a time stamp taken by the
 * server may be subtracted from one taken by the client. Wall-clock time is only used to line a result up with an event.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

const epochOffsetMs = Date.now() - monotonicMs();

/** Milliseconds since the Unix epoch for a monotonic time stamp. */
export function epochMs(monotonic: number): number {
  return Math.round((monotonic + epochOffsetMs) * 1000) / 1000;
}

/** Milliseconds with three decimals: what a human and a JSON file can bear. */
export function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
