import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    stage: StageTable;
  }
}

export interface StageTable {
  workspace: string;
  name: string;
  position: number;
  endpoint: string;
  alias: string | null;
  /** JSON. */
  checks: string;
  /** The release that it serves now. */
  release: number | null;
  updated_at: number;
}

export const stageSchema: SchemaStep = {
  name: "0210-stage",
  async up(db) {
    await db.schema
      .createTable("stage")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("position", "integer", (column) => column.notNull())
      .addColumn("endpoint", "text", (column) => column.notNull())
      .addColumn("alias", "text")
      .addColumn("checks", "text", (column) => column.notNull())
      .addColumn("release", "integer")
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("stage_key", ["workspace", "name"])
      .addUniqueConstraint("stage_endpoint", ["workspace", "endpoint"])
      .execute();
  },
};
