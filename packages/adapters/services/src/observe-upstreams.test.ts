import { describe, expect, it } from "vitest";

import { isEachDead, isNoneReached } from "./observe-upstreams.ts";

/** As unbound 1.17.1 writes them. */
const well =
  "198.51.100.53@853 . ttl 60 ping 5 var 10 rtt 50 rto 50 tA 0 tAAAA 0 tother 0 ednsknown 0 edns 0 delay 0 lame dnssec 0 rec 0 A 0 other 0\n";
const dead =
  "2001:db8:100::53@853 . ttl 12 ping 0 var 94 rtt 376 rto 24064 tA 3 tAAAA 0 tother 0 ednsknown 0 edns 0 delay 14 lame dnssec 0 rec 0 A 0 other 0\n";

describe("name servers are silent", () => {
  it.each([
    ["when each has been asked in vain", dead, true],
    ["not while one answers", `${dead}${well}`, false],
    ["not when nobody was asked", "", false],
    ["not by what is known of a local domain's", dead.replace(" . ", " corp.example. "), false],
    ["not by what was known more than a minute ago", "198.51.100.53 . expired, rto 24064 tA 3 tAAAA 0 tother 0\n", false],
  ])("%s", (_, infra, silent) => expect(isEachDead(infra)).toBe(silent));
});

describe("time servers are silent", () => {
  const peer = "^,*,fd72:6b77:7379:1::2,3,6,377,12,0.1,0.1,0.1\n";
  const silent = "^,?,198.51.100.123,0,5,0,4294967295,0.000000000,0.000000000,0.000000000\n";
  it.each([
    ["when none has answered, whatever the other controllers say", `${silent}${peer}`, true],
    ["also one whose name is not known yet", `^,?,ID#0000000001,0,0,0,4294967295,0.0,0.0,0.0\n${peer}`, true],
    ["not while one answers", `${silent}^,-,2001:db8:100::123,2,4,40,80,0.1,0.1,0.1\n`, false],
  ])("%s", (_, sources, expected) => expect(isNoneReached(sources)).toBe(expected));
});
