import type { SchemaStep } from "../../platform/db/migrate.ts";

/** Finds the children of a run without reading all runs. */
export const parentSchema: SchemaStep = {
  name: "0182-run-parent",
  async up(db) {
    await db.schema.createIndex("run_by_parent").on("run").columns(["parent_run_id", "workspace"]).execute();
  },
};
