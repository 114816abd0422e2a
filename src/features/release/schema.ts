import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    release: ReleaseTable;
    release_stage: ReleaseStageTable;
    release_decision: DecisionTable;
  }
}

export interface ReleaseTable {
  workspace: string;
  number: number;
  state: string;
  build: number;
  trigger: string;
  /** Canonical JSON; never changed. */
  manifest: string;
  manifest_digest: string;
  execution_id: string;
  idempotency_key: string | null;
  created_at: number;
  ended_at: number | null;
  created_by_id: string;
  created_by_name: string;
}

export interface ReleaseStageTable {
  workspace: string;
  release: number;
  stage: string;
  position: number;
  state: string;
  /** The stage as it was when the release was made: endpoint, alias, checks. JSON. */
  definition: string;
  /** What the checks found. JSON. */
  results: string;
  deployment: string | null;
  error: string | null;
  started_at: number | null;
  ended_at: number | null;
}

export interface DecisionTable {
  workspace: string;
  release: number;
  stage: string;
  user_id: string;
  user_name: string;
  decision: "approve" | "reject";
  comment: string;
  manifest_digest: string;
  at: number;
}

export const releaseSchema: SchemaStep = {
  name: "0230-release",
  async up(db) {
    await db.schema
      .createTable("release")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("number", "integer", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("build", "integer", (column) => column.notNull())
      .addColumn("trigger", "text", (column) => column.notNull())
      .addColumn("manifest", "text", (column) => column.notNull())
      .addColumn("manifest_digest", "text", (column) => column.notNull())
      .addColumn("execution_id", "text", (column) => column.notNull())
      .addColumn("idempotency_key", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("ended_at", "bigint")
      .addColumn("created_by_id", "text", (column) => column.notNull())
      .addColumn("created_by_name", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("release_key", ["workspace", "number"])
      .addUniqueConstraint("release_idempotency", ["workspace", "idempotency_key"])
      .execute();
    await db.schema
      .createTable("release_stage")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("release", "integer", (column) => column.notNull())
      .addColumn("stage", "text", (column) => column.notNull())
      .addColumn("position", "integer", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("definition", "text", (column) => column.notNull())
      .addColumn("results", "text", (column) => column.notNull())
      .addColumn("deployment", "text")
      .addColumn("error", "text")
      .addColumn("started_at", "bigint")
      .addColumn("ended_at", "bigint")
      .addPrimaryKeyConstraint("release_stage_key", ["workspace", "release", "stage"])
      .execute();
    await db.schema
      .createTable("release_decision")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("release", "integer", (column) => column.notNull())
      .addColumn("stage", "text", (column) => column.notNull())
      .addColumn("user_id", "text", (column) => column.notNull())
      .addColumn("user_name", "text", (column) => column.notNull())
      .addColumn("decision", "text", (column) => column.notNull())
      .addColumn("comment", "text", (column) => column.notNull())
      .addColumn("manifest_digest", "text", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      // A person decides once.
      .addPrimaryKeyConstraint("release_decision_key", ["workspace", "release", "stage", "user_id"])
      .execute();
  },
};
