import { BlockList } from "node:net";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { Address, addressOf, familyBits, familyMaximum } from "./address.ts";
import type { Family } from "./address.ts";
import {
  Prefix,
  broadcastAddress,
  comparePrefixes,
  contains,
  netmask,
  networkAddress,
  overlaps,
  parseCidr,
  parseInterfaceAddress,
  prefixKind,
  prefixOf,
  prefixRange,
  usableRange,
} from "./prefix.ts";
import { rangeContains, rangesOverlap } from "./range.ts";

const prefixIn = (family: Family) =>
  fc
    .record({ value: fc.bigInt({ min: 0n, max: familyMaximum(family) }), length: fc.integer({ min: 0, max: familyBits(family) }) })
    .map(({ value, length }) => Prefix.of(Address.of(family, value), length));
const prefix = fc.oneof(prefixIn(4), prefixIn(6));
/** Two prefixes that have a fair chance to overlap. */
const pair = fc.tuple(prefix, fc.nat(128), fc.bigInt({ min: -2n, max: 2n })).map(([first, length, step]) => {
  const value = first.network.value + step * first.size;
  const inside = value < 0n || value > familyMaximum(first.family) ? first.network.value : value;
  return [first, Prefix.of(Address.of(first.family, inside), Math.min(length, familyBits(first.family)))] as const;
});

describe("parseCidr", () => {
  test("reads back what it wrote", () => {
    fc.assert(
      fc.property(prefix, (found) => {
        if (found.family === 6 && found.network.value >> 32n === 0xffffn) return;
        expect(prefixOf(found.text)).toEqual(found);
      }),
    );
  });

  test.each([
    ["10.0.0.0", "prefix-invalid", "no prefix length"],
    ["10.0.0.0/", "prefix-invalid", '"" is not a prefix length'],
    ["10.0.0.0/08", "prefix-invalid", "not a prefix length"],
    ["10.0.0.0/33", "prefix-invalid", "above 32"],
    ["::/129", "prefix-invalid", "above 128"],
    ["10.0.0.0/255.0.0.0", "prefix-invalid", "not a prefix length"],
    ["10.0.0/8", "prefix-invalid", "3 parts instead of 4"],
    ["10.0.0.0/8/8", "prefix-invalid", "not a prefix length"],
    ["10.0.0.5/24", "prefix-host-bits", "an address within a network"],
    ["fe80::%eth0/64", "prefix-invalid", "zone id"],
  ])("refuses %s: %s", (text, code, reason) => {
    expect(parseCidr(text)).toMatchObject({ ok: false, issue: { code, message: expect.stringContaining(reason) as string } });
  });

  test("names the network that was probably meant", () => {
    expect(parseCidr("10.0.0.5/24")).toMatchObject({ ok: false, issue: { hint: "Did you mean 10.0.0.0/24?" } });
  });

  test("of the wrong family names the whole text", () => {
    expect(parseCidr("10.0.0.0/8", 6)).toMatchObject({ ok: false, issue: { message: '"10.0.0.0/8" is IPv4, but IPv6 is needed here' } });
  });

  test("never throws", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.tuple(fc.ipV4(), fc.string()).map(([a, b]) => `${a}/${b}`),
        ),
        (text) => void parseCidr(text),
      ),
    );
  });

  test("keeps the address of an interface apart from its network", () => {
    const parsed = parseInterfaceAddress("10.0.0.5/24");
    expect(parsed.ok && [parsed.value.address.text, parsed.value.prefix.text]).toEqual(["10.0.0.5", "10.0.0.0/24"]);
  });
});

describe("prefixes", () => {
  test("contain what Node's BlockList says, and their own edges", () => {
    fc.assert(
      fc.property(pair, ([outer, inner]) => {
        const list = new BlockList();
        const type = outer.family === 4 ? "ipv4" : "ipv6";
        // BlockList cannot mask by zero bits.
        if (outer.length > 0) {
          list.addSubnet(outer.network.text, outer.length, type);
          expect(contains(outer, inner.network)).toBe(list.check(inner.network.text, type));
        }
        expect(contains(outer, outer.network) && contains(outer, outer.last) && contains(outer, outer)).toBe(true);
      }),
    );
  });

  test("overlap where their ranges do, and contain where their ranges do", () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        expect(overlaps(a, b)).toBe(rangesOverlap(prefixRange(a), prefixRange(b)));
        expect(overlaps(a, b)).toBe(overlaps(b, a));
        expect(contains(a, b)).toBe(rangeContains(prefixRange(a), prefixRange(b)));
      }),
    );
  });

  test("of two families have nothing in common", () => {
    expect(overlaps(prefixOf("0.0.0.0/0"), prefixOf("::/0"))).toBe(false);
    expect(contains(prefixOf("::/0"), addressOf("10.0.0.1"))).toBe(false);
  });

  test.each([
    ["10.0.0.0/24", "subnet", "10.0.0.0", "10.0.0.255", "10.0.0.1-10.0.0.254"],
    ["10.0.0.0/30", "subnet", "10.0.0.0", "10.0.0.3", "10.0.0.1-10.0.0.2"],
    ["10.0.0.2/31", "point-to-point", null, null, "10.0.0.2-10.0.0.3"], // RFC 3021
    ["10.0.0.1/32", "host", null, null, "10.0.0.1"],
    ["2001:db8::/64", "subnet", "2001:db8::", null, "2001:db8::1-2001:db8::ffff:ffff:ffff:ffff"],
    ["2001:db8::2/127", "point-to-point", null, null, "2001:db8::2-2001:db8::3"], // RFC 6164
    ["2001:db8::1/128", "host", null, null, "2001:db8::1"],
    ["0.0.0.0/0", "subnet", "0.0.0.0", "255.255.255.255", "0.0.0.1-255.255.255.254"],
  ])("%s is a %s", (text, kind, network, broadcast, usable) => {
    const found = prefixOf(text);
    expect(prefixKind(found)).toBe(kind);
    expect(networkAddress(found)?.text ?? null).toBe(network);
    expect(broadcastAddress(found)?.text ?? null).toBe(broadcast);
    expect(usableRange(found).text).toBe(usable);
  });

  test("have masks, sizes and an order", () => {
    expect(netmask(prefixOf("10.0.0.0/20")).text).toBe("255.255.240.0");
    expect(netmask(prefixOf("0.0.0.0/0")).text).toBe("0.0.0.0");
    expect(prefixOf("::/0").size).toBe(1n << 128n);
    const sorted = ["::/0", "10.0.0.0/24", "10.0.0.0/8", "9.0.0.0/8"].map((text) => prefixOf(text)).sort(comparePrefixes);
    expect(JSON.stringify(sorted)).toBe('["9.0.0.0/8","10.0.0.0/8","10.0.0.0/24","::/0"]');
    expect(() => Prefix.of(addressOf("10.0.0.0"), 33)).toThrow(RangeError);
  });
});
