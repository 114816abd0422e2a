import type { SchemaStep } from "../../platform/db/migrate.ts";

/** Finds the versions that a job made, and those that were trained on a version of data. */
export const modelOriginSchema: SchemaStep = {
  name: "0690-model-origin",
  async up(db) {
    await db.schema.createIndex("model_version_by_job").on("model_version").columns(["workspace", "job_id"]).execute();
    await db.schema
      .createIndex("model_version_data_by_data")
      .on("model_version_data")
      .columns(["workspace", "data"])
      .execute();
  },
};
