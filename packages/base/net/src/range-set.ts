import { Address, compareAddresses } from "./address.ts";
import { AddressRange, compareRanges } from "./range.ts";

/**
 * A set of addresses, as the fewest ranges in ascending order. Immutable; sets of 2^64 addresses cost as little as sets of two.
 * Families live side by side: IPv4 before IPv6.
 */
export class RangeSet {
  /** Ascending, disjoint, not adjacent. */
  readonly ranges: readonly AddressRange[];

  private constructor(ranges: readonly AddressRange[]) {
    this.ranges = ranges;
  }

  static readonly empty: RangeSet = new RangeSet([]);

  /** The union of ranges and single addresses, in any order, overlapping or not. n log n. */
  static of(members: Iterable<AddressRange | Address>): RangeSet {
    const sorted = [...members].map((member) => (member instanceof Address ? AddressRange.of(member) : member)).sort(compareRanges);
    const merged: AddressRange[] = [];
    for (const range of sorted) {
      const last = merged.at(-1);
      if (last !== undefined && last.family === range.family && range.first.value <= last.last.value + 1n) {
        if (range.last.value > last.last.value) merged[merged.length - 1] = AddressRange.of(last.first, range.last);
      } else merged.push(range);
    }
    return new RangeSet(merged);
  }

  /** Number of addresses. */
  get size(): bigint {
    return this.ranges.reduce((sum, range) => sum + range.size, 0n);
  }

  get isEmpty(): boolean {
    return this.ranges.length === 0;
  }

  /** The lowest address; null when there is none. After `subtract`, the first that is free. */
  get first(): Address | null {
    return this.ranges[0]?.first ?? null;
  }

  /** log n. */
  has(address: Address): boolean {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = this.ranges[middle];
      if (range !== undefined && compareAddresses(range.last, address) < 0) low = middle + 1;
      else high = middle;
    }
    const range = this.ranges[low];
    return range !== undefined && compareAddresses(range.first, address) <= 0 && compareAddresses(address, range.last) <= 0;
  }

  union(other: RangeSet): RangeSet {
    return RangeSet.of([...this.ranges, ...other.ranges]);
  }

  /** What is here and not there. Linear in the number of ranges of both. */
  subtract(other: RangeSet): RangeSet {
    const left: AddressRange[] = [];
    let index = 0;
    for (const range of this.ranges) {
      while (isBefore(other.ranges[index], range)) index++;
      let next = range.first.value;
      for (let cut = index; ; cut++) {
        const hole = other.ranges[cut];
        if (hole === undefined || hole.family !== range.family || hole.first.value > range.last.value) break;
        if (hole.first.value > next) left.push(span(range, next, hole.first.value - 1n));
        next = hole.last.value + 1n;
      }
      if (next <= range.last.value) left.push(span(range, next, range.last.value));
    }
    return new RangeSet(left);
  }

  intersect(other: RangeSet): RangeSet {
    return this.subtract(this.subtract(other));
  }

  /** All addresses, ascending, one at a time: take what is needed and stop. */
  *[Symbol.iterator](): Generator<Address, void, undefined> {
    for (const range of this.ranges) {
      for (let value = range.first.value; value <= range.last.value; value++) yield Address.of(range.family, value);
    }
  }

  /** The ranges' texts. */
  toString(): string {
    return this.ranges.map((range) => range.text).join(", ");
  }

  toJSON(): string[] {
    return this.ranges.map((range) => range.text);
  }
}

/** True where all of `range` lies before `other`. */
function isBefore(range: AddressRange | undefined, other: AddressRange): boolean {
  return range !== undefined && compareAddresses(range.last, other.first) < 0;
}

function span(within: AddressRange, first: bigint, last: bigint): AddressRange {
  return AddressRange.of(Address.of(within.family, first), Address.of(within.family, last));
}
