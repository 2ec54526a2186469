/**
 * Broken documents: each is read as an operator's would be, and gets exactly the issues that its first line names, at exactly those places:
 * `# expect CODE LINE:COLUMN PATH; …`. There is at least one for every code of the catalogue's document and validation parts.
 */
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { catalogueParts } from "@rackway/errors";
import type { Issue } from "@rackway/errors";
import { validate } from "@rackway/planner";
import { defaultDocumentLimits, parseDocument } from "@rackway/schema";
import type { DocumentLimits, DocumentText } from "@rackway/schema";
import { describe, expect, test } from "vitest";

const folder = path.join(import.meta.dirname, "broken-documents");
const fixtures = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => ({ name, text: readFileSync(path.join(folder, name), "utf8") }));

/** What an operator is told of a document: by the reader, or else by the planner, with positions. */
function issuesOf(files: readonly DocumentText[], limits: DocumentLimits = defaultDocumentLimits): readonly Issue[] {
  const parsed = parseDocument(files, limits);
  return parsed.ok ? parsed.positions.locateIssues(validate(parsed.document)) : parsed.issues;
}

function told({ code, line, column, path: field }: Issue): string {
  const place = field === null ? "" : ` ${field === "" ? "(root)" : field}`;
  return `${code} ${line ?? "?"}:${column ?? "?"}${place}`;
}

function expectedOf({ name, text }: DocumentText): string[] {
  const line = /^# expect (.+)$/m.exec(text.split("\n", 1)[0] ?? "")?.[1];
  if (line === undefined) throw new Error(`${name}: the first line must be "# expect CODE LINE:COLUMN PATH; …"`);
  return line.split("; ");
}

const head = "apiVersion: rackway/v1\nkind: Cluster\nmetadata: { name: dc1 }\nspec:\n";
const roomy: DocumentLimits = { bytes: 64 * 1024 * 1024, depth: 64 };
/** More hosts than there is room for their names. */
const longRack = `rack-${"x".repeat(35)}`;
const manyNames = `${head}  racks:
    - name: ${longRack}
      networks:
        - { name: management, bridge: b, ipv4: { cidr: 10.8.0.0/15 } }
        - { name: public, bridge: p, ipv4: { cidr: 192.0.2.0/24, gateway: 192.0.2.1 } }
  virtualRouters:
    - { name: v, rack: ${longRack}, publicVip: { ipv4: auto }, managementVip: { ipv4: auto }, dns: { upstreams: [198.51.100.53], names: rack } }
  pacemaker: [{ name: r, racks: [${longRack}], fencing: [{ agent: fence_ipmilan }] }]
  hosts:
    - { name: c1, rack: ${longRack}, role: controller, addresses: { management: [10.8.0.1], public: [192.0.2.2] } }
${Array.from({ length: 1000 }, (_, place) => `    - { name: node-${"x".repeat(30)}-${place}, rack: ${longRack}, role: member, addresses: { management: [10.9.${place >> 8}.${place & 255}] } }`).join("\n")}
`;
const tenMegabytes = 10 * 1024 * 1024;

/** Documents that would be too large to keep. */
const generated: readonly { name: string; text: string; limits: DocumentLimits; expected: readonly string[] }[] = [
  {
    name: "one byte too many",
    text: `${head}#${"x".repeat(defaultDocumentLimits.bytes)}`.slice(0, defaultDocumentLimits.bytes + 1),
    limits: defaultDocumentLimits,
    expected: ["document-too-large 1:1"],
  },
  {
    name: "more names than there is room for",
    text: manyNames,
    limits: roomy,
    expected: ["dns-names-too-many 11:166 spec.virtualRouters[0].dns.names"],
  },
  { name: "10 MB of [", text: "[".repeat(tenMegabytes), limits: roomy, expected: ["document-too-deep 1:66"] },
  { name: "10 MB of {", text: "{".repeat(tenMegabytes), limits: roomy, expected: ["document-too-deep 1:66"] },
  { name: "10 MB of hyphens", text: "- ".repeat(tenMegabytes / 2), limits: roomy, expected: ["document-too-deep 1:130"] },
  {
    name: "10 MB of growing indentation",
    text: Array.from({ length: 4500 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
    limits: roomy,
    expected: ["document-too-deep 65:67"],
  },
  {
    name: "10 MB of [ within the default limits",
    text: "[".repeat(tenMegabytes),
    limits: defaultDocumentLimits,
    expected: ["document-too-large 1:1"],
  },
];

describe("a broken document gets exactly its errors", () => {
  test.each(fixtures.map((fixture) => [fixture.name, fixture] as const))("%s", (_, fixture) => {
    const issues = issuesOf([fixture]);
    expect(issues.map(told)).toEqual(expectedOf(fixture));
    for (const found of issues) {
      expect(found.file).toBe(fixture.name);
      expect(found.message, "a sentence for operators, every parameter filled in").toMatch(/^[^{}\n]+$/);
      expect(`${found.message}${found.hint}`).not.toMatch(/undefined|\[object|Error:|\bat .*:\d+:\d+\)/);
    }
  });

  test.each(generated)("$name, in no time", ({ name, text, limits, expected }) => {
    const before = process.threadCpuUsage();
    expect(issuesOf([{ name, text }], limits).map(told)).toEqual(expected);
    // Of the processor's time, in microseconds: what else the machine does is none of it.
    expect(process.threadCpuUsage(before).user).toBeLessThan(2_000_000);
  });

  test("of which there are too many: the first thousand, and how many more", () => {
    const issues = issuesOf([{ name: "many", text: `${head}  racks: []\n  hosts: [${"1, ".repeat(2000)}]\n` }]);
    expect(issues).toHaveLength(1001);
    expect(issues.at(-1)).toMatchObject({ code: "issues-truncated", message: "1001 more errors are not shown" });
  });

  test.each(Object.keys({ ...catalogueParts.document, ...catalogueParts.validation }))("%s has one", (code) => {
    const covered = new Set(
      [...fixtures.flatMap(expectedOf), ...generated.flatMap(({ expected }) => expected), "issues-truncated"].map(codeOf),
    );
    expect(covered).toContain(code);
  });
});

function codeOf(line: string): string {
  return line.split(" ", 1)[0] ?? "";
}
