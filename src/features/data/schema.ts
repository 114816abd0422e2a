import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    data_asset: DataAssetTable;
    data_version: DataVersionTable;
  }
}

export interface DataAssetTable {
  workspace: string;
  name: string;
  /** JSON; what every later version must satisfy. Null: anything goes. */
  expectations: string | null;
  /** Number that the next version without one of its own gets. */
  next_version: number;
  /** `seq` of the newest version. */
  last_seq: number;
  created_at: number;
}

export interface DataVersionTable {
  workspace: string;
  name: string;
  version: string;
  /** Order of creation within the asset. */
  seq: number;
  type: string;
  description: string;
  state: "checking" | "ready" | "refused";
  digest: string;
  size: number;
  /** JSON; the expectations that came with this version. The asset takes them over when the version is ready. */
  expectations: string | null;
  profile: string | null;
  findings: string;
  job_id: string | null;
  source: string | null;
  execution_id: string | null;
  created_at: number;
  actor_id: string;
  actor_name: string;
}

export const dataSchema: SchemaStep = {
  name: "0050-data",
  async up(db) {
    await db.schema
      .createTable("data_asset")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("expectations", "text")
      .addColumn("next_version", "integer", (column) => column.notNull())
      .addColumn("last_seq", "integer", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("data_asset_key", ["workspace", "name"])
      .execute();
    await db.schema
      .createTable("data_version")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("version", "text", (column) => column.notNull())
      .addColumn("seq", "integer", (column) => column.notNull())
      .addColumn("type", "text", (column) => column.notNull())
      .addColumn("description", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("size", "bigint", (column) => column.notNull())
      .addColumn("expectations", "text")
      .addColumn("profile", "text")
      .addColumn("findings", "text", (column) => column.notNull())
      .addColumn("job_id", "text")
      .addColumn("execution_id", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("actor_id", "text", (column) => column.notNull())
      .addColumn("actor_name", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("data_version_key", ["workspace", "name", "version"])
      .addUniqueConstraint("data_version_seq", ["workspace", "name", "seq"])
      .execute();
  },
};

export const dataSourceSchema: SchemaStep = {
  name: "0651-data-source",
  async up(db) {
    await db.schema.alterTable("data_version").addColumn("source", "text").execute();
  },
};
