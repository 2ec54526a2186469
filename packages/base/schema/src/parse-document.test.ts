import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { renderIssue } from "@rackway/errors";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse as parseYaml, stringify } from "yaml";

import { parseDocument } from "./parse-document.ts";
import type { ParsedDocument } from "./parse-document.ts";

const examples = path.resolve(import.meta.dirname, "../../../../examples");
const example = readFileSync(path.join(examples, "default-lab.yaml"), "utf8");
const small = readFileSync(path.join(examples, "minimal.yaml"), "utf8");

const read = (...texts: string[]): ParsedDocument => parseDocument(texts.map((text, index) => ({ name: `${index}.yaml`, text })));
const faults = (...texts: string[]): string[] => {
  const parsed = read(...texts);
  return parsed.ok ? [] : parsed.issues.map(renderIssue);
};

const head = "apiVersion: rackway/v1\nkind: Cluster\nmetadata: { name: dc1 }\nspec:\n";
const rack = (name: string, more = ""): string =>
  `    - name: ${name}\n      networks: [{ name: management, bridge: br-mgmt, ipv4: { cidr: 10.0.0.0/24 }${more} }]\n`;

describe("parseDocument", () => {
  test.each(readdirSync(examples).filter((name) => name.endsWith(".yaml")))("reads examples/%s", (name) => {
    expect(faults(readFileSync(path.join(examples, name), "utf8"))).toEqual([]);
  });

  test.each(["123456", '"hunter2\\u0007"', "[hunter2]"])("does not repeat a secret that is where none belongs: %s", (value) => {
    const cluster = `  pacemaker:\n    - { name: p, racks: [rack-a], fencing: [{ agent: fence_ipmilan, parameters: { passwd: ${value} } }] }\n`;
    const found = faults(`${head}${cluster}  racks:\n${rack("rack-a")}`);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("passwd");
    expect(found[0]).not.toMatch(/hunter2|123456/);
  });

  test("refuses characters that no XML can carry", () => {
    const cluster =
      '  pacemaker:\n    - { name: p, racks: [rack-a], fencing: [{ agent: fence_ipmilan, parameters: { ip: "a\\uffff" } }] }\n';
    expect(faults(`${head}${cluster}  racks:\n${rack("rack-a")}`)[0]).toContain("field-format");
  });

  test("puts defaults in, and makes every address canonical", () => {
    const parsed = read(
      `${head}  racks:\n${rack("rack-a", ', ipv6: { cidr: "FD00:0::/64", ranges: ["FD00::A - fd00:0::F"] }')}` +
        '  virtualRouters:\n    - { name: vr-a, rack: rack-a, publicVip: { ipv6: "2001:DB8::0:1" }, inbound: [{ to: "FD00::1", protocol: tcp, ports: [80, 1-2] }] }\n',
    );
    if (!parsed.ok) throw new Error(parsed.issues.map(renderIssue).join("\n"));
    const { racks, virtualRouters, hosts } = parsed.document.spec;
    expect(racks[0]?.networks[0]).toMatchObject({
      mtu: 1500,
      driver: "linux",
      shared: false,
      ipv6: { cidr: "fd00::/64", ranges: ["fd00::a-fd00::f"] },
    });
    expect(virtualRouters[0]).toMatchObject({
      managementNetwork: "management",
      publicVip: { ipv6: "2001:db8::1" },
      nat: { ipv4: "snat", ipv6: "nat66" },
      connectionSync: { enabled: true },
      uplinkCheck: { intervalMs: 1000, fall: 3, rise: 2 },
      inbound: [{ to: "fd00::1", ports: [80, "1-2"] }],
    });
    expect(hosts).toEqual([]);
  });

  test("reads its own output again, to the same document", () => {
    const first = read(example);
    const second = read(stringify(first.ok ? first.document : null));
    expect(second).toMatchObject({ ok: true });
    expect(second.ok && first.ok && second.document).toEqual(first.ok && first.document);
  });

  test("reads JSON, which YAML 1.2 contains", () => {
    expect(read(JSON.stringify(parseYaml(example)))).toMatchObject({ ok: true });
  });

  test("takes Windows line ends and a byte order mark as they come, with right positions", () => {
    expect(faults(`\ufeff${example.replaceAll("\n", "\r\n")}`)).toEqual([]);
    expect(faults(`\ufeffapiVersion: rackway/v1\r\nkind: Cluste\r\n`)).toEqual([
      '0.yaml:2:7: error[document-kind]: the kind of document must be "Cluster", not "Cluste"',
    ]);
  });
});

describe("several documents", () => {
  test("are one: the lists of spec, over files and within a file", () => {
    const host = (name: string): string => `${head}  hosts:\n    - { name: ${name}, rack: rack-a, role: member, addresses: {} }\n`;
    const parsed = read(`${head}  racks:\n${rack("rack-a")}---\n${host("a")}`, `# nothing\n---\n${host("b")}`);
    expect(parsed.ok && parsed.document.spec.hosts.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(parsed.ok && parsed.positions.locate("spec.hosts[1].name")).toEqual({ file: "1.yaml", line: 8, column: 15 });
    expect(parsed.ok && parsed.positions.locate("spec.racks[0].name")).toEqual({ file: "0.yaml", line: 6, column: 13 });
  });

  test("can be cut up in any way: one file for each item gives the document of one file", () => {
    const whole = parseYaml(example) as { spec: Record<string, unknown[]> };
    const items = Object.entries(whole.spec).flatMap(([list, entries]) => entries.map((entry) => ({ [list]: [entry] })));
    const expected = read(example);
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: items.length, maxLength: items.length }), (isNewFile) => {
        const files: string[] = [];
        for (const [index, spec] of items.entries()) {
          const document = stringify({ ...whole, spec });
          if (files.length === 0 || isNewFile[index] === true) files.push(document);
          else files.push(`${files.pop() ?? ""}---\n${document}`);
        }
        const parsed = read(...files);
        expect(parsed.ok && parsed.document).toEqual(expected.ok && expected.document);
      }),
      { numRuns: 20 },
    );
  });

  test("name both places of a name that stands twice", () => {
    expect(faults(`${head}  racks:\n${rack("rack-a")}`, `${head}  racks:\n${rack("rack-a")}`)).toEqual([
      '1.yaml:6:13: error[name-duplicate]: there is already a rack "rack-a", at 0.yaml:6:13',
    ]);
  });

  test("are told apart: errors of all files at once, in the order of the files", () => {
    const broken = faults(`${head}  racks:\n${rack("rack-a", ", vlan: 0")}`, `${head}  hosts: [1]\n`, "kind: ConfigMap\n");
    expect(broken.map((line) => line.split(" ", 2).join(" "))).toEqual([
      "0.yaml:7:90: error[field-range]:",
      "1.yaml:5:11: error[field-type]:",
      "2.yaml:1:1: error[field-missing]:",
      "2.yaml:1:7: error[document-kind]:",
    ]);
  });

  test("need a head each, and metadata once", () => {
    const second = "apiVersion: rackway/v1\nkind: Cluster\nspec: { hosts: [] }\n";
    expect(faults(`${head}  racks:\n${rack("rack-a")}`, second)).toEqual([]);
    expect(faults(second, second)[0]).toBe('0.yaml:1:1: error[field-missing]: "metadata" is missing');
  });

  test("that are not there are an error, with or without files", () => {
    expect(faults()).toEqual(["error[document-empty]: there is no document in no files"]);
    expect(faults("", "# only a comment")).toEqual(["0.yaml:1:1: error[document-empty]: there is no document in 0.yaml, 1.yaml"]);
  });
});

describe("whatever stands in a file", { timeout: 60_000 }, () => {
  test("never throws: any text is a document or issues with positions", () => {
    const yamlLike = fc.string({ unit: fc.constantFrom(..."ab: -[]{},\n\t\"'|>&*!%@#?~0.e\\\u0000é"), maxLength: 80 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), yamlLike, fc.string({ unit: "binary" })), fc.nat(small.length), (noise, at) => {
        for (const text of [noise, head + noise, small.slice(0, at) + noise + small.slice(at)]) expectDocumentOrIssues(text);
      }),
      { numRuns: 100 },
    );
  });

  test("never throws where it is cut off, at any character", () => {
    for (let length = 0; length < small.length; length += 11) expectDocumentOrIssues(small.slice(0, length));
  });

  test("never throws on wrong types: any JSON in place of any node", () => {
    const document = parseYaml(small) as unknown;
    const paths = nodesOf(document, []);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 3 }), (at, value) => {
        expectDocumentOrIssues(JSON.stringify(replaceAt(document, at, value)));
        expectDocumentOrIssues(stringify(replaceAt(document, at, value)));
      }),
      { numRuns: 60 },
    );
  });

  test("names the node that was replaced: each issue's path is the node's, around it or within it, or is a name that is now missing", () => {
    const document = parseYaml(small) as unknown;
    fc.assert(
      fc.property(fc.constantFrom(...nodesOf(document, []).filter((at) => at.length > 2)), (at) => {
        const parsed = read(JSON.stringify(replaceAt(document, at, ["a", { wrong: [null] }])));
        if (parsed.ok) throw new Error(`${at.join(".")} was accepted`);
        const top = `spec.${String(at[1])}`;
        for (const { path: field } of parsed.issues) expect(field).toContain(top);
      }),
      { numRuns: 60 },
    );
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "length", "", "0", "a.b", "é", "\u0000"])(
    "takes no key for more than a key: %j",
    (key) => {
      const field = JSON.stringify(key);
      const parsed = read(
        `${head}  racks:\n${rack("rack-a")}  ${field}: 1\n  hosts:\n    - { name: a, rack: rack-a, role: member, addresses: { ${field}: [10.0.0.1] } }\n`,
      );
      expect(parsed.ok).toBe(false);
      expect(!parsed.ok && parsed.issues.every(({ line }) => line === 8 || line === 10)).toBe(true);
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    },
  );
});

type NodePath = readonly (string | number)[];

function nodesOf(value: unknown, at: NodePath): NodePath[] {
  if (typeof value !== "object" || value === null) return [at];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [at, ...entries.flatMap(([key, item]) => nodesOf(item, [...at, key]))];
}

function replaceAt(value: unknown, at: NodePath, replacement: unknown): unknown {
  const [key, ...rest] = at;
  if (key === undefined) return replacement;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[key] = replaceAt(copy[key], rest, replacement);
  return copy;
}

function expectDocumentOrIssues(text: string): void {
  const parsed = read(text);
  if (parsed.ok) return;
  expect(parsed.issues.length).toBeGreaterThan(0);
  const lines = text.split(/\r\n|\r|\n/).length;
  for (const found of parsed.issues) {
    expect(found.file).toBe("0.yaml");
    expect(found.line).toBeGreaterThanOrEqual(1);
    expect(found.line).toBeLessThanOrEqual(lines);
    expect(found.column).toBeGreaterThanOrEqual(1);
    expect(`${found.message}${found.hint}`).not.toMatch(/[\u0000-\u001f]|undefined|\[object/);
  }
}
