import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";

/** The tables of MLflow 3.11 that an import reads, as far as it reads them. */
const tables = [
  "alembic_version (version_num varchar(32))",
  "experiments (experiment_id integer, name varchar(256), artifact_location varchar(256), lifecycle_stage varchar(32), creation_time bigint, last_update_time bigint, workspace varchar(63))",
  "experiment_tags (key varchar(250), value varchar(5000), experiment_id integer)",
  "runs (run_uuid varchar(32), name varchar(250), user_id varchar(256), status varchar(9), start_time bigint, end_time bigint, deleted_time bigint, lifecycle_stage varchar(20), artifact_uri varchar(200), experiment_id integer)",
  "params (key varchar(250), value varchar(8000), run_uuid varchar(32))",
  "tags (key varchar(250), value varchar(8000), run_uuid varchar(32))",
  "metrics (key varchar(250), value double precision, timestamp bigint, run_uuid varchar(32), step bigint, is_nan BOOLEAN)",
  "latest_metrics (key varchar(250), value double precision, timestamp bigint, step bigint, is_nan BOOLEAN, run_uuid varchar(32))",
  "datasets (dataset_uuid varchar(36), experiment_id integer, name varchar(500), digest varchar(36), dataset_source_type varchar(36), dataset_source text, dataset_schema text, dataset_profile text)",
  "inputs (input_uuid varchar(36), source_type varchar(36), source_id varchar(36), destination_type varchar(36), destination_id varchar(36), step bigint)",
  "input_tags (input_uuid varchar(36), name varchar(255), value varchar(500))",
  "logged_models (model_id varchar(36), experiment_id integer, name varchar(500), artifact_location varchar(1000), creation_timestamp_ms bigint, last_updated_timestamp_ms bigint, status integer, lifecycle_stage varchar(32), model_type varchar(500), source_run_id varchar(32))",
  "logged_model_params (model_id varchar(36), param_key varchar(255), param_value text)",
  "logged_model_tags (model_id varchar(36), tag_key varchar(255), tag_value text)",
  "logged_model_metrics (model_id varchar(36), metric_name varchar(500), metric_timestamp_ms bigint, metric_step bigint, metric_value double precision, run_id varchar(32), dataset_name varchar(500), dataset_digest varchar(36))",
  "registered_models (name varchar(256), creation_time bigint, last_updated_time bigint, description varchar(5000), workspace varchar(63))",
  "registered_model_tags (key varchar(250), value varchar(5000), name varchar(256), workspace varchar(63))",
  "registered_model_aliases (alias varchar(256), version integer, name varchar(256), workspace varchar(63))",
  "model_versions (name varchar(256), version integer, creation_time bigint, last_updated_time bigint, description varchar(5000), user_id varchar(256), current_stage varchar(20), source varchar(500), run_id varchar(32), run_link varchar(500), storage_location varchar(500), workspace varchar(63))",
  "model_version_tags (key varchar(250), value text, name varchar(256), version integer, workspace varchar(63))",
  "trace_info (request_id varchar(50))",
];

export const ids = {
  parent: "a".repeat(32),
  child: "b".repeat(32),
  gone: "c".repeat(32),
  model: `m-${"d".repeat(32)}`,
};

/** Rows of a small server whose artifacts are in a folder: two runs, a deleted one, a logged and a registered model. */
function rowsOf(artifacts: string): [table: string, values: (string | number | null)[]][] {
  const { parent, child, gone, model } = ids;
  const of = (run: string) => `${artifacts}/1/${run}/artifacts`;
  const active = ["active"] as const;
  return [
    ["alembic_version", ["c3d6457b6d8a"]],
    ["experiments", [0, "Default", `${artifacts}/0`, "active", 100, 100, "default"]],
    ["experiments", [1, "diabetes", `${artifacts}/1`, "active", 200, 300, "default"]],
    ["experiments", [2, "of another workspace", `${artifacts}/2`, "active", 200, 300, "other"]],
    ["experiment_tags", ["owner", "ada", 1]],
    ["runs", [parent, "parent", "ada", "FINISHED", 1000, 2000, null, ...active, of(parent), 1]],
    ["runs", [child, "child", "ada", "FAILED", 1100, 1900, null, ...active, of(child), 1]],
    ["runs", [gone, "gone", "ada", "FINISHED", 1200, 1300, 1400, "deleted", of(gone), 1]],
    ["params", ["alpha", "0.1", parent]],
    ["params", ["empty", "", parent]],
    ["tags", ["mlflow.runName", "parent", parent]],
    ["tags", ["mlflow.parentRunId", parent, child]],
    ...Array.from({ length: 300 }, (_, step): [string, (string | number)[]] => [
      "metrics",
      ["loss", 1 / (step + 1), 1000 + step, parent, step, 0],
    ]),
    ["metrics", ["odd", 0, 1000, parent, 0, 1]],
    ["metrics", ["odd", Number.MAX_VALUE, 1001, parent, -5, 0]],
    ["latest_metrics", ["loss", 1 / 300, 1299, 299, 0, parent]],
    ["datasets", ["u1", 1, "rows", "d1", "local", "{}", null, "{}"]],
    ["inputs", ["i1", "DATASET", "u1", "RUN", parent, 0]],
    ["input_tags", ["i1", "mlflow.data.context", "training"]],
    ["inputs", ["i2", "RUN_OUTPUT", parent, "MODEL_OUTPUT", model, 3]],
    ["inputs", ["i3", "RUN_INPUT", child, "MODEL_INPUT", model, 0]],
    [
      "logged_models",
      [model, 1, "model", `${artifacts}/1/models/${model}/artifacts`, 1500, 1600, 2, "active", null, parent],
    ],
    ["logged_model_params", [model, "kind", "ridge"]],
    ["logged_model_tags", [model, "size", "small"]],
    ["logged_model_metrics", [model, "acc", 1500, 0, 0.75, parent, "rows", "d1"]],
    ["registered_models", ["churn", 3000, 3100, "who leaves", "default"]],
    ["registered_model_tags", ["team", "blue", "churn", "default"]],
    ["registered_model_aliases", ["champion", 1, "churn", "default"]],
    [
      "model_versions",
      ["churn", 1, 3000, 3001, "first", "ada", "Production", `models:/${model}`, parent, null, null, "default"],
    ],
    [
      "model_versions",
      ["churn", 2, 3000, 3001, null, null, "Deleted_Internal", "REDACTED", null, null, null, "default"],
    ],
    [
      "model_versions",
      ["churn", 3, 3002, 3003, null, null, "None", `runs:/${parent}/model`, parent, null, null, "default"],
    ],
    ["model_version_tags", ["checked", "yes", "churn", 1, "default"]],
    ["trace_info", ["tr-1"]],
  ];
}

function writeArtifacts(folder: string): void {
  const files = {
    [`1/${ids.parent}/artifacts/plots/a.txt`]: "a plot",
    [`1/${ids.parent}/artifacts/empty.txt`]: "",
    [`1/models/${ids.model}/artifacts/MLmodel`]: "flavors: {}",
    [`1/models/${ids.model}/artifacts/model.pkl`]: "weights",
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** Makes the database of an MLflow server in a folder, with its artifacts. Gives its URI. */
export function createMlflowSqlite(folder: string): string {
  const artifacts = join(folder, "mlruns");
  writeArtifacts(artifacts);
  const database = new DatabaseSync(join(folder, "mlflow.db"));
  for (const table of tables) database.exec(`create table ${table}`);
  for (const [table, values] of rowsOf(artifacts))
    database.prepare(`insert into ${table} values (${values.map(() => "?").join(", ")})`).run(...values);
  database.close();
  return `sqlite:///${join(folder, "mlflow.db")}`;
}

/** The same in PostgreSQL, in an empty database. */
export async function createMlflowPostgres(url: string, folder: string): Promise<string> {
  const artifacts = join(folder, "mlruns");
  writeArtifacts(artifacts);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const table of tables) await client.query(`create table ${table}`);
  for (const [table, values] of rowsOf(artifacts)) {
    const columns = values.map((_, index) => `$${index + 1}`).join(", ");
    const isNanAt = table === "metrics" ? 5 : table === "latest_metrics" ? 4 : -1;
    const typed = values.map((value, index) => (index === isNanAt ? value === 1 : value));
    await client.query(`insert into ${table} values (${columns})`, typed);
  }
  await client.end();
  return url.replace(/^postgres:/, "postgresql+psycopg2:");
}
