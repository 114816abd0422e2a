import type { SchemaStep } from "../../platform/db/migrate.ts";

/** Finds the children of a run without reading all runs. */
export const parentSchema: SchemaStep = {
  name: "0182-run-parent",
  async up(db) {
    // A database that was given numbers of runs has it from then.
    const index = db.schema.createIndex("run_by_parent").ifNotExists();
    await index.on("run").columns(["parent_run_id", "workspace"]).execute();
  },
};
