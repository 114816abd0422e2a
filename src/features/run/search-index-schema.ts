import type { SchemaStep } from "../../platform/db/migrate.ts";

/** Pages of experiments and logged models in their usual order begin in an index, and not with a sort. */
export const searchIndexSchema: SchemaStep = {
  name: "0400-search-index",
  async up(db) {
    await db.schema
      .createIndex("experiment_by_creation")
      .on("experiment")
      .columns(["workspace", "created_at desc", "id"])
      .execute();
    await db.schema.dropIndex("logged_model_by_experiment").execute();
    await db.schema
      .createIndex("logged_model_by_creation")
      .on("logged_model")
      .columns(["workspace", "experiment_id", "created_at desc", "id"])
      .execute();
  },
};
