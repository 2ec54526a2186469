import { visibleWidth } from "./paint.ts";

/** One column of a table. `wide`: shown with `-o wide` only. */
export interface Column<Row> {
  title: string;
  cell: (row: Row) => string;
  wide?: boolean;
  /** Numbers stand right. */
  align?: "left" | "right";
  paint?: (text: string, row: Row) => string;
}

const gap = "  ";

/**
 * Rows under headings. Where a table is wider than `maxWidth`, its widest columns fold onto further lines, at commas and
 * spaces first; nothing is cut off. `maxWidth` null: as wide as it gets.
 */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], maxWidth: number | null): string {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const natural = columns.map((column, index) => Math.max(column.title.length, ...cells.map((row) => visibleWidth(row[index] ?? ""))));
  const widths = maxWidth === null ? natural : fitWidths(columns, natural, maxWidth);
  const lines = [
    renderLine(
      columns,
      widths,
      columns.map((column) => column.title),
    ),
  ];
  rows.forEach((row, rowIndex) => lines.push(...renderRow(columns, widths, row, cells[rowIndex] ?? [])));
  return lines.map((line) => `${line}\n`).join("");
}

/** Takes from the widest column, one by one, until all fit; never below a column's title. */
function fitWidths<Row>(columns: readonly Column<Row>[], natural: readonly number[], maxWidth: number): number[] {
  const widths = [...natural];
  const total = (): number => widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1));
  while (total() > maxWidth) {
    const widest = widths.reduce((best, width, index) => (slack(index, width) > slack(best, widths[best] ?? 0) ? index : best), 0);
    if (slack(widest, widths[widest] ?? 0) <= 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;

  function slack(index: number, width: number): number {
    const least = Math.max(columns[index]?.title.length ?? 0, 8);
    return width > least ? width : 0;
  }
}

function renderRow<Row>(columns: readonly Column<Row>[], widths: readonly number[], row: Row, cells: readonly string[]): string[] {
  const folded = cells.map((cell, index) => foldText(cell, widths[index] ?? cell.length));
  const height = Math.max(1, ...folded.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    renderLine(
      columns,
      widths,
      folded.map((lines) => lines[line] ?? ""),
      row,
    ),
  );
}

function renderLine<Row>(columns: readonly Column<Row>[], widths: readonly number[], texts: readonly string[], row?: Row): string {
  return texts
    .map((text, index) => {
      const column = columns[index];
      const padding = " ".repeat(Math.max(0, (widths[index] ?? 0) - visibleWidth(text)));
      const painted = row !== undefined && column?.paint ? column.paint(text, row) : text;
      return column?.align === "right" ? padding + painted : painted + padding;
    })
    .join(gap)
    .trimEnd();
}

/** Breaks a text into lines of at most `width` columns: after a comma or space where one is, elsewhere where it must. */
export function foldText(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (visibleWidth(rest) > width && width > 0) {
    const breakAt = Math.max(rest.lastIndexOf(" ", width), rest.lastIndexOf(",", width - 1) + 1);
    const end = breakAt > 0 ? breakAt : width;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}
