import { describe, expect, test } from "vitest";
import { setUpstreams, type UpstreamLists } from "./edit-router.ts";
import { readDnsUpstream, readNtpUpstream } from "./upstream-words.ts";

/** The document with `text` as what its one router has beside its name. */
const routerWith = (text: string): string => `# the truth
spec:
  virtualRouters:
    # the way out
    - name: vr-a
${text}
  vips: []   # none yet
`;

function edit(text: string, lists: UpstreamLists): string {
  const [file] = setUpstreams([{ name: "dc1.yaml", text }], "vr-a", lists) ?? [];
  if (file === undefined) throw new Error("no such router");
  return file.text;
}

describe("other upstreams", () => {
  test.each([
    [
      "a list in brackets",
      "      dns: { upstreams: [ 192.0.2.1,\n        192.0.2.2 ], dnssec: true } # ours",
      "      dns: { upstreams: [192.0.2.9], dnssec: true } # ours",
    ],
    [
      "a list of lines, whose comments go with what they were about",
      "      dns:\n        dnssec: true\n        upstreams:\n          - 192.0.2.1 # first\n          - { address: 192.0.2.2, tls: a.example } # second\n        # of ours\n        localDomains: []",
      "      dns:\n        dnssec: true\n        upstreams:\n          - 192.0.2.9\n        # of ours\n        localDomains: []",
    ],
    [
      "a list that is not indented",
      "      dns:\n        upstreams:\n        - 192.0.2.1",
      "      dns:\n        upstreams:\n        - 192.0.2.9",
    ],
    ["an explicit key", "      dns:\n        ? upstreams\n        : [192.0.2.1]", "      dns:\n        ? upstreams\n        : [192.0.2.9]"],
    [
      "no name service yet",
      "      nat: { ipv4: snat } # by us",
      "      nat: { ipv4: snat } # by us\n      dns: { upstreams: [192.0.2.9] }",
    ],
    [
      "a key without a value last",
      "      rack: a\n      publicVip:",
      "      rack: a\n      publicVip:\n      dns: { upstreams: [192.0.2.9] }",
    ],
  ])("in the place of %s; all else stays as it was written", (_, before, after) => {
    expect(edit(routerWith(before), { dns: ["192.0.2.9"] })).toBe(routerWith(after));
  });

  test("of both services at once, with lines that end as the file's do", () => {
    const before = routerWith("      dns:\n        upstreams:\n          - 192.0.2.1\n      rack: a").replaceAll("\n", "\r\n");
    const after = routerWith(
      '      dns:\n        upstreams:\n          - "2001:db8::1"\n          - 192.0.2.9\n      rack: a\n      ntp: { upstreams: [time.example] }',
    ).replaceAll("\n", "\r\n");
    expect(edit(before, { dns: ["2001:db8::1", "192.0.2.9"], ntp: ["time.example"] })).toBe(after);
  });

  test("in a router within braces, in the second document of the second file, and a file of JSON stays JSON", () => {
    const other = { name: "a.yaml", text: "spec: { virtualRouters: [{ name: vr-b, dns: { upstreams: [192.0.2.1] } }] }\n" };
    const text = "spec: {}\n---\nspec: { virtualRouters: [{ name: vr-a, rack: a, }] }\n";
    expect(setUpstreams([other, { name: "b.yaml", text }], "vr-a", { ntp: ["192.0.2.3"] })).toEqual([
      other,
      { name: "b.yaml", text: text.replace("rack: a, }", "rack: a, ntp: { upstreams: [192.0.2.3] }, }") },
    ]);
    const json = '{"spec": {"virtualRouters": [{"name": "vr-a", "dns": {"upstreams": ["192.0.2.1"]}}]}}';
    expect(JSON.parse(edit(json, { dns: ["192.0.2.9"], ntp: ["time.example"] }))).toEqual({
      spec: { virtualRouters: [{ name: "vr-a", dns: { upstreams: ["192.0.2.9"] }, ntp: { upstreams: ["time.example"] } }] },
    });
  });

  test("that are anything but an address are text all the same, and break out of nothing", () => {
    const hostile = ["] }, evil: {", "# gone", "12", "true", "null", "a: b", 'say "x"', "", "ein\nzeiler", "&a", "*a", "!!int 3"];
    const edited = edit(routerWith("      dns: { upstreams: [192.0.2.1] }"), { dns: hostile });
    expect(edited.split("\n")).toHaveLength(8);
    expect(edited).toContain("vips: []   # none yet");
  });

  test("of a router that is in no file", () => expect(setUpstreams([{ name: "a.yaml", text: routerWith("") }], "vr-x", {})).toBeNull());
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["tls://192.0.2.1#dns.example", { address: "192.0.2.1", tls: "dns.example" }],
  ["tls://192.0.2.1:8853#dns.example", { address: "192.0.2.1", tls: "dns.example", port: 8853 }],
  ["tls://2001:db8::1#dns.example", { address: "2001:db8::1", tls: "dns.example" }],
  ["tls://[2001:db8::1]#dns.example", { address: "2001:db8::1", tls: "dns.example" }],
  ["tls://[2001:db8::1]:8853#dns.example", { address: "2001:db8::1", tls: "dns.example", port: 8853 }],
  ["tls://192.0.2.1:dns#dns.example", { address: "192.0.2.1", tls: "dns.example", port: "dns" }],
  // What is missing, the server misses.
  ["tls://192.0.2.1", { address: "192.0.2.1" }],
  ["tls://", { address: "" }],
])("%s is the name server %j of a document", (text, upstream) => expect(readDnsUpstream(text)).toEqual(upstream));

test("a time server is an address, a name, or one with authenticated time", () => {
  expect(["192.0.2.1", "nts://time.example"].map(readNtpUpstream)).toEqual(["192.0.2.1", { server: "time.example", nts: true }]);
});
