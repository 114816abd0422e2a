import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    /**
     * Which workspace has which blob: knowing a digest is not a right to read it. `touched_at`: when somebody was last
     * told that it is here, and may be about to refer to it.
     */
    blob: { workspace: string; digest: string; size: number; created_at: number; touched_at: number };
  }
}

export const blobSchema: SchemaStep = {
  name: "0040-blob",
  async up(db) {
    await db.schema
      .createTable("blob")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("size", "bigint", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("blob_key", ["workspace", "digest"])
      .execute();
  },
};

export const blobTouchSchema: SchemaStep = {
  name: "0173-blob-touch",
  async up(db) {
    await db.schema
      .alterTable("blob")
      .addColumn("touched_at", "bigint", (column) => column.notNull().defaultTo(0))
      .execute();
  },
};
