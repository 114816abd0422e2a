import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    /** What was last found at a URL, so that what has not changed is not read again. */
    url_content: {
      workspace: string;
      url: string;
      /** Validator of the answer, or sha256 over names, sizes and times of the files. */
      validator: string;
      tree: string;
      /** Of a single file: its name in the tree. */
      path: string | null;
      fetched_at: number;
    };
  }
}

export const urlSchema: SchemaStep = {
  name: "0520-url",
  async up(db) {
    await db.schema
      .createTable("url_content")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("url", "text", (column) => column.notNull())
      .addColumn("validator", "text", (column) => column.notNull())
      .addColumn("tree", "text", (column) => column.notNull())
      .addColumn("path", "text")
      .addColumn("fetched_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("url_content_key", ["workspace", "url"])
      .execute();
  },
};
