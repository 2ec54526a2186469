import { createHash } from "node:crypto";

import { Address, addressOf, familyBits, Prefix, prefixOf, prefixRange, RangeSet } from "@rackway/net";
import type { AddressRange } from "@rackway/net";
import type { Family, RoutingState } from "@rackway/schema";

/** A list's last number: its own end, which denies. */
export const lastSequence = 4_294_967_295;

/**
 * FRR 8.4 takes a list in quadratic time (measured: 1,000 lines 21 s, 256 lines under 1 s), so a list has no more lines than this. A list that
 * would is widened: then the route's own marks (protocol 82, metric 82, the host's own table of VIPs) keep out what is no VIP.
 */
const longestList = 256;

export interface ListEntry {
  /** Stable: follows from the block alone, so that a VIP more is a line more. */
  readonly sequence: number;
  /** `10.77.0.1/32`, or `10.77.0.8/29 ge 32`: every single address in it. */
  readonly match: string;
}

/** What a host may announce of one family, as the fewest blocks that say exactly that. By sequence. Pure. */
export function announceList(announce: RoutingState["announce"], family: Family): ListEntry[] {
  const addresses = announce.filter((entry) => entry.family === family).map(({ prefix }) => prefixOf(prefix).network);
  const bits = familyBits(family);
  for (let length = bits; ; length -= 1) {
    const blocks = blocksOf(RangeSet.of(addresses.map((address) => prefixRange(Prefix.of(address, length)))));
    if (blocks.length <= longestList) return numbered(blocks.map((block) => matchOf(block, bits)));
  }
}

function matchOf({ text, length }: Prefix, bits: number): string {
  return length === bits ? text : `${text} ge ${bits}`;
}

/** Aligned blocks (RFC 4632) that make up the ranges, largest first in each. */
function blocksOf(set: RangeSet): Prefix[] {
  return set.ranges.flatMap(blocksOfRange);
}

function blocksOfRange({ family, first, last }: AddressRange): Prefix[] {
  const bits = familyBits(family);
  const blocks: Prefix[] = [];
  let next = first.value;
  while (next <= last.value) {
    let hostBits = 0;
    const fits = (wanted: number): boolean => next % (1n << BigInt(wanted)) === 0n && next + (1n << BigInt(wanted)) - 1n <= last.value;
    while (hostBits < bits && fits(hostBits + 1)) hostBits += 1;
    blocks.push(Prefix.of(Address.of(family, next), bits - hostBits));
    next += 1n << BigInt(hostBits);
  }
  return blocks;
}

/** Numbers are a digest of the block; of two with the same one the later in order gets the next that is free. */
function numbered(matches: readonly string[]): ListEntry[] {
  const taken = new Set<number>([lastSequence]);
  const entries = matches.toSorted().map((match) => {
    let sequence = 1 + (createHash("sha256").update(match).digest().readUInt32BE(0) % (lastSequence - 1));
    while (taken.has(sequence)) sequence = (sequence % lastSequence) + 1;
    taken.add(sequence);
    return { sequence, match };
  });
  return entries.sort((one, other) => one.sequence - other.sequence);
}

/** The prefixes of one family that a host may announce, as FRR writes them. */
export function announceable(announce: RoutingState["announce"], family: Family): string[] {
  return announce
    .filter((entry) => entry.family === family)
    .map(({ prefix }) => `${addressOf(prefix.split("/")[0] ?? "").text}/${familyBits(family)}`);
}
