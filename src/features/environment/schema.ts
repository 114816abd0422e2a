import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    environment_version: {
      workspace: string;
      name: string;
      version: string;
      description: string;
      conda_file: string | null;
      image: string | null;
      digest: string;
      created_at: number;
    };
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
