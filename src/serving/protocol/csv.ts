import { invalid } from "../../contract/errors.ts";
import type { Frame } from "./frame.ts";

/** A table from CSV with a header line (RFC 4180). Cells that read as numbers are numbers; empty ones are missing. */
export function parseCsv(text: string): Frame {
  const rows: string[][] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let row: string[] = [];
  while (cell.lastIndex < text.length || row.length > 0) {
    const match = cell.exec(text);
    if (!match) throw invalid(`Line ${rows.length + 1} of the CSV is not well formed: a quote is misplaced.`);
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === ",") continue;
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  }
  const columns = rows.shift();
  if (!columns) throw invalid("The CSV is empty; it needs a header line and rows.");
  const uneven = rows.findIndex((cells) => cells.length !== columns.length);
  if (uneven >= 0) throw invalid(`Line ${uneven + 2} of the CSV has another number of cells than its header.`);
  return { columns, rows: rows.map((cells) => cells.map(cellValue)) };
}

function cellValue(cell: string): unknown {
  if (cell === "") return null;
  const number = Number(cell);
  return cell.trim() !== "" && !Number.isNaN(number) ? number : cell;
}
