import { addressOf, contains, prefixOf } from "@rackway/net";
import { expect, test } from "vitest";

import { serviceBridge, serviceLink } from "./service-link.ts";

test("every namespace has addresses of its own on the bridge, none of them the host's, none with a last byte of 0, 1 or 255", () => {
  const links = Array.from({ length: 4094 }, (_, index) => serviceLink(index + 1));
  const ipv4 = new Set(links.map(({ linkIpv4 }) => linkIpv4));
  const ipv6 = new Set(links.map(({ linkIpv6 }) => linkIpv6));
  expect([ipv4.size, ipv6.size]).toEqual([4094, 4094]);
  expect([ipv4.has(serviceBridge.hostIpv4), ipv6.has(serviceBridge.hostIpv6)]).toEqual([false, false]);
  const prefixes = [prefixOf("169.254.64.0/18"), prefixOf("fd72:6b77:616e::/64")] as const;
  for (const { linkIpv4, linkIpv6 } of links) {
    expect(linkIpv4).not.toMatch(/\.(0|1|255)$/);
    expect([contains(prefixes[0], addressOf(linkIpv4)), contains(prefixes[1], addressOf(linkIpv6))]).toEqual([true, true]);
    expect(addressOf(linkIpv6).text).toBe(linkIpv6);
  }
});

test.each([0, 4095, 1.5])("%s is no index", (index) => expect(() => serviceLink(index)).toThrow(RangeError));
