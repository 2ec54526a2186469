/** What a row of measurements comes to; null where there is none. */
export type Summary = { count: number; min: number; median: number; p95: number; max: number };

/** The median of an even count is the mean of the two in the middle; the 95th percentile is by nearest rank. */
export function summarise(values: readonly number[]): Summary | null {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index]!;
  if (sorted.length === 0) return null;
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2;
  const p95 = at(Math.ceil(sorted.length * 0.95) - 1);
  const [min, max] = [at(0), at(sorted.length - 1)];
  return { count: sorted.length, min: round(min), median: round(median), p95: round(p95), max: round(max) };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
