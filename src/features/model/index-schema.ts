import type { SchemaStep } from "../../platform/db/migrate.ts";

/** Finds the newest versions, of a stage and of all, without reading every version. */
export const modelIndexSchema: SchemaStep = {
  name: "0132-model-index",
  async up(db) {
    await db.schema
      .createIndex("model_version_by_stage")
      .on("model_version")
      .columns(["workspace", "name", "stage", "version"])
      .execute();
    await db.schema
      .createIndex("model_version_by_update")
      .on("model_version")
      .columns(["workspace", "updated_at desc", "name", "version desc"])
      .execute();
    await db.schema.createIndex("model_by_update").on("model").columns(["workspace", "updated_at", "name"]).execute();
  },
};
