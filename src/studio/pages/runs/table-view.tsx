import { count } from "../../parts/number.ts";
import type { LoggedTable } from "./logged-table.ts";

const mostRows = 200;

/** The first rows of a table. */
export function TableView({ table, label }: { table: LoggedTable; label: string }) {
  const { columns, rows } = table;
  return (
    <div className="ty-table-wrap ty-rows">
      <table className="ty-table" aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, mostRows).map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows never move
            <tr key={index}>
              {columns.map((column, at) => (
                <td key={column} data-align={typeof row[at] === "number" ? "right" : undefined}>
                  {textOf(row[at])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > mostRows && (
        <p className="ty-change-note">
          The first {mostRows} of {count(rows.length)} rows.
        </p>
      )}
    </div>
  );
}

const textOf = (value: unknown): string =>
  value === null || value === undefined ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value);
