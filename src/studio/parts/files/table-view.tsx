import { count } from "../number.ts";
import { Scroll } from "../scroll.tsx";
import type { LoggedTable } from "./logged-table.ts";

const mostRows = 200;

/** The first rows of a table. */
export function TableView({ table, label }: { table: LoggedTable; label: string }) {
  const { columns, rows, numeric = [], totalRows = rows.length } = table;
  const shown = rows.slice(0, mostRows);
  const isNumber = (value: unknown, at: number) => typeof value === "number" || numeric[at];
  return (
    <Scroll className="ty-table-wrap ty-rows" label={label}>
      <table className="ty-table" aria-label={label}>
        <thead>
          <tr>
            {columns.map((column, at) => (
              <th key={column} scope="col" data-align={numeric[at] ? "right" : undefined}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows never move
            <tr key={index}>
              {columns.map((column, at) => (
                <td key={column} data-align={isNumber(row[at], at) ? "right" : undefined}>
                  {textOf(row[at])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {totalRows > shown.length && (
        <p className="ty-change-note">
          The first {shown.length} of {count(totalRows)} rows.
        </p>
      )}
    </Scroll>
  );
}

const textOf = (value: unknown): string =>
  value === null || value === undefined ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value);
