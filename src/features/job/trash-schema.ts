import { sql } from "kysely";
import type { SchemaStep } from "../../platform/db/migrate.ts";

/** Jobs that are deleted stay until they are purged. Few are, so an index leads to those alone. */
export const trashSchema: SchemaStep = {
  name: "0782-job-trash",
  async up(db) {
    await db.schema.alterTable("job").addColumn("deleted_at", "bigint").execute();
    await db.schema
      .alterTable("job")
      .addColumn("purging", "integer", (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema
      .createIndex("job_deleted")
      .on("job")
      .columns(["workspace", "id"])
      .where(sql.ref("deleted_at"), "is not", null)
      .execute();
  },
};
