import type { Db } from "../../platform/db/tables.ts";

export interface VersionKey {
  workspace: string;
  name: string;
  version: number;
}

export const upsertModelTag = (db: Db, row: { workspace: string; name: string; key: string; value: string }) =>
  db
    .insertInto("model_tag")
    .values(row)
    .onConflict((conflict) => conflict.columns(["workspace", "name", "key"]).doUpdateSet({ value: row.value }))
    .execute();

export const deleteModelTag = (db: Db, workspace: string, name: string, key: string) =>
  db
    .deleteFrom("model_tag")
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .where("key", "=", key)
    .execute();

export const listModelTags = (db: Db, workspace: string, names: string[]) =>
  db
    .selectFrom("model_tag")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "in", names)
    .orderBy("key")
    .execute();

export const upsertVersionTag = (db: Db, row: VersionKey & { key: string; value: string }) =>
  db
    .insertInto("model_version_tag")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["workspace", "name", "version", "key"]).doUpdateSet({ value: row.value }),
    )
    .execute();

export const deleteVersionTag = (db: Db, version: VersionKey, key: string) =>
  db
    .deleteFrom("model_version_tag")
    .where("workspace", "=", version.workspace)
    .where("name", "=", version.name)
    .where("version", "=", version.version)
    .where("key", "=", key)
    .execute();

export async function insertVersionFacts(
  db: Db,
  key: VersionKey,
  facts: { metrics: Record<string, number>; trainingData: string[] },
): Promise<void> {
  const metrics = Object.entries(facts.metrics).map(([name, value]) => {
    const isNan = Number.isNaN(value);
    const finite = Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);
    return { ...key, key: name, value: isNan ? 0 : finite, is_nan: isNan ? 1 : 0 };
  });
  const data = [...new Set(facts.trainingData)].map((reference) => ({ ...key, data: reference }));
  if (metrics.length > 0) await db.insertInto("model_version_metric").values(metrics).execute();
  if (data.length > 0) await db.insertInto("model_version_data").values(data).execute();
}

/** Tags, metrics and data of some versions of some models. */
export async function listVersionFacts(db: Db, workspace: string, names: string[], versions?: number[]) {
  if (names.length === 0) return { tags: [], metrics: [], data: [] };
  const tags = await db
    .selectFrom("model_version_tag")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "in", names)
    .$if(versions !== undefined, (query) => query.where("version", "in", versions!))
    .orderBy("key")
    .execute();
  const metrics = await db
    .selectFrom("model_version_metric")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "in", names)
    .$if(versions !== undefined, (query) => query.where("version", "in", versions!))
    .orderBy("key")
    .execute();
  const data = await db
    .selectFrom("model_version_data")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "in", names)
    .$if(versions !== undefined, (query) => query.where("version", "in", versions!))
    .orderBy("data")
    .execute();
  return { tags, metrics, data };
}
