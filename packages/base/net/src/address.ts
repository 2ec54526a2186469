import { excerpt, issue } from "@rackway/errors";

import { readIpv4, readIpv6, renderIpv4, renderIpv6 } from "./address-text.ts";
import { accepted, refused, required } from "./parsed.ts";
import type { Parsed } from "./parsed.ts";

/** Address family. */
export type Family = 4 | 6;

/** Length of an address: 32 or 128 bits. */
export function familyBits(family: Family): 32 | 128 {
  return family === 4 ? 32 : 128;
}

/** The highest address as a number. */
export function familyMaximum(family: Family): bigint {
  return family === 4 ? 0xffff_ffffn : (1n << 128n) - 1n;
}

/** One IP address, immutable. Equal addresses have equal `text`, so it serves as a key. In JSON it is its text. */
export class Address {
  readonly family: Family;
  readonly value: bigint;
  /** Canonical: dotted quad, or RFC 5952. */
  readonly text: string;

  private constructor(family: Family, value: bigint) {
    this.family = family;
    this.value = value;
    this.text = family === 4 ? renderIpv4(value) : renderIpv6(value);
  }

  /** The address of a number. Throws `RangeError` where the family has none. */
  static of(family: Family, value: bigint): Address {
    if (value < 0n || value > familyMaximum(family)) throw new RangeError(`IPv${family} has no address number ${value}`);
    return new Address(family, value);
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** Reads one address, strictly; with `family`, of that family only. Issues: `address-invalid`, `address-family`. */
export function parseAddress(text: string, family?: Family): Parsed<Address> {
  const invalid = (reason: string): Parsed<Address> => refused(issue("address-invalid", { value: excerpt(text), reason }));
  const reason = unreadable(text);
  if (reason !== null) return invalid(reason);
  const found: Family = text.includes(":") ? 6 : 4;
  const read = found === 6 ? readIpv6(text) : readIpv4(text);
  if (!read.ok) return invalid(read.reason);
  if (found === 6 && read.value >> 32n === 0xffffn) {
    return invalid(`it is an IPv4 address in IPv6 form; write ${renderIpv4(read.value & 0xffff_ffffn)}`);
  }
  if (family !== undefined && family !== found) {
    return refused(issue("address-family", { value: excerpt(text), found, wanted: `IPv${family}` }));
  }
  return accepted(Address.of(found, read.value));
}

/** Faults of the whole text, which would only confuse the grammar of a family. */
function unreadable(text: string): string | null {
  if (text === "") return "it is empty";
  if (text.length > 100) return "it is too long";
  if (/\s/.test(text)) return "there is white space in it";
  if (text.includes("%")) return "it has a zone id (%…), which means something on one host only";
  if (text.includes("/")) return "it has a prefix length; only the address belongs here";
  if (/^\[.*\]$/.test(text)) return "it stands in brackets";
  if (!/[.:]/.test(text)) return "it has neither dots nor colons";
  return null;
}

/** The address that a text which was accepted before stands for; throws otherwise. */
export function addressOf(text: string, family?: Family): Address {
  return required(parseAddress(text, family));
}

/** Order: IPv4 before IPv6, then by number. For `sort`. */
export function compareAddresses(a: Address, b: Address): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}

export function addressesEqual(a: Address, b: Address): boolean {
  return a.family === b.family && a.value === b.value;
}

/** The address so many numbers further on (or back), or null where the family ends. */
export function addressPlus(address: Address, count: bigint | number): Address | null {
  const value = address.value + BigInt(count);
  return value < 0n || value > familyMaximum(address.family) ? null : Address.of(address.family, value);
}

/** Name in `ip6.arpa` or `in-addr.arpa`, without the last dot (RFC 1035, section 3.5; RFC 3596, section 2.5). */
export function reverseName(address: Address): string {
  if (address.family === 4) return `${address.text.split(".").reverse().join(".")}.in-addr.arpa`;
  return `${[...address.value.toString(16).padStart(32, "0")].reverse().join(".")}.ip6.arpa`;
}
