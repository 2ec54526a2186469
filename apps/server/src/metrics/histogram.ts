export interface HistogramState {
  /** Upper bounds, ascending, without infinity. */
  readonly bounds: readonly number[];
  /** How many fell into each bucket alone; the last: above all bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Counts values by size, for one set of labels. */
export class Histogram implements HistogramState {
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  /** A value on a bound belongs to that bound's bucket. */
  observe(value: number): void {
    const found = this.bounds.findIndex((bound) => value <= bound);
    const index = found < 0 ? this.bounds.length : found;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sum += value;
  }
}
