import { isIP } from "node:net";

import fc from "fast-check";
import { IPv4, IPv6 } from "ip-num";
import { describe, expect, test } from "vitest";

import { addressKind, isAssignable } from "./address-kind.ts";
import { Address, addressOf, addressPlus, addressesEqual, compareAddresses, familyMaximum, parseAddress, reverseName } from "./address.ts";

const ipv4 = fc.bigInt({ min: 0n, max: familyMaximum(4) }).map((value) => Address.of(4, value));
const mapped = 0xffffn;
const ipv6 = fc
  // Many zero groups, so that every form of "::" occurs.
  .array(fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(0xffff) }), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n))
  .filter((value) => value >> 32n !== mapped)
  .map((value) => Address.of(6, value));
const address = fc.oneof(ipv4, ipv6);

/** Text that is nearly an address. */
const nearlyAddress = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."0123456789abcdefABCDEF:::...%/x "), maxLength: 45 }),
  fc
    .array(fc.oneof(fc.nat(300).map(String), fc.constantFrom("00", "01", "", "1a", "+1", "1e1")), { maxLength: 6 })
    .map((parts) => parts.join(".")),
  fc
    .array(
      fc.oneof(
        fc.nat(0x1ffff).map((group) => group.toString(16)),
        fc.constantFrom("", "", "0", "1.2.3.4"),
      ),
      { maxLength: 10 },
    )
    .map((parts) => parts.join(":")),
);

describe("parseAddress", () => {
  test("takes exactly what inet_pton takes, less zone ids and IPv4-mapped addresses", () => {
    const accepts = (text: string): boolean => isIP(text) !== 0 && !text.includes("%") && !isMapped(text);
    fc.assert(
      fc.property(fc.oneof(nearlyAddress, address.map(String), fc.string()), (text) => {
        const parsed = parseAddress(text);
        expect(parsed.ok, text).toBe(accepts(text));
        if (parsed.ok) expect(parsed.value.family).toBe(isIP(text));
      }),
      { numRuns: 5000 },
    );
  });

  test("reads the number that ip-num reads, from any spelling of it", () => {
    fc.assert(fc.property(ipv4, ({ value, text }) => void expect(new IPv4(text).getValue()).toBe(value)));
    fc.assert(
      fc.property(ipv6, ({ value, text }) => {
        const spelled = new IPv6(value).toString();
        for (const spelling of [spelled, spelled.toUpperCase(), text, text.toUpperCase()]) expect(addressOf(spelling).value).toBe(value);
        expect(new IPv6(text).getValue()).toBe(value);
      }),
    );
  });

  test("gives every address one text, which reads back as that address", () => {
    fc.assert(fc.property(address, (found) => void expect(addressesEqual(addressOf(found.text), found)).toBe(true)));
    fc.assert(fc.property(address, address, (a, b) => void expect(a.text === b.text).toBe(addressesEqual(a, b))));
  });

  test.each([
    ["2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"], // the first of two equal runs
    ["2001:db8:0:0:1:0:0:0", "2001:db8:0:0:1::"], // the longest run
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"], // one group is not shortened
    ["0:0:0:0:0:0:0:0", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["64:ff9b::192.0.2.1", "64:ff9b::c000:201"],
    ["FD00:10:1::A", "fd00:10:1::a"],
  ])("writes %s as %s (RFC 5952)", (text, canonical) => expect(addressOf(text).text).toBe(canonical));

  test.each([
    ["010.0.0.1", "begins with a zero"],
    ["10.0.0.256", "above 255"],
    ["10.0.0", "3 parts instead of 4"],
    ["10..0.1", "a part is empty"],
    ["1", "neither dots nor colons"],
    ["", "empty"],
    [" 10.0.0.1", "white space"],
    ["10.0.0.1/24", "only the address belongs here"],
    ["fe80::1%eth0", "zone id"],
    ["::ffff:192.0.2.1", "write 192.0.2.1"],
    ["::ffff:c000:201", "write 192.0.2.1"],
    ["1::2::3", "more than once"],
    ["1:2:3", "3 groups instead of 8"],
    ["1:2:3:4:5:6:7::8", null],
    ["1:2:3:4:5:6:7:8::", "8 groups beside"],
    ["12345::", "more than 4 digits"],
    ["g::", "not a hexadecimal number"],
    ["[::1]", "in brackets"],
    [":1::", "a group is empty"],
    ["1.2.3.4::", null],
    ["x".repeat(1e6), "too long"],
  ])("says of %.30s: %s", (text, reason) => {
    const parsed = parseAddress(text);
    if (reason === null) expect(parsed.ok).toBe(isIP(text) !== 0);
    else
      expect(parsed).toMatchObject({ ok: false, issue: { code: "address-invalid", message: expect.stringContaining(reason) as string } });
  });

  test("of one family only refuses the other by name", () => {
    expect(parseAddress("::1", 4)).toMatchObject({
      ok: false,
      issue: { code: "address-family", message: '"::1" is IPv6, but IPv4 is needed here' },
    });
    expect(parseAddress("10.0.0.1", 4).ok).toBe(true);
  });
});

describe("addresses", () => {
  test("are ordered by family, then number", () => {
    const sorted = ["::1", "10.0.0.10", "10.0.0.9", "::"].map((text) => addressOf(text)).sort(compareAddresses);
    expect(sorted.map(String)).toEqual(["10.0.0.9", "10.0.0.10", "::", "::1"]);
  });

  test("end where their family ends", () => {
    expect(addressPlus(addressOf("255.255.255.255"), 1)).toBeNull();
    expect(addressPlus(addressOf("::"), -1)).toBeNull();
    expect(addressPlus(addressOf("10.0.0.255"), 1)?.text).toBe("10.0.1.0");
    expect(() => Address.of(4, 1n << 32n)).toThrow(RangeError);
    expect(() => addressOf("nonsense")).toThrow('"nonsense" is not an IP address');
  });

  test("are their text in JSON and in templates: a bigint would throw", () => {
    fc.assert(fc.property(address, (found) => void expect(JSON.stringify({ found })).toBe(`{"found":"${found.text}"}`)));
    expect(String(addressOf("10.0.0.1"))).toBe("10.0.0.1");
  });

  test("have names for reverse lookup", () => {
    expect(reverseName(addressOf("192.0.2.1"))).toBe("1.2.0.192.in-addr.arpa");
    expect(reverseName(addressOf("2001:db8::1"))).toBe(`1.${"0.".repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`);
  });

  test.each([
    ["0.0.0.0", "unspecified"],
    ["0.1.2.3", "reserved"],
    ["127.0.0.1", "loopback"],
    ["169.254.1.1", "link-local"],
    ["224.0.0.5", "multicast"],
    ["240.0.0.1", "reserved"],
    ["255.255.255.255", "broadcast"],
    ["10.0.0.1", "unicast"],
    ["100.64.0.1", "unicast"],
    ["203.0.113.1", "unicast"],
    ["::", "unspecified"],
    ["::1", "loopback"],
    ["::2", "reserved"],
    ["fe80::1", "link-local"],
    ["ff02::1", "multicast"],
    ["fd00::1", "unicast"],
    ["2001:db8::1", "unicast"],
    ["64:ff9b::1", "unicast"],
    ["64:ff9b:1::1", "unicast"],
    ["64:ff9c::1", "reserved"],
  ])("%s is %s", (text, kind) => {
    expect(addressKind(addressOf(text))).toBe(kind);
    expect(isAssignable(addressOf(text))).toBe(kind === "unicast");
  });
});

/** By Node's own reading: no regular expression that could share a mistake with the parser. */
function isMapped(text: string): boolean {
  if (isIP(text) !== 6) return false;
  return (
    new URL(`http://[${text.replace(/%.*/, "")}]/`).hostname.startsWith("[::ffff:") && new IPv6(expand(text)).getValue() >> 32n === mapped
  );
}

/** The form without dots that ip-num wants, made by the URL parser. */
function expand(text: string): string {
  return new URL(`http://[${text.replace(/%.*/, "")}]/`).hostname.slice(1, -1);
}
