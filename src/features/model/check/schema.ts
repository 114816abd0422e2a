import type { CheckState } from "../../../contract/model-check.ts";
import type { SchemaStep } from "../../../platform/db/migrate.ts";

declare module "../../../platform/db/tables.ts" {
  interface Tables {
    model_check: ModelCheckTable;
  }
}

/** The check of a version's files. A version from before the checks has none. */
export interface ModelCheckTable {
  workspace: string;
  name: string;
  version: number;
  state: CheckState;
  /** The rules of the findings; 0 while there are none. */
  ruleset: number;
  /** JSON. */
  findings: string;
  /** JSON; what the files say about the model. */
  facts: string;
  /** The check that runs, or ran last. */
  execution_id: string | null;
  checked_at: number | null;
  /** JSON; what a person decided, and about which findings. */
  decision: string | null;
}

export const modelCheckSchema: SchemaStep = {
  name: "0160-model-check",
  async up(db) {
    await db.schema
      .createTable("model_check")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("version", "bigint", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("ruleset", "integer", (column) => column.notNull())
      .addColumn("findings", "text", (column) => column.notNull())
      .addColumn("facts", "text", (column) => column.notNull())
      .addColumn("execution_id", "text")
      .addColumn("checked_at", "bigint")
      .addColumn("decision", "text")
      .addPrimaryKeyConstraint("model_check_key", ["workspace", "name", "version"])
      .addForeignKeyConstraint(
        "model_check_version",
        ["workspace", "name", "version"],
        "model_version",
        ["workspace", "name", "version"],
        (constraint) => constraint.onDelete("cascade").onUpdate("cascade"),
      )
      .execute();
    await db.schema.createIndex("model_check_by_execution").on("model_check").columns(["execution_id"]).execute();
  },
};
