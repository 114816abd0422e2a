import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    evaluation_dataset: EvaluationDatasetTable;
    evaluation_dataset_tag: { dataset_id: string; key: string; value: string };
    evaluation_dataset_experiment: { dataset_id: string; experiment_id: number };
    evaluation_record: EvaluationRecordTable;
    scorer_version: ScorerTable;
    issue: IssueTable;
  }
}

export interface EvaluationDatasetTable {
  /** `d-` and 32 hexadecimal digits. */
  id: string;
  workspace: string;
  name: string;
  /** JSON: type by field of inputs, outputs and expectations; null until there are records. */
  schema: string | null;
  created_at: number;
  updated_at: number;
  created_by: string;
  updated_by: string;
}

export interface EvaluationRecordTable {
  /** `dr-` and 32 hexadecimal digits; later ones sort after earlier ones. */
  id: string;
  dataset_id: string;
  /** sha256 of the inputs: a data set has each once. */
  input_digest: string;
  /** JSON, as the rest. */
  inputs: string;
  outputs: string | null;
  expectations: string | null;
  tags: string;
  source: string | null;
  created_at: number;
  updated_at: number;
  created_by: string;
  updated_by: string;
}

export interface ScorerTable {
  workspace: string;
  experiment_id: number;
  name: string;
  version: number;
  /** The same for all versions of a name. */
  scorer_id: string;
  /** As the client wrote it. It is never run here. */
  serialized: string;
  created_at: number;
}

export interface IssueTable {
  id: string;
  workspace: string;
  experiment_id: number;
  name: string;
  description: string;
  status: string;
  severity: string | null;
  /** JSON lists. */
  root_causes: string;
  categories: string;
  source_run_id: string | null;
  created_by: string;
  created_at: number;
  updated_at: number;
}

export const evaluationSchema: SchemaStep = {
  name: "0142-evaluation",
  async up(db) {
    await db.schema
      .createTable("evaluation_dataset")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("schema", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .addColumn("created_by", "text", (column) => column.notNull())
      .addColumn("updated_by", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex("evaluation_dataset_workspace")
      .on("evaluation_dataset")
      .columns(["workspace", "created_at"])
      .execute();
    await db.schema
      .createTable("evaluation_dataset_tag")
      .addColumn("dataset_id", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("value", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("evaluation_dataset_tag_key", ["dataset_id", "key"])
      .execute();
    await db.schema
      .createTable("evaluation_dataset_experiment")
      .addColumn("dataset_id", "text", (column) => column.notNull())
      .addColumn("experiment_id", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("evaluation_dataset_experiment_key", ["dataset_id", "experiment_id"])
      .execute();
    await db.schema
      .createTable("evaluation_record")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("dataset_id", "text", (column) => column.notNull())
      .addColumn("input_digest", "text", (column) => column.notNull())
      .addColumn("inputs", "text", (column) => column.notNull())
      .addColumn("outputs", "text")
      .addColumn("expectations", "text")
      .addColumn("tags", "text", (column) => column.notNull())
      .addColumn("source", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .addColumn("created_by", "text", (column) => column.notNull())
      .addColumn("updated_by", "text", (column) => column.notNull())
      .addUniqueConstraint("evaluation_record_inputs", ["dataset_id", "input_digest"])
      .execute();
    await db.schema
      .createTable("scorer_version")
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("experiment_id", "bigint", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("version", "integer", (column) => column.notNull())
      .addColumn("scorer_id", "text", (column) => column.notNull())
      .addColumn("serialized", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("scorer_version_key", ["workspace", "experiment_id", "name", "version"])
      .execute();
    await db.schema
      .createTable("issue")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("experiment_id", "bigint", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("description", "text", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("severity", "text")
      .addColumn("root_causes", "text", (column) => column.notNull())
      .addColumn("categories", "text", (column) => column.notNull())
      .addColumn("source_run_id", "text")
      .addColumn("created_by", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex("issue_experiment")
      .on("issue")
      .columns(["workspace", "experiment_id", "created_at"])
      .execute();
  },
};
