import { describe, expect, it } from "vitest";

import { parseHeld } from "./held-file.ts";

const text = `mode anycast
bridge rw-any
via 4 10.88.0.2
via 6
check 0 500 200 2 3 6 0 http 8080 /health -
check 1 1000 300 1 2 4 1 dns 53 probe.example AAAA
vip web 192.0.2.1,2001:db8::1 0
vip resolver 192.0.2.2 1
vip plain 192.0.2.3 -
`;

describe("the file held", () => {
  it("says of each address how it is asked; a VIP without a check has none", () => {
    const held = parseHeld(text);
    const terms = { intervalMs: 500, timeoutMs: 200, rise: 2, fall: 3, maxChangesPerMinute: 6, withdrawLast: false };
    const web = { ...terms, check: { kind: "http", port: 8080, path: "/health", host: null } };
    expect(held).toMatchObject({ mode: "anycast", bridge: "rw-any", via: { 4: "10.88.0.2", 6: null } });
    expect(held?.addresses.slice(0, 2)).toEqual([
      { vip: "web", family: 4, address: "192.0.2.1", terms: web },
      { vip: "web", family: 6, address: "2001:db8::1", terms: web },
    ]);
    expect(held?.addresses[2]?.terms).toMatchObject({ withdrawLast: true, check: { kind: "dns", type: "AAAA" } });
    expect(held?.addresses[3]).toEqual({ vip: "plain", family: 4, address: "192.0.2.3", terms: null });
  });

  it.each([
    ["tcp 5432", { kind: "tcp", port: 5432 }],
    ["https 443 / www.example 1", { kind: "https", port: 443, path: "/", host: "www.example", verify: true }],
    ["ntp 123 4", { kind: "ntp", port: 123, maxStratum: 4 }],
    ["command api-answers", { kind: "command", name: "api-answers" }],
    [
      "dns 53 dc1.internal SOA + ntp 123 9",
      {
        kind: "each",
        questions: [
          { kind: "dns", port: 53, name: "dc1.internal", type: "SOA" },
          { kind: "ntp", port: 123, maxStratum: 9 },
        ],
      },
    ],
  ])("knows the question %s", (words, check) => {
    const held = parseHeld(text.replace("http 8080 /health -", words));
    expect(held?.addresses[0]?.terms?.check).toEqual(check);
  });

  it.each([
    ["another mode", text.replace("anycast", "manycast")],
    ["no bridge", text.replace("bridge rw-any\n", "")],
    ["a question that this version does not know", text.replace("http 8080", "grpc 8080")],
    ["one of several questions not known", text.replace("http 8080 /health -", "tcp 80 + grpc 8080")],
    ["a port that is none", text.replace("http 8080", "http 80800")],
    ["a check that is not there", text.replace("192.0.2.2 1", "192.0.2.2 7")],
    ["an interval of nothing", text.replace("500 200", "0 200")],
  ])("with %s it is not understood, rather than half", (_, broken) => {
    expect(parseHeld(broken)).toBeNull();
  });
});
