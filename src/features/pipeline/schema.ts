import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    published_pipeline: PublishedPipelineTable;
  }
}

export interface PublishedPipelineTable {
  workspace: string;
  name: string;
  version: number;
  description: string;
  digest: string;
  /** As it was published: names of data and models are looked up when it is started. */
  definition: string;
  /** JSON: the work tree of git that its code came from. */
  code: string | null;
  withdrawn: string | null;
  created_at: number;
  created_by_id: string;
  created_by_name: string;
}

export const pipelineSchema: SchemaStep = {
  name: "0600-pipeline",
  async up(db) {
    await db.schema
      .createTable("published_pipeline")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("version", "integer", (column) => column.notNull())
      .addColumn("description", "text", (column) => column.notNull())
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("definition", "text", (column) => column.notNull())
      .addColumn("withdrawn", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("created_by_id", "text", (column) => column.notNull())
      .addColumn("created_by_name", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("published_pipeline_key", ["workspace", "name", "version"])
      .execute();
  },
};

/** Which commit the code of a pipeline comes from. */
export const pipelineCodeSchema: SchemaStep = {
  name: "0799-pipeline-code",
  async up(db) {
    await db.schema.alterTable("published_pipeline").addColumn("code", "text").execute();
  },
};
