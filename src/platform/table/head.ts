import { dirname } from "node:path";
import { Problem } from "../../contract/errors.ts";
import type { TablePreview } from "../../contract/file-preview.ts";
import { type Database, openDuckDb, text } from "./duckdb.ts";
import { reading, type TableFile } from "./load.ts";
import { serveProgram } from "./program.ts";
import { countRows } from "./text-table.ts";
import { Unreadable } from "./unreadable.ts";

export interface HeadRequest {
  /** A Parquet file. */
  file: TableFile;
  rows: number;
  columns: number;
  /** Longest text of a value. */
  characters: number;
}

export type Head = Omit<TablePreview, "kind">;

/** The first rows of a table, as text. */
async function head({ file, ...most }: HeadRequest): Promise<Head> {
  const db = await openDuckDb(dirname(file.path));
  try {
    return await reading(file, () => readHead(db, file.path, most));
  } catch (error) {
    throw error instanceof Unreadable ? new Problem("unprocessable", error.message) : error;
  }
}

async function readHead(db: Database, path: string, most: Omit<HeadRequest, "file">): Promise<Head> {
  const table = `read_parquet(${text(path)})`;
  const described = await db.rows<[string, string]>(`DESCRIBE SELECT * FROM ${table}`);
  const columns = described.slice(0, most.columns).map(([name, type]) => ({ name, type }));
  // Columns are called by their place: names that people chose never become SQL.
  const named = `${table} AS t(${described.map((_, index) => `c${index}`).join(", ")})`;
  const values = columns.map((_, index) => `left(c${index}::VARCHAR, ${most.characters})`);
  const rows = await db.rows<(string | null)[]>(`SELECT ${values.join(", ")} FROM ${named} LIMIT ${most.rows}`);
  return { columns, rows, totalRows: await countRows(db, table), totalColumns: described.length };
}

serveProgram(head);
