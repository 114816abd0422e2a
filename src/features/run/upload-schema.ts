import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    /** An artifact that is on its way in parts. */
    upload: UploadTable;
    upload_part: { upload_id: string; number: number; digest: string; size: number };
  }
}

export interface UploadTable {
  id: string;
  workspace: string;
  /** Whose artifact it becomes, and where. */
  owner: string;
  path: string;
  /** sha256 of the secret that lets parts in. */
  secret_hash: string;
  parts: number;
  created_at: number;
}

export const uploadSchema: SchemaStep = {
  name: "0106-upload",
  async up(db) {
    await db.schema
      .createTable("upload")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("owner", "text", (column) => column.notNull())
      .addColumn("path", "text", (column) => column.notNull())
      .addColumn("secret_hash", "text", (column) => column.notNull())
      .addColumn("parts", "integer", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("upload_part")
      .addColumn("upload_id", "text", (column) => column.notNull())
      .addColumn("number", "integer", (column) => column.notNull())
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("size", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("upload_part_key", ["upload_id", "number"])
      .execute();
  },
};
