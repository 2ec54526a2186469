import { useState } from "react";
import type { ReactNode } from "react";

import { Empty } from "./empty.tsx";
import classes from "./parts.module.css";

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  readonly isNumber?: boolean;
  /** Sentences, or lists without end: broken into lines. Everything else stays on one. */
  readonly isLong?: boolean;
}

interface DataTableProps<Row> {
  /** What the table lists, for who cannot see where it stands. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly empty?: ReactNode;
}

/** Ten thousand VIPs are searched, not scrolled through: so many rows are drawn, more when they are asked for. */
const step = 200;

/**
 * A table whose first column names the row. It scrolls by itself where it is too wide; on a telephone each row is a card, and nothing is cut off.
 * The roles are said because a browser forgets them with the display of a table.
 */
export function DataTable<Row>({ label, columns, rows, keyOf, empty }: DataTableProps<Row>) {
  const [limit, setLimit] = useState(step);
  if (rows.length === 0) return empty ?? <Empty title="Nothing" />;
  const [first, ...others] = columns;
  if (first === undefined) return null;
  return (
    <div className={classes.tableBox} role="group" aria-label={label} tabIndex={0}>
      <table role="table" className={classes.table}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th key={column.name} role="columnheader" scope="col" data-number={column.isNumber === true ? "" : undefined}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.slice(0, limit).map((row) => (
            <tr key={keyOf(row)} role="row">
              <th role="rowheader" scope="row">
                {first.cell(row)}
              </th>
              {others.map((column) => (
                <td
                  key={column.name}
                  role="cell"
                  data-name={column.name}
                  data-number={column.isNumber === true ? "" : undefined}
                  data-long={column.isLong === true ? "" : undefined}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > limit ? (
        <button type="button" className={classes.more} onClick={() => setLimit(limit + step)}>
          {rows.length - limit} more
        </button>
      ) : null}
    </div>
  );
}
