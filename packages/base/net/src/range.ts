import { excerpt, issue } from "@rackway/errors";

import { compareAddresses, parseAddress } from "./address.ts";
import type { Family, Address } from "./address.ts";
import { accepted, refused, required } from "./parsed.ts";
import type { Parsed } from "./parsed.ts";

/** Addresses from `first` to `last`, both included; never empty. Immutable. In JSON it is its text. */
export class AddressRange {
  readonly family: Family;
  readonly first: Address;
  readonly last: Address;

  private constructor(first: Address, last: Address) {
    this.family = first.family;
    this.first = first;
    this.last = last;
  }

  /** Throws `RangeError` on two families or a last address before the first. */
  static of(first: Address, last: Address = first): AddressRange {
    if (first.family !== last.family || first.value > last.value) throw new RangeError(`${first.text} to ${last.text} is no range`);
    return new AddressRange(first, last);
  }

  /** Number of addresses, at least 1. */
  get size(): bigint {
    return this.last.value - this.first.value + 1n;
  }

  /** `A-B`, or `A` for one address. */
  get text(): string {
    return this.first.value === this.last.value ? this.first.text : `${this.first.text}-${this.last.text}`;
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** Reads `A-B` (no spaces needed, single ones around the hyphen allowed) or one address. Issues: `range-invalid`, `address-family`. */
export function parseRange(text: string, family?: Family): Parsed<AddressRange> {
  const invalid = (reason: string): Parsed<AddressRange> => refused(issue("range-invalid", { value: excerpt(text), reason }));
  if (text.length > 200) return invalid("it is too long");
  const parts = text.split(/ ?- ?/);
  if (parts.length > 2) return invalid("it has more than one hyphen");
  const first = parseAddress(parts[0] ?? "", family);
  const last = parts.length === 1 ? first : parseAddress(parts[1] ?? "", family);
  for (const end of [first, last]) {
    if (!end.ok) return end.issue.code === "address-family" ? end : invalid(end.issue.message);
  }
  if (!first.ok || !last.ok) return invalid("an end is not an address");
  if (first.value.family !== last.value.family) return invalid("its ends are of two families");
  if (first.value.value > last.value.value)
    return invalid(`it ends before it begins; did you mean ${last.value.text}-${first.value.text}?`);
  return accepted(AddressRange.of(first.value, last.value));
}

/** The range that a text which was accepted before stands for; throws otherwise. */
export function rangeOf(text: string, family?: Family): AddressRange {
  return required(parseRange(text, family));
}

/** True where an address, or all of a range, lies within. False across families. */
export function rangeContains(outer: AddressRange, inner: Address | AddressRange): boolean {
  const [first, last] = inner instanceof AddressRange ? [inner.first, inner.last] : [inner, inner];
  return outer.family === first.family && outer.first.value <= first.value && last.value <= outer.last.value;
}

export function rangesOverlap(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first.value <= b.last.value && b.first.value <= a.last.value;
}

/** Order: IPv4 before IPv6, by first address, then by last. For `sort`. */
export function compareRanges(a: AddressRange, b: AddressRange): number {
  return compareAddresses(a.first, b.first) || compareAddresses(a.last, b.last);
}
