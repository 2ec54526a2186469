import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { interfaceNameOf, parseInterfaceName } from "./interface-name.ts";
import { isMulticastMac, localMac, parseMac } from "./mac-address.ts";

describe("MAC addresses", () => {
  test.each([
    ["52:54:00:AB:cd:ef", "52:54:00:ab:cd:ef"],
    ["52-54-00-AB-CD-EF", "52:54:00:ab:cd:ef"],
  ])("%s is %s", (text, canonical) => expect(parseMac(text)).toEqual({ ok: true, value: canonical }));

  test.each(["", "52:54:00:ab:cd", "52:54:00:ab:cd:e", "52:54:00:ab:cd-ef", "525400abcdef", "52:54:00:ab:cd:ef:00", "5g:54:00:ab:cd:ef"])(
    "%s is none",
    (text) => expect(parseMac(text)).toMatchObject({ ok: false, issue: { code: "mac-invalid" } }),
  );

  test("that we make are nobody's and no group's", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 40n) - 1n }), (number) => {
        const mac = localMac(number);
        expect(parseMac(mac)).toEqual({ ok: true, value: mac });
        expect(isMulticastMac(mac)).toBe(false);
      }),
    );
    expect(() => localMac(1n << 40n)).toThrow(RangeError);
    expect(isMulticastMac(localMac(0n).replace("02", "03") as never)).toBe(true);
  });
});

describe("interface names", () => {
  test.each(["eth0", "br-mgmt", "a", "fifteen-letters", "eth0.100", "rw-vr-a", "_", "9.4"])("%s is one", (text) =>
    expect(parseInterfaceName(text)).toEqual({ ok: true, value: text }),
  );

  test.each([
    ["", "empty"],
    ["sixteen-letters-", "16 characters"],
    [".", "directory"],
    ["..", "directory"],
    ["a/b", '"/"'],
    ["eth0:1", '":"'],
    ["eth%d", '"%"'],
    ["a;b", '";"'],
    ["$a", '"$"'],
    ["a'b", '"\'"'],
    ["a b", "white space"],
    ["a\tb", "white space"],
    ["é", '"é"'],
    ["-eth0", "hyphen"],
  ])("%j is none: %s", (text, reason) => {
    expect(parseInterfaceName(text)).toMatchObject({ ok: false, issue: { message: expect.stringContaining(reason) as string } });
  });

  test("that were never accepted throw", () => expect(() => interfaceNameOf("a b")).toThrow("not a valid interface name"));
});
