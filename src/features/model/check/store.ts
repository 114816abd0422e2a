import type { Db } from "../../../platform/db/tables.ts";
import type { VersionKey } from "../facts-store.ts";
import type { ModelCheckTable } from "./schema.ts";

const ofVersion = (db: Db, key: VersionKey) =>
  db
    .selectFrom("model_check")
    .selectAll()
    .where("workspace", "=", key.workspace)
    .where("name", "=", key.name)
    .where("version", "=", key.version);

export const findCheck = (db: Db, key: VersionKey) => ofVersion(db, key).executeTakeFirst();

export const findCheckByExecution = (db: Db, executionId: string) =>
  db.selectFrom("model_check").selectAll().where("execution_id", "=", executionId).executeTakeFirst();

/** States of versions; of one version, or of all of some models. */
export const listCheckStates = (db: Db, workspace: string, names: string[], versions?: number[]) =>
  db
    .selectFrom("model_check")
    .select(["name", "version", "state", "findings"])
    .where("workspace", "=", workspace)
    .where("name", "in", names)
    .$if(versions !== undefined, (query) => query.where("version", "in", versions!))
    .execute();

/** A check of the same files by the same rules. */
export const findSameFiles = (db: Db, workspace: string, digest: string, ruleset: number) =>
  db
    .selectFrom("model_check")
    .innerJoin("model_version", (join) =>
      join
        .onRef("model_version.workspace", "=", "model_check.workspace")
        .onRef("model_version.name", "=", "model_check.name")
        .onRef("model_version.version", "=", "model_check.version"),
    )
    .selectAll("model_check")
    .where("model_version.digest", "=", digest)
    .where("model_check.workspace", "=", workspace)
    .where("model_check.ruleset", "=", ruleset)
    .where("model_check.state", "!=", "checking")
    .limit(1)
    .executeTakeFirst();

export const putCheck = (db: Db, row: ModelCheckTable) =>
  db
    .insertInto("model_check")
    .values(row)
    .onConflict((known) => known.columns(["workspace", "name", "version"]).doUpdateSet(row))
    .execute();

/** Ends a check; false when another one has been started, or it has ended before. */
export async function endCheck(db: Db, executionId: string, change: Partial<ModelCheckTable>): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("model_check")
    .set(change)
    .where("execution_id", "=", executionId)
    .where("state", "=", "checking")
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
