import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    dataset: DatasetTable;
    /** `place` orders the data sets of a run as they were logged. */
    run_dataset: { run_id: string; name: string; digest: string; place: string };
    run_dataset_tag: { run_id: string; name: string; digest: string; key: string; value: string };
  }
}

/** A data set as a client described it; what it describes is kept once per experiment. */
export interface DatasetTable {
  workspace: string;
  experiment_id: number;
  name: string;
  digest: string;
  source_type: string;
  source: string;
  schema: string | null;
  profile: string | null;
}

export const inputSchema: SchemaStep = {
  name: "0104-run-input",
  async up(db) {
    await db.schema
      .createTable("dataset")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("experiment_id", "bigint", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("source_type", "text", (column) => column.notNull())
      .addColumn("source", "text", (column) => column.notNull())
      .addColumn("schema", "text")
      .addColumn("profile", "text")
      .addPrimaryKeyConstraint("dataset_key", ["workspace", "experiment_id", "name", "digest"])
      .execute();
    await db.schema
      .createTable("run_dataset")
      .addColumn("run_id", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("digest", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("run_dataset_key", ["run_id", "name", "digest"])
      .execute();
    await db.schema
      .createTable("run_dataset_tag")
      .addColumn("run_id", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("value", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("run_dataset_tag_key", ["run_id", "name", "digest", "key"])
      .execute();
  },
};

export const inputOrderSchema: SchemaStep = {
  name: "0140-run-input-order",
  async up(db) {
    await db.schema
      .alterTable("run_dataset")
      .addColumn("place", "text", (column) => column.notNull().defaultTo(""))
      .execute();
  },
};
