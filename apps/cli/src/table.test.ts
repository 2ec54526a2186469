import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { visibleWidth } from "./paint.ts";
import { foldText, renderTable } from "./table.ts";

const columns = [
  { title: "NAME", cell: (row: string[]) => row[0] ?? "" },
  { title: "ADDRESSES", cell: (row: string[]) => row[1] ?? "" },
];

describe("a table", () => {
  test("stands in columns, without space at the line ends", () => {
    expect(
      renderTable(
        columns,
        [
          ["a", "10.0.0.1"],
          ["longer", ""],
        ],
        80,
      ),
    ).toBe("NAME    ADDRESSES\na       10.0.0.1\nlonger\n");
  });

  test("folds its widest column at commas when it is wider than the terminal, and cuts nothing off", () => {
    expect(renderTable(columns, [["a", "2001:db8::1, 2001:db8::2, 2001:db8::3"]], 32)).toBe(
      "NAME  ADDRESSES\na     2001:db8::1, 2001:db8::2,\n      2001:db8::3\n",
    );
  });

  test("measures colour as nothing", () => {
    const painted = [
      { title: "A", cell: (row: string) => row, paint: (text: string) => `\u001b[31m${text}\u001b[39m` },
      { title: "B", cell: () => "b" },
    ];
    expect(renderTable(painted, ["x"], 80)).toBe("A  B\n\u001b[31mx\u001b[39m  b\n");
  });

  test("never exceeds the width while every column can be at least eight wide", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", ",", " ", ":"), maxLength: 120 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 5 }), fc.integer({ min: 24, max: 120 }), (rows, width) => {
        const lines = renderTable(
          columns,
          rows.map((row) => [...row]),
          width,
        ).split("\n");
        return lines.every((line) => visibleWidth(line) <= width);
      }),
    );
  });

  test("loses no character but the spaces that it breaks at", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii", maxLength: 80 }), fc.integer({ min: 1, max: 40 }), (text, width) => {
        expect(foldText(text, width).join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      }),
    );
  });
});
