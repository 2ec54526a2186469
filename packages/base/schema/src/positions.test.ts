import { issue } from "@rackway/errors";
import { describe, expect, test } from "vitest";

import { parseDocument } from "./parse-document.ts";
import { Positions } from "./positions.ts";
import { readYaml } from "./read-yaml.ts";

const text = `apiVersion: rackway/v1
kind: Cluster
metadata: { name: dc1 }
spec:
  pacemaker:
    - name: rack-a
      racks:
        - rack-a
      fencing:
        - agent: fence_ipmilan
          parameters: { ip: c }
  racks:
    - name: rack-a
      networks:
        - name: management
          bridge: br-mgmt
          ipv4:
            cidr: 10.0.0.0/24
`;

function positionsOf(source: string): Positions {
  const parsed = parseDocument([{ name: "a.yaml", text: source }]);
  if (!parsed.ok) throw new Error(parsed.issues[0]?.message);
  return parsed.positions;
}

const positions = positionsOf(text);

describe("positions", () => {
  test.each([
    ["spec.racks[0].networks[0].ipv4.cidr", 18, 19, "a value: where it stands"],
    ["spec.racks[0].networks[0].ipv4", 17, 11, "a mapping: its key"],
    ["spec.racks[0].networks", 14, 7, "a list: its key"],
    ["spec.racks[0].networks[0]", 15, 11, "an item: its first character"],
    ["spec.pacemaker[0].racks[0]", 8, 11, "an item that is a value"],
    ["spec.pacemaker[0].fencing[0].parameters.ip", 11, 29, "in flow style"],
    ["spec.racks[0].networks[0].ipv4.gateway", 17, 11, "what is not there: what should hold it"],
    ["spec.racks[7].name", 12, 3, "an item that is not there: its list"],
    ["spec.racks[0].networks[0].bridge.deeper", 16, 19, "below a value: the value"],
    ["", 1, 1, "the document"],
    ["not a path", 1, 1, "no path"],
  ])("%s is at %i:%i (%s)", (path, line, column) => {
    expect(positions.locate(path)).toEqual({ file: "a.yaml", line, column });
  });

  test("of values and keys can be asked for by themselves", () => {
    expect(positions.locateValue("spec.racks[0].networks[0].ipv4")).toMatchObject({ line: 18, column: 13 });
    expect(positions.locateKey("spec.racks[0].networks[0].bridge")).toMatchObject({ line: 16, column: 11 });
    expect(positions.locateKey("spec.racks[0].networks[0].nothing")).toMatchObject({ line: 15, column: 11 });
  });

  test("are given to issues by their paths, in order of reading", () => {
    const of = (path: string) => issue("address-invalid", { value: "", reason: "" }, { path });
    const placed = positions.locateIssues([of("spec.racks[0].networks[0].ipv4.cidr"), of("spec.pacemaker[0].name"), of("metadata.name")]);
    expect(placed.map(({ line, column }) => [line, column])).toEqual([
      [3, 19],
      [6, 13],
      [18, 19],
    ]);
  });

  test("find keys that need quotes in a path", () => {
    const [root] = readYaml("b.yaml", '"a.b": { "c[0]": [1, 2] }', { depth: 9 }).documents;
    if (root === undefined) throw new Error("nothing was read");
    expect(new Positions(root, ["b.yaml"]).locate('["a.b"]["c[0]"][1]')).toEqual({ file: "b.yaml", line: 1, column: 22 });
  });

  test("hold in flow style and after wide characters, counted as editors count", () => {
    const wide = positionsOf(
      text.replace("{ name: dc1 }", "{ name: dc1 } # 日本 😀").replace("  racks:\n    - name", "  racks: # 😀\n    - name"),
    );
    expect(wide.locate("spec.racks[0].name")).toMatchObject({ line: 13, column: 13 });
    const json = positionsOf(
      '{"apiVersion":"rackway/v1","kind":"Cluster","metadata":{"name":"a"},"spec":{"racks":[{"name":"b","networks":[{"name":"c","bridge":"d"}]}]}}',
    );
    expect(json.locate("spec.racks[0].networks[0].bridge")).toMatchObject({ line: 1, column: 131 });
  });
});
