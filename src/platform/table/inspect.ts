import { dirname } from "node:path";
import type { Expectations, Finding, Profile } from "../../contract/data.ts";
import { openDuckDb } from "./duckdb.ts";
import { loadTable, type Source } from "./load.ts";
import { profileTable } from "./profile.ts";
import { serveProgram } from "./program.ts";
import { Unreadable } from "./unreadable.ts";
import { validateTable } from "./validate.ts";

export interface InspectRequest {
  source: Source;
  expectations: Expectations | null;
}

/** `profile` is null when the files could not be read; a finding says why. */
export interface Inspection {
  profile: Profile | null;
  findings: Finding[];
}

async function inspect({ source, expectations }: InspectRequest): Promise<Inspection> {
  const db = await openDuckDb(dirname(source.files[0]!.path));
  try {
    const table = await loadTable(db, "data", source);
    const findings = expectations ? await validateTable(db, table, expectations) : [];
    if (table.raw) await db.run(`DROP TABLE ${table.raw}`);
    return { profile: await profileTable(db, table), findings };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const finding: Finding = { rule: "unreadable", column: null, message: error.message, rows: error.rows };
    return { profile: null, findings: [finding] };
  }
}

serveProgram(inspect);
