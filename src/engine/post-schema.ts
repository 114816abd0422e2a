import { sql } from "kysely";
import type { SchemaStep } from "../platform/db/migrate.ts";

declare module "../platform/db/tables.ts" {
  interface Tables {
    execution_post: PostTable;
  }
}

/** What one execution has to say to another, until that one is planned. */
export interface PostTable {
  id: string;
  execution_id: string;
  kind: string;
  task: string | null;
  /** JSON. */
  data: string;
}

/** Executions tell each other things by post, and each knows the job that it is part of. */
export const postSchema: SchemaStep = {
  name: "0640-engine-post",
  async up(db) {
    await db.schema
      .createTable("execution_post")
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("execution_id", "text", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("task", "text")
      .addColumn("data", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("execution_post_key", ["execution_id", "id"])
      .execute();
    await db.schema
      .alterTable("execution")
      .addColumn("root", "text", (column) => column.notNull().defaultTo(sql.lit("")))
      .execute();
    await sql`update execution set root = id`.execute(db);
  },
};
