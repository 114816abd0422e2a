import type { Conversion } from "../../contract/conversion.ts";
import type { Ctx } from "../../platform/context.ts";
import type { ConversionTable } from "./schema.ts";

type Db = Ctx["db"];

export interface VersionKey {
  workspace: string;
  name: string;
  version: number;
}

export const insertConversion = (db: Db, row: ConversionTable) =>
  db.insertInto("model_conversion").values(row).execute();

export const findConversion = (db: Db, workspace: string, id: string): Promise<ConversionTable | undefined> =>
  db
    .selectFrom("model_conversion")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("id", "=", id)
    .executeTakeFirst();

/** Newest first. */
export const listRows = (db: Db, key: VersionKey): Promise<ConversionTable[]> =>
  db
    .selectFrom("model_conversion")
    .selectAll()
    .where("workspace", "=", key.workspace)
    .where("name", "=", key.name)
    .where("version", "=", key.version)
    .orderBy("id", "desc")
    .execute();

/** False when it has ended already: it changes no more. */
export async function changeRunning(db: Db, id: string, change: Partial<ConversionTable>): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("model_conversion")
    .set(change)
    .where("id", "=", id)
    .where("state", "=", "running")
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export const conversionOf = (row: ConversionTable): Conversion => ({
  id: row.id,
  name: row.name,
  version: String(row.version),
  target: row.target,
  state: row.state,
  error: row.error,
  jobId: row.job_id,
  digest: row.digest,
  report: row.report === null ? null : JSON.parse(row.report),
  createdAt: row.created_at,
  endedAt: row.ended_at,
  createdBy: { id: row.actor_id, name: row.actor_name },
});
