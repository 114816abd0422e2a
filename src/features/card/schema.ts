import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    model_card_edit: CardEditTable;
  }
}

/** What people wrote in cards, append-only: the newest edit of a section is its text. */
export interface CardEditTable {
  id: string;
  workspace: string;
  name: string;
  version: number;
  section: string;
  text: string;
  at: number;
  actor_id: string;
  actor_name: string;
}

export const cardSchema: SchemaStep = {
  name: "0172-model-card",
  async up(db) {
    await db.schema
      .createTable("model_card_edit")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("version", "bigint", (column) => column.notNull())
      .addColumn("section", "text", (column) => column.notNull())
      .addColumn("text", "text", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("actor_id", "text", (column) => column.notNull())
      .addColumn("actor_name", "text", (column) => column.notNull())
      .addForeignKeyConstraint(
        "model_card_edit_model",
        ["workspace", "name"],
        "model",
        ["workspace", "name"],
        (constraint) => constraint.onDelete("cascade").onUpdate("cascade"),
      )
      .execute();
    await db.schema
      .createIndex("model_card_edit_by_version")
      .on("model_card_edit")
      .columns(["workspace", "name", "version", "id"])
      .execute();
  },
};
