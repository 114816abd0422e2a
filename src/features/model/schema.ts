import type { Kysely } from "kysely";
import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    model: ModelTable;
    model_tag: { workspace: string; name: string; key: string; value: string };
    model_version: ModelVersionTable;
    model_version_tag: { workspace: string; name: string; version: number; key: string; value: string };
    model_version_metric: {
      workspace: string;
      name: string;
      version: number;
      key: string;
      value: number;
      is_nan: number;
    };
    model_version_data: { workspace: string; name: string; version: number; data: string };
    model_alias: { workspace: string; name: string; alias: string; version: number };
    model_alias_change: AliasChangeTable;
  }
}

export interface ModelTable {
  workspace: string;
  name: string;
  description: string;
  /** The highest number given so far: a number is not used again, even after its version is deleted. */
  last_version: number;
  created_at: number;
  updated_at: number;
}

export interface ModelVersionTable {
  workspace: string;
  name: string;
  version: number;
  description: string;
  /** Tree of the model's files; null while they are not known. */
  digest: string | null;
  size: number;
  format: string;
  stage: string;
  /** Where a tracking client said that the files are. A fact about the request, never opened as a path. */
  source: string;
  run_id: string | null;
  run_link: string;
  /** The logged model (`m-…`) that it was made from. */
  logged_model_id: string | null;
  job_id: string | null;
  created_at: number;
  updated_at: number;
  actor_id: string;
  actor_name: string;
}

export interface AliasChangeTable {
  workspace: string;
  name: string;
  alias: string;
  at: number;
  /** Null when the alias was taken away. */
  version: number | null;
  previous: number | null;
  actor_id: string;
  actor_name: string;
  reason: string;
}

export const modelSchema: SchemaStep = {
  name: "0120-model",
  async up(db) {
    await createModels(db);
    await createVersionFacts(db);
    await createAliases(db);
  },
};

async function createModels(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("model")
    .addColumn("workspace", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("description", "text", (column) => column.notNull())
    .addColumn("last_version", "bigint", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("model_key", ["workspace", "name"])
    .execute();
  await ofModel(db, "model_tag")
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("value", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("model_tag_key", ["workspace", "name", "key"])
    .execute();
  await ofModel(db, "model_version")
    .addColumn("version", "bigint", (column) => column.notNull())
    .addColumn("description", "text", (column) => column.notNull())
    .addColumn("digest", "text")
    .addColumn("size", "bigint", (column) => column.notNull())
    .addColumn("format", "text", (column) => column.notNull())
    .addColumn("stage", "text", (column) => column.notNull())
    .addColumn("source", "text", (column) => column.notNull())
    .addColumn("run_id", "text")
    .addColumn("run_link", "text", (column) => column.notNull())
    .addColumn("logged_model_id", "text")
    .addColumn("job_id", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .addColumn("actor_id", "text", (column) => column.notNull())
    .addColumn("actor_name", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("model_version_key", ["workspace", "name", "version"])
    .execute();
  await db.schema.createIndex("model_version_by_digest").on("model_version").columns(["digest"]).execute();
  await db.schema.createIndex("model_version_by_run").on("model_version").columns(["run_id"]).execute();
}

async function createVersionFacts(db: Kysely<unknown>): Promise<void> {
  await ofModel(db, "model_version_tag")
    .addColumn("version", "bigint", (column) => column.notNull())
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("value", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("model_version_tag_key", ["workspace", "name", "version", "key"])
    .execute();
  await ofModel(db, "model_version_metric")
    .addColumn("version", "bigint", (column) => column.notNull())
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("value", "double precision", (column) => column.notNull())
    .addColumn("is_nan", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("model_version_metric_key", ["workspace", "name", "version", "key"])
    .execute();
  await ofModel(db, "model_version_data")
    .addColumn("version", "bigint", (column) => column.notNull())
    .addColumn("data", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("model_version_data_key", ["workspace", "name", "version", "data"])
    .execute();
}

async function createAliases(db: Kysely<unknown>): Promise<void> {
  await ofModel(db, "model_alias")
    .addColumn("alias", "text", (column) => column.notNull())
    .addColumn("version", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("model_alias_key", ["workspace", "name", "alias"])
    .execute();
  await ofModel(db, "model_alias_change")
    .addColumn("alias", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("version", "bigint")
    .addColumn("previous", "bigint")
    .addColumn("actor_id", "text", (column) => column.notNull())
    .addColumn("actor_name", "text", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("model_alias_change_by_alias")
    .on("model_alias_change")
    .columns(["workspace", "name", "alias", "at"])
    .execute();
}

/** Renaming or deleting a model takes everything of it along. */
const ofModel = (db: Kysely<unknown>, table: string) =>
  db.schema
    .createTable(table)
    .addColumn("workspace", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addForeignKeyConstraint(`${table}_model`, ["workspace", "name"], "model", ["workspace", "name"], (constraint) =>
      constraint.onDelete("cascade").onUpdate("cascade"),
    );
