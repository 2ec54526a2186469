import { expect, test } from "vitest";
import { paintFor } from "./paint.ts";
import { terminalText } from "./terminal-text.ts";
import { makeTerminal } from "./testing/terminal.ts";

test("letters, lines, tabs and our colours go through", () => {
  const terminal = makeTerminal({ isTty: true });
  const paint = paintFor(terminal, terminal.stdout);
  const text = Object.values(paint).map((style: (text: string) => string) => style("é\t日本\n"));
  expect(text.join("")).toContain("\u001b[");
  expect(terminalText(text.join(""))).toBe(text.join(""));
});

test.each([
  ["a window title", "\u001b]0;x\u0007", "\u{fffd}]0;x\u{fffd}"],
  ["clearing", "\u001b[2J", "\u{fffd}[2J"],
  ["a return that overwrites the line", "failed\rok    ", "failed\u{fffd}ok    "],
  ["concealed text", "\u001b[8mx", "\u{fffd}[8mx"],
  ["an eight-bit sequence", "\u009b2J", "\u{fffd}2J"],
  ["text that is written backwards", "\u202e10.0.0.1", "\u{fffd}10.0.0.1"],
  ["backspace", "a\b", "a\u{fffd}"],
])("%s that a host put into its report is shown, not obeyed", (_, said, shown) => {
  expect(terminalText(said)).toBe(shown);
});
