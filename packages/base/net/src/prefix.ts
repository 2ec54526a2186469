import { excerpt, issue } from "@rackway/errors";

import { Address, familyBits, parseAddress } from "./address.ts";
import type { Family } from "./address.ts";
import { accepted, refused, required } from "./parsed.ts";
import type { Parsed } from "./parsed.ts";
import { AddressRange } from "./range.ts";

/** One network, immutable: its first address and how many bits all of its addresses share. In JSON it is its text. */
export class Prefix {
  readonly family: Family;
  /** The first address: all host bits zero. */
  readonly network: Address;
  readonly length: number;
  /** Canonical CIDR notation. Equal prefixes have equal text. */
  readonly text: string;

  private constructor(network: Address, length: number) {
    this.family = network.family;
    this.network = network;
    this.length = length;
    this.text = `${network.text}/${length}`;
  }

  /** The network of so many bits that an address is in. Throws `RangeError` on an impossible length. */
  static of(address: Address, length: number): Prefix {
    if (!Number.isInteger(length) || length < 0 || length > familyBits(address.family)) {
      throw new RangeError(`IPv${address.family} has no prefix length ${length}`);
    }
    const hostBits = BigInt(familyBits(address.family) - length);
    return new Prefix(Address.of(address.family, (address.value >> hostBits) << hostBits), length);
  }

  /** Number of addresses. */
  get size(): bigint {
    return 1n << BigInt(familyBits(this.family) - this.length);
  }

  /** The last address; in an IPv4 `subnet` that is the broadcast address. */
  get last(): Address {
    return Address.of(this.family, this.network.value + this.size - 1n);
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** An address as a host has it on an interface: `10.0.0.5/24`. */
export interface InterfaceAddress {
  readonly address: Address;
  readonly prefix: Prefix;
}

/** Reads a network in CIDR notation, strictly. Issues: `prefix-invalid`, `prefix-host-bits`, `address-family`. */
export function parseCidr(text: string, family?: Family): Parsed<Prefix> {
  const read = parseInterfaceAddress(text, family);
  if (!read.ok) return read;
  const { address, prefix } = read.value;
  if (address.value !== prefix.network.value) {
    return refused(issue("prefix-host-bits", { value: excerpt(text), network: prefix.text }));
  }
  return accepted(prefix);
}

/** Reads an address with its prefix length (`ip address`'s form). Issues: `prefix-invalid`, `address-family`. */
export function parseInterfaceAddress(text: string, family?: Family): Parsed<InterfaceAddress> {
  const invalid = <Value>(reason: string): Parsed<Value> => refused(issue("prefix-invalid", { value: excerpt(text), reason }));
  if (text.length > 100) return invalid("it is too long");
  const slash = text.indexOf("/");
  if (slash < 0) return invalid("it has no prefix length");
  const length = text.slice(slash + 1);
  const address = parseAddress(text.slice(0, slash), family);
  if (!address.ok) {
    // The family's own message names the fault best; the grammar's is about the part before the slash.
    if (address.issue.code === "address-family") {
      return refused(issue("address-family", { value: excerpt(text), found: family === 4 ? 6 : 4, wanted: `IPv${family ?? ""}` }));
    }
    return invalid(address.issue.message);
  }
  const bits = familyBits(address.value.family);
  if (!/^(0|[1-9]\d{0,2})$/.test(length)) return invalid(`"${excerpt(length, 20)}" is not a prefix length`);
  if (Number(length) > bits) return invalid(`the prefix length is above ${bits}`);
  return accepted({ address: address.value, prefix: Prefix.of(address.value, Number(length)) });
}

/** The prefix that a text which was accepted before stands for; throws otherwise. */
export function prefixOf(text: string, family?: Family): Prefix {
  return required(parseCidr(text, family));
}

/** `host`: one address. `point-to-point`: two, both usable (RFC 3021, RFC 6164). `subnet`: all others. */
export type PrefixKind = "host" | "point-to-point" | "subnet";

export function prefixKind(prefix: Prefix): PrefixKind {
  const hostBits = familyBits(prefix.family) - prefix.length;
  return hostBits === 0 ? "host" : hostBits === 1 ? "point-to-point" : "subnet";
}

/** True where all of `inner` (an address or a prefix) lies in `outer`. False across families. */
export function contains(outer: Prefix, inner: Address | Prefix): boolean {
  if (outer.family !== inner.family) return false;
  if (inner instanceof Prefix) return inner.length >= outer.length && contains(outer, inner.network);
  const hostBits = BigInt(familyBits(outer.family) - outer.length);
  return inner.value >> hostBits === outer.network.value >> hostBits;
}

/** True where two prefixes share an address: then one contains the other. */
export function overlaps(a: Prefix, b: Prefix): boolean {
  return contains(a, b) || contains(b, a);
}

/** The broadcast address of an IPv4 `subnet`; null elsewhere: IPv6 has none, nor have /31 and /32. */
export function broadcastAddress(prefix: Prefix): Address | null {
  return prefix.family === 4 && prefixKind(prefix) === "subnet" ? prefix.last : null;
}

/**
 * The address of the network itself: in an IPv4 `subnet` the network address, in an IPv6 one the subnet-router anycast address
 * (RFC 4291, section 2.6.1). Null for `host` and `point-to-point`, where every address is a host's.
 */
export function networkAddress(prefix: Prefix): Address | null {
  return prefixKind(prefix) === "subnet" ? prefix.network : null;
}

/** First to last address that a host may have. Never empty. */
export function usableRange(prefix: Prefix): AddressRange {
  const first = networkAddress(prefix) === null ? prefix.network.value : prefix.network.value + 1n;
  const last = broadcastAddress(prefix) === null ? prefix.last.value : prefix.last.value - 1n;
  return AddressRange.of(Address.of(prefix.family, first), Address.of(prefix.family, last));
}

/** All addresses, the network and broadcast addresses too. */
export function prefixRange(prefix: Prefix): AddressRange {
  return AddressRange.of(prefix.network, prefix.last);
}

/** Order: IPv4 before IPv6, then by network, then the wider one first. For `sort`. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.network.value !== b.network.value) return a.network.value < b.network.value ? -1 : 1;
  return a.length - b.length;
}

/** The netmask of an IPv4 prefix length, for what still wants one: 24 is 255.255.255.0. */
export function netmask(prefix: Prefix): Address {
  const hostBits = BigInt(familyBits(prefix.family) - prefix.length);
  const all = (1n << BigInt(familyBits(prefix.family))) - 1n;
  return Address.of(prefix.family, (all >> hostBits) << hostBits);
}
