import { Option } from "commander";
import { stringify } from "yaml";
import type { Io } from "./io.ts";
import { type Column, renderTable } from "./table.ts";

/** How a reading command answers. `json` and `yaml` carry everything that the server said; `table` fits the terminal; `wide` shows all columns. */
export const formats = ["table", "wide", "json", "yaml"] as const;
export type Format = (typeof formats)[number];

export function outputOption(): Option {
  return new Option("-o, --output <format>", "how to print").choices(formats).default("table");
}

/** JSON and YAML as data; for `table` and `wide` the text that `renderText` makes. Ends with a line end. */
export function printValue(io: Io, format: Format, value: unknown, renderText: (isWide: boolean) => string): void {
  if (format === "json") io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  else if (format === "yaml") io.stdout.write(stringify(value, { aliasDuplicateObjects: false }));
  else io.stdout.write(renderText(format === "wide"));
}

/** The rows of a list as a table, or one sentence where there are none. */
export function renderRows<Row>(io: Io, columns: readonly Column<Row>[], rows: readonly Row[], isWide: boolean, empty: string): string {
  if (rows.length === 0) return `${empty}\n`;
  const shown = columns.filter((column) => isWide || column.wide !== true);
  return renderTable(shown, rows, isWide ? null : io.stdout.columns);
}
