import { stat } from "node:fs/promises";
import { Problem } from "../../contract/errors.ts";
import { openCsv } from "./csv-table.ts";
import type { Database } from "./duckdb.ts";
import { openJsonLines } from "./jsonl-table.ts";
import { openParquet } from "./parquet-table.ts";
import type { ColumnType } from "./types.ts";
import { Unreadable } from "./unreadable.ts";

export type TableFormat = "csv" | "tsv" | "parquet" | "jsonl";

/** `path` is where the bytes are; `name` is what people call the file. */
export interface TableFile {
  path: string;
  name: string;
}

/** Files that are one table together: all of one format, with the same columns. */
export interface Source {
  format: TableFormat;
  files: TableFile[];
}

/** A table whose columns are known and whose values are not read yet. */
export interface OpenTable {
  names: string[];
  rows: number;
  /** Reads some of its columns into the database as table `name`. */
  load(db: Database, name: string, columns: number[]): Promise<LoadedTable>;
}

/**
 * Some columns of a table in the database. They are called `c0`, `c1`, … there, by their place in the whole table: names
 * that people chose never become SQL.
 */
export interface LoadedTable {
  name: string;
  /** For text formats, the table that has every value as it was written. */
  raw: string | null;
  columns: Column[];
  rows: number;
}

export interface Column {
  id: string;
  name: string;
  type: ColumnType;
}

export const maxColumns = 10_000;

/** Finds out what table the files are. Throws `Unreadable`, with the file and line, for what is none. */
export function openTable(db: Database, source: Source): Promise<OpenTable> {
  if (source.format === "parquet") return openParquet(db, source);
  return source.format === "jsonl" ? openJsonLines(db, source) : openCsv(source);
}

export async function dropTable(db: Database, table: LoadedTable): Promise<void> {
  if (table.raw) await db.run(`DROP VIEW ${table.name}`);
  await db.run(`DROP TABLE ${table.raw ?? table.name}`);
}

export function columnNames(file: string, header: string[]): string[] {
  if (header.length > maxColumns) {
    throw new Unreadable(`${file}: The table has ${header.length} columns; at most ${maxColumns} are read.`);
  }
  const names = header.map((name, index) => name.trim() || `column${index + 1}`);
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new Unreadable(`${file}: Two columns are called "${name}".`);
    seen.add(name);
  }
  return names;
}

export function requireSame(source: Source, file: string, expected: string[], found: string[]): void {
  if (expected.length === found.length && expected.every((name, index) => name === found[index])) return;
  const more = found.find((name) => !expected.includes(name));
  const less = expected.find((name) => !found.includes(name));
  const difference = more ? `has a column "${more}"` : less ? `has no column "${less}"` : "has them in another order";
  const first = source.files[0]!.name;
  throw new Unreadable(`${file} has other columns than ${first}: it ${difference}. Files of one table have the same.`);
}

/** What is wrong with a file, by the name that people know instead of where the bytes are. */
export async function reading<T>(file: TableFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Unreadable) throw new Unreadable(`${file.name}: ${error.message}`, error.rows);
    if (error instanceof Problem) throw error;
    const { size } = await stat(file.path);
    const message = error instanceof Error ? error.message : String(error);
    const what = size === 0 ? "The file is empty." : message.split("\n")[0]!.replaceAll(file.path, file.name);
    throw new Unreadable(`${file.name}: ${what}`);
  }
}
