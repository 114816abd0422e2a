import type { SchemaStep } from "../../../platform/db/migrate.ts";

declare module "../../../platform/db/tables.ts" {
  interface Tables {
    fan_out_part: FanOutPartTable;
  }
}

/** What some items of a loop gave, while their outputs are gathered. */
export interface FanOutPartTable {
  job_id: string;
  step: string;
  output: string;
  /** Number of the last of these items. */
  last: number;
  /** How many files there are. */
  files: number;
  /** JSON list of them, with their paths in the output of the loop. */
  list: string;
}

/** A loop gathers the outputs of its items some at a time. */
export const fanOutPartSchema: SchemaStep = {
  name: "0800-fan-out-part",
  async up(db) {
    await db.schema
      .createTable("fan_out_part")
      .addColumn("job_id", "text", (column) => column.notNull())
      .addColumn("step", "text", (column) => column.notNull())
      .addColumn("output", "text", (column) => column.notNull())
      .addColumn("last", "integer", (column) => column.notNull())
      .addColumn("files", "integer", (column) => column.notNull())
      .addColumn("list", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("fan_out_part_key", ["job_id", "step", "output", "last"])
      .execute();
  },
};
