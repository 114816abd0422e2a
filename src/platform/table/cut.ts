import { dirname } from "node:path";
import { openDuckDb, text } from "./duckdb.ts";
import { serveProgram } from "./program.ts";

export interface CutRequest {
  from: string;
  to: string;
  rows: number;
}

/** Writes the first rows of a Parquet file to another one. */
async function cut({ from, to, rows }: CutRequest): Promise<{ rows: number }> {
  const db = await openDuckDb(dirname(from));
  await db.run(`COPY (SELECT * FROM read_parquet(${text(from)}) LIMIT ${rows}) TO ${text(to)} (FORMAT parquet)`);
  return { rows };
}

serveProgram(cut);
