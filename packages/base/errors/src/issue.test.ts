import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { excerpt } from "./excerpt.ts";
import { parsePath, renderPath } from "./field-path.ts";
import { issue, issueAt, renderIssue, renderPosition, sortIssues } from "./issue.ts";
import { renderSuggestion, suggest } from "./suggestion.ts";

const parameters = { value: "x", reason: "y" };
const at = (file: string, line: number, column: number) => issue("address-invalid", parameters, { position: { file, line, column } });

describe("issues", () => {
  test("carry text, hint and severity of their code, and the place that they were given", () => {
    const found = issue("address-invalid", parameters, { path: ["spec", "hosts", 2, "rack"], position: { file: "a", line: 3, column: 7 } });
    expect(found).toMatchObject({ severity: "error", message: '"x" is not an IP address: y', path: "spec.hosts[2].rack" });
    expect(renderIssue(found)).toBe('a:3:7: error[address-invalid]: "x" is not an IP address: y');
  });

  test("have no hint where the template is empty once it is filled in", () => {
    expect(issue("field-type", { field: "a", wanted: "b", found: "c", advice: "" }).hint).toBeNull();
  });

  test("without position are told with their field", () => {
    const found = issue("address-invalid", parameters, { path: "spec.a" });
    expect(renderIssue(found)).toBe('error[address-invalid]: spec.a: "x" is not an IP address: y');
    expect(renderPosition(found)).toBeNull();
  });

  test("keep what a new place leaves out", () => {
    const found = issueAt(at("a", 1, 2), { path: ["b", 0] });
    expect(found).toMatchObject({ path: "b[0]", file: "a", line: 1, column: 2 });
    expect(issueAt(found, { position: null })).toMatchObject({ path: "b[0]", file: null, line: null, column: null });
  });

  test("are sorted by the files' order, then line, then column; those without position come last", () => {
    const lost = issue("address-invalid", parameters);
    const sorted = sortIssues([lost, at("b", 1, 1), at("a", 2, 1), at("a", 1, 9), at("a", 1, 2)], ["a", "b"]);
    expect(sorted.map((found) => renderPosition(found))).toEqual(["a:1:2", "a:1:9", "a:2:1", "b:1:1", null]);
  });
});

describe("field paths", () => {
  test("quote keys that would be ambiguous", () => {
    expect(renderPath(["spec", "fencing", 0, "parameters", "a.b[0]"])).toBe('spec.fencing[0].parameters["a.b[0]"]');
    expect(renderPath([])).toBe("");
  });

  test("are read back as they were written, whatever the keys", () => {
    const segment = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), fc.nat(), fc.constantFrom("spec", "a-b", '"', "\\", "]", "a.b"));
    fc.assert(fc.property(fc.array(segment), (path) => void expect(parsePath(renderPath(path))).toEqual(path)));
  });

  test("that are none give null", () => {
    expect(["a..b", "a[", "a[x]", ".", "a b", 'a["', "[1"].map(parsePath)).toEqual([null, null, null, null, null, null, null]);
  });
});

describe("suggestions", () => {
  test("find swapped, missing, doubled and wrong letters, whatever the case", () => {
    const known = ["networks", "name", "ospf"];
    expect(["netwroks", "neworks", "networkss", "NETWORKS"].map((word) => suggest(word, known))).toEqual(Array(4).fill("networks"));
    expect(renderSuggestion("nmae", known)).toBe(' Did you mean "name"?');
  });

  test("are not made where nothing is near, nor for what is too long to be a name", () => {
    expect(suggest("gateway", ["name", "mtu"])).toBeNull();
    expect(suggest("a".repeat(1e6), ["a".repeat(1e6)])).toBeNull();
    expect(renderSuggestion("", ["name"])).toBe("");
  });
});

describe("excerpts", () => {
  test("are short, and cannot steer a terminal", () => {
    expect(excerpt("a\u001b[31m\nb\u202e")).toBe("a\\u001b[31m\\u000ab\\u202e");
    expect(excerpt("x".repeat(100), 5)).toBe("xxxxx…");
  });
});
