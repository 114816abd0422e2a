import { sql } from "kysely";
import type { Db } from "../../platform/db/tables.ts";
import type { ImportedTable } from "./schema.ts";

const chunk = 1000;

export async function listImported(db: Db, workspace: string, ids: string[]): Promise<ImportedTable[]> {
  const rows: ImportedTable[] = [];
  for (let from = 0; from < ids.length; from += chunk)
    rows.push(
      ...(await db
        .selectFrom("imported")
        .selectAll()
        .where("workspace", "=", workspace)
        .where("id", "in", ids.slice(from, from + chunk))
        .execute()),
    );
  return rows;
}

/** Notes that these come from elsewhere, before they are complete. */
export async function begin(db: Db, workspace: string, ids: string[], now: number): Promise<void> {
  for (let from = 0; from < ids.length; from += chunk)
    await db
      .insertInto("imported")
      .values(
        ids.slice(from, from + chunk).map((id) => ({ workspace, id, fingerprint: "", summary: "", updated_at: now })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute();
}

export async function complete(db: Db, rows: ImportedTable[]): Promise<void> {
  for (let from = 0; from < rows.length; from += chunk)
    await db
      .insertInto("imported")
      .values(rows.slice(from, from + chunk))
      .onConflict((conflict) =>
        conflict.columns(["workspace", "id"]).doUpdateSet({
          fingerprint: sql<string>`excluded.fingerprint`,
          summary: sql<string>`excluded.summary`,
          updated_at: sql<number>`excluded.updated_at`,
        }),
      )
      .execute();
}
