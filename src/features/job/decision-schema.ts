import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    job_decision: DecisionTable;
  }
}

/** What a person decided at a gate. A row never changes. */
export interface DecisionTable {
  job_id: string;
  step: string;
  user_id: string;
  user_name: string;
  verdict: "approve" | "reject";
  comment: string;
  /** Of what the person was shown. */
  digest: string;
  created_at: number;
}

export const decisionSchema: SchemaStep = {
  name: "0580-job-decision",
  async up(db) {
    await db.schema
      .createTable("job_decision")
      .addColumn("job_id", "text", (column) => column.notNull())
      .addColumn("step", "text", (column) => column.notNull())
      .addColumn("user_id", "text", (column) => column.notNull())
      .addColumn("user_name", "text", (column) => column.notNull())
      .addColumn("verdict", "text", (column) => column.notNull())
      .addColumn("comment", "text", (column) => column.notNull())
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("job_decision_key", ["job_id", "step", "user_id"])
      .execute();
  },
};

/** How jobs come from earlier ones. */
export const originSchema: SchemaStep = {
  name: "0581-job-origin",
  async up(db) {
    for (const column of ["origin_job_id", "relation", "origin_step", "recovers"]) {
      await db.schema.alterTable("job").addColumn(column, "text").execute();
    }
    await db.schema.alterTable("job").addColumn("archived_at", "bigint").execute();
    await db.schema.createIndex("job_by_origin").on("job").column("origin_job_id").execute();
  },
};
