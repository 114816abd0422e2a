import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    /** The parent is a name: it stays known after it is deleted. */
    model_version_parent: {
      workspace: string;
      name: string;
      version: number;
      parent_name: string;
      parent_version: number;
    };
  }
}

export const modelParentSchema: SchemaStep = {
  name: "0171-model-parent",
  async up(db) {
    await db.schema
      .createTable("model_version_parent")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("version", "bigint", (column) => column.notNull())
      .addColumn("parent_name", "text", (column) => column.notNull())
      .addColumn("parent_version", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("model_version_parent_key", [
        "workspace",
        "name",
        "version",
        "parent_name",
        "parent_version",
      ])
      .addForeignKeyConstraint(
        "model_version_parent_model",
        ["workspace", "name"],
        "model",
        ["workspace", "name"],
        (constraint) => constraint.onDelete("cascade").onUpdate("cascade"),
      )
      .execute();
    await db.schema
      .createIndex("model_version_parent_by_parent")
      .on("model_version_parent")
      .columns(["workspace", "parent_name", "parent_version"])
      .execute();
  },
};
