import { describe, expect, test } from "vitest";

import { withoutForgotten } from "./forgotten-lines.ts";
import { parseFrrConfig } from "./frr-config.ts";

const lists = `ip prefix-list rw-announce-4 seq 5 permit 10.77.0.1/32
ip prefix-list theirs seq 5 permit 10.0.0.0/8
`;
const map = `route-map rw-anycast-4 permit 10
 match ip address prefix-list rw-announce-4
 set tag 82
exit
`;
const ospf = `router ospf
 redistribute kernel route-map rw-anycast-4
exit
`;
const all = parseFrrConfig(ospf + lists + map);
const texts = (daemons: readonly string[]): string[] => withoutForgotten(all, daemons.map(parseFrrConfig)).map(({ text }) => text);

describe("what a daemon has forgotten", () => {
  test("is nothing while each has all lists and route maps, whatever it shows of what is in them", () => {
    expect(texts([lists + map, ospf + lists + map, `${lists}route-map rw-anycast-4 permit 10\n set tag 82\n`])).toHaveLength(all.length);
  });

  test("is all of ours, and nothing of others', where one was started anew", () => {
    expect(texts([lists + map, ospf])).toEqual([
      "router ospf",
      "redistribute kernel route-map rw-anycast-4",
      "ip prefix-list theirs seq 5 permit 10.0.0.0/8",
    ]);
  });

  test("is one entry, where one has only the others", () => {
    expect(texts([lists + map, ospf + map])).not.toContain("ip prefix-list rw-announce-4 seq 5 permit 10.77.0.1/32");
    expect(texts([lists + map, ospf + map])).toContain("set tag 82");
  });
});
