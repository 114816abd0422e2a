import { sql } from "kysely";
import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    environment_version: EnvironmentVersionTable;
    /** What a specification resolved to on a platform; the first answer stays, so that later steps get the same. */
    environment_lock: {
      workspace: string;
      specification: string;
      platform: string;
      digest: string;
      lock: string;
      created_at: number;
    };
  }
}

export interface EnvironmentVersionTable {
  workspace: string;
  name: string;
  version: string;
  /** Counts the versions of a name. */
  seq: number;
  description: string;
  tags: string;
  conda_file: string | null;
  image: string | null;
  /** `{ context, dockerfile }` */
  build: string | null;
  files: string | null;
  uv_project: string | null;
  digest: string;
  created_at: number;
  archived_at: number | null;
}

export const environmentSchema: SchemaStep = {
  name: "0060-environment",
  async up(db) {
    await db.schema
      .createTable("environment_version")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("version", "text", (column) => column.notNull())
      .addColumn("description", "text", (column) => column.notNull())
      .addColumn("conda_file", "text")
      .addColumn("image", "text")
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("environment_version_key", ["workspace", "name", "version"])
      .execute();
    await db.schema
      .createTable("environment_lock")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("specification", "text", (column) => column.notNull())
      .addColumn("platform", "text", (column) => column.notNull())
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("lock", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("environment_lock_key", ["workspace", "specification", "platform"])
      .execute();
  },
};

/** Environments that are more than a conda file and an image, and what people say of them. */
export const environmentContentSchema: SchemaStep = {
  name: "0761-environment-content",
  async up(db) {
    const change = () => db.schema.alterTable("environment_version");
    await change()
      .addColumn("seq", "integer", (column) => column.notNull().defaultTo(0))
      .execute();
    await change()
      .addColumn("tags", "text", (column) => column.notNull().defaultTo("{}"))
      .execute();
    for (const name of ["build", "files", "uv_project"]) await change().addColumn(name, "text").execute();
    await change().addColumn("archived_at", "bigint").execute();
    // Until now a version was the number of those that were there.
    await sql`update environment_version set seq = cast(version as integer)`.execute(db);
  },
};
