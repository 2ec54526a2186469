import { describe, expect, test } from "vitest";

import { isNamedOurs, keyOf, parseFrrConfig, renderFrrBatch } from "./frr-config.ts";

const text = `Building configuration...

Current configuration:
!
frr version 8.4.4
!
key chain rw-ospf
 key 1
  key-string secret words
 exit
exit
!
interface e0
 ip ospf area 0.0.0.0
exit
!
router bgp 65001
 neighbor 10.20.1.1 remote-as external
 !
 address-family ipv4 unicast
  redistribute kernel route-map rw-anycast-4
 exit-address-family
exit
!
ip prefix-list rw-announce-4 seq 5 permit 10.77.0.1/32
ip prefix-list rw-announce-4 seq 4294967295 deny any
!
bfd
 profile rw-bfd
  transmit-interval 50
 exit
 !
exit
!
end
`;

describe("a configuration", () => {
  test("is read as lines in their sections, without what only closes one", () => {
    expect(parseFrrConfig(text).map(({ context, text: line }) => [...context, line].join(" / "))).toEqual([
      "frr version 8.4.4",
      "key chain rw-ospf",
      "key chain rw-ospf / key 1",
      "key chain rw-ospf / key 1 / key-string secret words",
      "interface e0",
      "interface e0 / ip ospf area 0.0.0.0",
      "router bgp 65001",
      "router bgp 65001 / neighbor 10.20.1.1 remote-as external",
      "router bgp 65001 / address-family ipv4 unicast",
      "router bgp 65001 / address-family ipv4 unicast / redistribute kernel route-map rw-anycast-4",
      "ip prefix-list rw-announce-4 seq 5 permit 10.77.0.1/32",
      "ip prefix-list rw-announce-4 seq 4294967295 deny any",
      "bfd",
      "bfd / profile rw-bfd",
      "bfd / profile rw-bfd / transmit-interval 50",
    ]);
  });

  test("is written as a batch that reads as the same configuration", () => {
    const lines = parseFrrConfig(text);
    expect(parseFrrConfig(renderFrrBatch(lines))).toEqual(lines);
  });

  test("of lines without their headers enters each section once in a row", () => {
    const context = ["router bgp 65001", "address-family ipv4 unicast"];
    const batch = renderFrrBatch([
      { context, text: "no redistribute kernel" },
      { context, text: "no neighbor e0 activate" },
      { context: ["router bgp 65001"], text: "no neighbor e0 interface" },
    ]);
    expect(batch).toBe(
      "router bgp 65001\n address-family ipv4 unicast\n  no redistribute kernel\n  no neighbor e0 activate\n exit-address-family\n no neighbor e0 interface\nexit\n",
    );
  });
});

describe("two lines set the same", () => {
  test.each([
    ["ip ospf cost 10", "ip ospf cost 20"],
    ["ip ospf bfd", "ip ospf bfd 3 50 50"],
    ["ip ospf message-digest-key 1 md5 a", "ip ospf message-digest-key 1 md5 b"],
    ["router bgp 65001", "router bgp 65002"],
    ["neighbor e0 interface remote-as external", "neighbor e0 remote-as 65000"],
    ["neighbor e0 route-map one in", "neighbor e0 route-map two in"],
    ["no neighbor fd00::1 activate", "neighbor fd00::1 activate"],
    ["ip protocol ospf route-map a", "ip protocol ospf route-map b"],
  ])("%s, %s", (one, other) => {
    expect(keyOf(one)).toBe(keyOf(other));
  });

  test.each([
    ["ip ospf bfd", "ip ospf bfd profile rw-bfd"],
    ["neighbor e0 route-map one in", "neighbor e0 route-map one out"],
    ["graceful-restart", "graceful-restart helper enable"],
    ["ip ospf hello-interval 1", "ipv6 ospf6 hello-interval 1"],
    ["neighbor e0 bfd", "neighbor e0 bfd profile rw-bfd"],
  ])("not %s, %s", (one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other));
  });
});

describe("by its name", () => {
  const at = (line: string, ...context: string[]): { context: string[]; text: string } => ({ context, text: line });

  test("a thing of ours and what refers to it are ours", () => {
    expect(isNamedOurs(at("key-string x", "key chain rw-ospf", "key 1"))).toBe(true);
    expect(isNamedOurs(at("redistribute kernel route-map rw-anycast-4", "router ospf"))).toBe(true);
    expect(isNamedOurs(at("ip protocol ospf route-map rw-deny"))).toBe(true);
    expect(isNamedOurs(at("ip prefix-list rw-announce-4 seq 5 permit 10.77.0.1/32"))).toBe(true);
  });

  test("an operator's line that merely has such a word in it is his", () => {
    expect(isNamedOurs(at("description rw-any", "interface rw-any"))).toBe(false);
    expect(isNamedOurs(at("neighbor 10.0.0.1 password rw-secret", "router bgp 1"))).toBe(false);
    expect(isNamedOurs(at("ip prefix-list mine seq 5 permit any"))).toBe(false);
  });
});
