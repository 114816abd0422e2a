import type { SchemaStep } from "../../../platform/db/migrate.ts";

declare module "../../../platform/db/tables.ts" {
  interface Tables {
    trial_mark: TrialMarkTable;
  }
}

/** How a trial that has ended did in its first reports, wherever one that runs may be compared with it. */
export interface TrialMarkTable {
  job_id: string;
  step: string;
  /** After so many reports. */
  at: number;
  number: number;
  /** More is better, whatever the goal. */
  best: number;
  mean: number;
}

/** A sweep that may end trials early does not read all reports of those that have ended at each look. */
export const trialMarkSchema: SchemaStep = {
  name: "0801-trial-mark",
  async up(db) {
    await db.schema
      .createTable("trial_mark")
      .addColumn("job_id", "text", (column) => column.notNull())
      .addColumn("step", "text", (column) => column.notNull())
      .addColumn("at", "integer", (column) => column.notNull())
      .addColumn("number", "integer", (column) => column.notNull())
      .addColumn("best", "double precision", (column) => column.notNull())
      .addColumn("mean", "double precision", (column) => column.notNull())
      .addPrimaryKeyConstraint("trial_mark_key", ["job_id", "step", "at", "number"])
      .execute();
  },
};
