import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Address, addressOf } from "./address.ts";
import { prefixOf, usableRange } from "./prefix.ts";
import { RangeSet } from "./range-set.ts";
import { AddressRange, compareRanges, parseRange, rangeContains, rangeOf, rangesOverlap } from "./range.ts";

/** Small numbers at both ends of both families, so that sets of JavaScript's own can be the oracle. */
const bases = [
  { family: 4, base: 0n },
  { family: 4, base: (1n << 32n) - 64n },
  { family: 6, base: 0n },
  { family: 6, base: (1n << 128n) - 64n },
] as const;
const range = fc.tuple(fc.constantFrom(...bases), fc.nat(63), fc.nat(63)).map(([{ family, base }, a, b]) => {
  const [first, last] = a < b ? [a, b] : [b, a];
  return AddressRange.of(Address.of(family, base + BigInt(first)), Address.of(family, base + BigInt(last)));
});
const ranges = fc.array(range, { maxLength: 8 });

/** Every address as `family/number`, the slow way. */
function listed(members: readonly AddressRange[]): Set<string> {
  const all = new Set<string>();
  for (const { family, first, last } of members) for (let value = first.value; value <= last.value; value++) all.add(`${family}/${value}`);
  return all;
}

const both = (a: Set<string>, b: Set<string>): Set<string> => new Set([...a].filter((key) => b.has(key)));
const only = (a: Set<string>, b: Set<string>): Set<string> => new Set([...a].filter((key) => !b.has(key)));

const keys = (set: RangeSet): string[] => [...set].map(({ family, value }) => `${family}/${value}`);

function take(set: RangeSet, count: number): Address[] {
  const taken: Address[] = [];
  for (const address of set) if (taken.push(address) === count) break;
  return taken;
}

describe("parseRange", () => {
  test.each([
    ["10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9"],
    ["10.0.0.1 - 10.0.0.9", "10.0.0.1-10.0.0.9"],
    ["10.0.0.1", "10.0.0.1"],
    ["10.0.0.1-10.0.0.1", "10.0.0.1"],
    ["FD00::1-fd00::F", "fd00::1-fd00::f"],
  ])("reads %s as %s", (text, canonical) => expect(rangeOf(text).text).toBe(canonical));

  test.each([
    ["10.0.0.9-10.0.0.1", "did you mean 10.0.0.1-10.0.0.9?"],
    ["10.0.0.1-::1", "two families"],
    ["10.0.0.1-9", "neither dots nor colons"],
    ["10.0.0.1-10.0.0.2-10.0.0.3", "more than one hyphen"],
    ["-", "it is empty"],
    ["10.0.0.0/24", "only the address belongs here"],
    ["x".repeat(1e6), "too long"],
  ])("refuses %.30s: %s", (text, reason) => {
    expect(parseRange(text)).toMatchObject({
      ok: false,
      issue: { code: "range-invalid", message: expect.stringContaining(reason) as string },
    });
  });

  test("of the wrong family says so", () =>
    expect(parseRange("::1-::2", 4)).toMatchObject({ ok: false, issue: { code: "address-family" } }));

  test("never throws", () => fc.assert(fc.property(fc.string(), (text) => void parseRange(text))));
});

describe("ranges", () => {
  test("contain and overlap as their members do", () => {
    fc.assert(
      fc.property(range, range, (a, b) => {
        const [left, right] = [listed([a]), listed([b])];
        expect(rangesOverlap(a, b)).toBe(both(left, right).size > 0);
        expect(rangeContains(a, b)).toBe(only(right, left).size === 0);
        expect(rangeContains(a, b.first)).toBe([...right].slice(0, 1).every((key) => left.has(key)));
        expect(Math.sign(compareRanges(a, b))).toBe(-Math.sign(compareRanges(b, a)) + 0);
      }),
    );
  });
});

describe("range sets", () => {
  test("hold what was put in, once, in order, in the fewest ranges", () => {
    fc.assert(
      fc.property(ranges, (members) => {
        const set = RangeSet.of(members);
        expect(new Set(keys(set))).toEqual(listed(members));
        expect(set.size).toBe(BigInt(listed(members).size));
        for (const [index, next] of set.ranges.slice(1).entries()) {
          const before = set.ranges[index];
          expect(before !== undefined && (before.family < next.family || before.last.value + 1n < next.first.value)).toBe(true);
        }
      }),
    );
  });

  test("subtract, intersect and unite as sets do", () => {
    fc.assert(
      fc.property(ranges, ranges, (a, b) => {
        const [left, right] = [RangeSet.of(a), RangeSet.of(b)];
        expect(new Set(keys(left.subtract(right)))).toEqual(only(listed(a), listed(b)));
        expect(new Set(keys(left.intersect(right)))).toEqual(both(listed(a), listed(b)));
        expect(new Set(keys(left.union(right)))).toEqual(new Set([...listed(a), ...listed(b)]));
      }),
    );
  });

  test("know their members and the first one", () => {
    fc.assert(
      fc.property(ranges, range, (members, other) => {
        const set = RangeSet.of(members);
        expect(set.has(other.first)).toBe(listed(members).has(`${other.family}/${other.first.value}`));
        const first = set.first;
        expect(first === null ? undefined : `${first.family}/${first.value}`).toBe(keys(set)[0]);
        expect(set.isEmpty).toBe(first === null);
      }),
    );
  });

  test("give the first free address of a /64 at once, and only as many as are taken", () => {
    const all = RangeSet.of([usableRange(prefixOf("fd00::/64"))]);
    const taken = RangeSet.of(["fd00::1", "fd00::2", "fd00::4"].map((text) => addressOf(text)));
    const free = all.subtract(taken);
    expect(free.first?.text).toBe("fd00::3");
    expect(free.size).toBe((1n << 64n) - 4n);
    expect(take(free, 3).map(String)).toEqual(["fd00::3", "fd00::5", "fd00::6"]);
  });

  test("show themselves as text", () => {
    expect(String(RangeSet.of([rangeOf("10.0.0.1-10.0.0.2"), addressOf("10.0.0.3"), addressOf("::1")]))).toBe("10.0.0.1-10.0.0.3, ::1");
    expect(JSON.stringify(RangeSet.empty)).toBe("[]");
  });
});
