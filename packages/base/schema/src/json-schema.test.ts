import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";

import { documentReference, renderDocumentReference } from "./document-reference.ts";
import { clusterJsonSchema } from "./json-schema.ts";
import { parseDocument } from "./parse-document.ts";

const examples = path.resolve(import.meta.dirname, "../../../../examples");
// Formats as this version checks them: by the one property that the parser and the schema share here.
const ajv = new Ajv2020({ strict: true, formats: { ipv4: /^[\d.]+$/, ipv6: /^[\da-fA-F:.]+$/ } });
const validate = ajv.compile(clusterJsonSchema());

const minimal = {
  apiVersion: "rackway/v1",
  kind: "Cluster",
  metadata: { name: "dc1" },
  spec: { racks: [{ name: "rack-a", networks: [{ name: "management", bridge: "br0", ipv4: { cidr: "10.0.0.0/24" } }] }] },
};

describe("the published JSON Schema", () => {
  test.each(readdirSync(examples).filter((name) => name.endsWith(".yaml")))("accepts examples/%s, as the parser does", (name) => {
    const text = readFileSync(path.join(examples, name), "utf8");
    expect(validate(parseYaml(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(parseDocument([{ name, text }]).ok).toBe(true);
  });

  test("asks for nothing that has a default", () => {
    expect(validate(minimal), JSON.stringify(validate.errors)).toBe(true);
    expect(parseDocument([{ name: "a", text: JSON.stringify(minimal) }]).ok).toBe(true);
  });

  const wrong: readonly (readonly [string, unknown])[] = [
    ["an unknown field", { ...minimal, extra: 1 }],
    ["another kind", { ...minimal, kind: "ConfigMap" }],
    ["a wrong name", { ...minimal, metadata: { name: "DC 1" } }],
    ["no racks", { ...minimal, spec: { racks: [] } }],
    ["a missing section", { ...minimal, spec: undefined }],
    ["text for a number", withNetwork({ mtu: "1500" })],
    ["a number out of range", withNetwork({ vlan: 4095 })],
    ["one of other values", withNetwork({ driver: "ovs" })],
    ["an interface name that is too long", withNetwork({ bridge: "bridge-management" })],
    ["IPv6 where IPv4 belongs", withNetwork({ ipv4: { cidr: "fd00::/64" } })],
    [
      "a port that is none",
      {
        ...minimal,
        spec: { ...minimal.spec, virtualRouters: [{ name: "a", rack: "b", inbound: [{ to: "::1", protocol: "tcp", ports: [0] }] }] },
      },
    ],
    [
      "a network with a wrong name",
      { ...minimal, spec: { ...minimal.spec, hosts: [{ name: "a", rack: "b", role: "member", addresses: { "B c": ["10.0.0.1"] } }] } },
    ],
  ];

  test.each(wrong)("refuses %s, as the parser does", (_, document) => {
    const value: unknown = JSON.parse(JSON.stringify(document));
    expect(validate(value)).toBe(false);
    expect(parseDocument([{ name: "a", text: JSON.stringify(value) }]).ok).toBe(false);
  });

  test("describes every field", () => {
    const bare = documentReference().flatMap(({ path: at, fields }) =>
      fields.filter(({ description }) => description === "").map(({ name }) => `${at}.${name}`),
    );
    expect(bare).toEqual([]);
    for (const { path: at, description } of documentReference()) expect(description, at).toMatch(/\.$/);
  });

  test("has every mapping of the document in the reference", () => {
    const headings = [...renderDocumentReference().matchAll(/^## (?:`(.+)`|The document)$/gm)].map((match) => match[1] ?? "");
    expect(headings).toEqual(documentReference().map(({ path: at }) => at));
    expect(headings).toEqual(
      expect.arrayContaining(["", "spec.racks[].networks[].ipv4", "spec.virtualRouters[].dns.localDomains[]", "spec.vips[].health.http"]),
    );
  });
});

function withNetwork(change: object): unknown {
  const [rack] = minimal.spec.racks;
  return { ...minimal, spec: { racks: [{ ...rack, networks: [{ ...rack?.networks[0], ...change }] }] } };
}
