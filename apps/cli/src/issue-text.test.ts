import type { ApiIssue } from "@rackway/schema";
import { describe, expect, test } from "vitest";
import { renderIssues } from "./issue-text.ts";
import { paintFor } from "./paint.ts";
import { makeTerminal } from "./testing/terminal.ts";

const plain = makeTerminal();
const paint = paintFor(plain, plain.stderr);

function issue(over: Partial<ApiIssue>): ApiIssue {
  return { code: "address-invalid", severity: "error", message: "no", hint: null, path: null, file: "a.yaml", line: 1, column: 1, ...over };
}

describe("issues of a document", () => {
  test("name file, line and column, show the line with a caret under the word, and say what to do", () => {
    const text = "spec:\n  hosts:\n    - { name: a, address: 010.0.0.1 }\n";
    const found = issue({ message: '"010.0.0.1" is not an IP address: leading zero', hint: "Write 10.0.0.1.", line: 3, column: 27 });
    expect(renderIssues([found], [{ name: "a.yaml", text }], paint)).toBe(
      [
        'a.yaml:3:27: error[address-invalid]: "010.0.0.1" is not an IP address: leading zero',
        "    3 |     - { name: a, address: 010.0.0.1 }",
        "      |                           ^^^^^^^^^",
        "  hint: Write 10.0.0.1.",
        "",
        "1 error, 0 warnings",
        "",
      ].join("\n"),
    );
  });

  test("underline a quoted word as a whole, and a key without its colon", () => {
    const text = 'name: "a b"\nkey: 1\n';
    const shown = renderIssues([issue({ line: 1, column: 7 }), issue({ line: 2, column: 1 })], [{ name: "a.yaml", text }], paint);
    expect(shown).toContain("|       ^^^^^\n");
    expect(shown).toContain("| ^^^\n");
  });

  test("count errors and warnings", () => {
    expect(renderIssues([issue({}), issue({ severity: "warning" }), issue({})], [], paint)).toMatch(/2 errors, 1 warning\n$/);
  });

  test("stand without an excerpt where the file or the place is not known", () => {
    const shown = renderIssues([issue({ file: null, line: null, column: null, path: "spec.hosts[0]" })], [], paint);
    expect(shown.split("\n")[0]).toBe("spec.hosts[0]: error[address-invalid]: no");
    expect(shown).not.toContain("|");
  });

  test("crop a line of a megabyte around the place", () => {
    const text = `${"a".repeat(500_000)}!${"b".repeat(500_000)}`;
    const shown = renderIssues([issue({ column: 500_001 })], [{ name: "a.yaml", text }], paint);
    expect(Math.max(...shown.split("\n").map((line) => line.length))).toBeLessThan(130);
    expect(shown).toContain("!");
  });

  test("never hand a terminal's escapes on", () => {
    const shown = renderIssues(
      [issue({ message: "bad \u001b[2J", hint: "\u0007" })],
      [{ name: "a.yaml", text: "x: \u001b]0;title\u0007" }],
      paint,
    );
    expect(shown.includes("\u001b") || shown.includes("\u0007")).toBe(false);
  });

  test("point behind the end of a truncated line", () => {
    expect(renderIssues([issue({ line: 1, column: 8 })], [{ name: "a.yaml", text: "spec: [" }], paint)).toContain("|        ^\n");
  });
});
