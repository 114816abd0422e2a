import { dirname } from "node:path";
import type { Expectations, Finding, Profile } from "../../contract/data.ts";
import { openDuckDb } from "./duckdb.ts";
import { dropTable, openTable, type Source } from "./load.ts";
import { profileColumns } from "./profile.ts";
import { serveProgram } from "./program.ts";
import { Unreadable } from "./unreadable.ts";
import { validateColumns, validateShape } from "./validate.ts";

export interface InspectRequest {
  source: Source;
  expectations: Expectations | null;
}

/** `profile` is null when the files could not be read; a finding says why. */
export interface Inspection {
  profile: Profile | null;
  findings: Finding[];
}

/** Columns in the database at once: DuckDB reserves memory for every column, however few rows there are. */
const sliceColumns = 200;
const mostFindings = 500;

async function inspect({ source, expectations }: InspectRequest): Promise<Inspection> {
  const db = await openDuckDb(dirname(source.files[0]!.path));
  try {
    const table = await openTable(db, source);
    const findings = expectations ? validateShape(table, expectations) : [];
    const columns: Profile["columns"] = [];
    for (let from = 0; from < table.names.length; from += sliceColumns) {
      const length = Math.min(sliceColumns, table.names.length - from);
      const indexes = Array.from({ length }, (_, index) => from + index);
      const slice = await table.load(db, "data", indexes);
      if (expectations) findings.push(...(await validateColumns(db, slice, expectations)));
      columns.push(...(await profileColumns(db, slice)));
      await dropTable(db, slice);
    }
    return { profile: { rows: table.rows, columns }, findings: findings.slice(0, mostFindings) };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const finding: Finding = { rule: "unreadable", column: null, message: error.message, rows: error.rows };
    return { profile: null, findings: [finding] };
  }
}

serveProgram(inspect);
