import type { Kysely } from "kysely";
import type { SchemaStep } from "../../platform/db/migrate.ts";
import type { Tables } from "../../platform/db/tables.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    /** Which builds package a model version; what it was, by digest, is in the build itself. */
    build_model: { workspace: string; number: number; name: string; version: string };
  }
}

/** Its number is after that of the builds themselves, whose models it copies. */
export const buildModelSchema: SchemaStep = {
  name: "0222-build-model",
  async up(db) {
    await db.schema
      .createTable("build_model")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("number", "integer", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("version", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("build_model_key", ["workspace", "name", "version", "number"])
      .execute();
    const tables = db as Kysely<Tables>;
    for (const { workspace, number, models } of await tables
      .selectFrom("build")
      .select(["workspace", "number", "models"])
      .execute()) {
      for (const { name, version } of JSON.parse(models) as { name: string; version: string }[]) {
        await tables
          .insertInto("build_model")
          .values({ workspace, number, name, version })
          .onConflict((known) => known.doNothing())
          .execute();
      }
    }
  },
};
