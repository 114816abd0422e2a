import { dirname, join } from "node:path";
import { Problem } from "../../contract/errors.ts";
import { readModels } from "./database-registry.ts";
import { readLoggedModels, readRuns } from "./database-runs.ts";
import { createFolderFiles } from "./folder-files.ts";
import { lifecycleOf, type Source, type SourceOptions } from "./source.ts";
import { openPostgresReader, openSqliteReader, optionalNumber, pairsOf, type SqlReader, text } from "./sql.ts";

/** The newest schema that this was tried with: MLflow 3.11.1. Older and newer ones are read by the columns they have. */
const knownSchema = "c3d6457b6d8a";

/** Tables whose rows are not taken over, and what they are. */
const leftOut: Record<string, string> = {
  trace_info: "traces",
  webhooks: "webhooks",
  evaluation_datasets: "evaluation data sets",
  scorers: "scorers",
  endpoints: "gateway endpoints",
};

/** The database that an MLflow server keeps its records in. */
export async function openDatabaseSource(uri: string, options: SourceOptions): Promise<Source> {
  const isSqlite = uri.startsWith("sqlite:");
  // sqlite:///relative and sqlite:////absolute, as SQLAlchemy has it.
  const path = uri.replace(/^sqlite(\+\w+)?:\/\/\//, "").replace(/\?.*$/, "");
  const db = isSqlite ? openSqliteReader(path) : await openPostgresReader(uri);
  try {
    const version = await schemaVersion(db);
    if (version !== knownSchema)
      options.complain(
        "schema",
        `its version ${version} is not the one this was tried with (${knownSchema}, MLflow 3.11); it is read by the columns that it has`,
      );
    const folders = isSqlite ? [dirname(path), join(dirname(path), "mlartifacts"), join(dirname(path), "mlruns")] : [];
    return sourceOf(db, version, { ...options, artifactFolders: [...options.artifactFolders, ...folders] });
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function schemaVersion(db: SqlReader): Promise<string> {
  const tables = ["alembic_version", "experiments", "runs", "metrics", "params", "tags"];
  for (const table of tables) {
    if ((await db.columns(table)).size > 0) continue;
    throw new Problem("invalid", `${db.address} is not a database of MLflow: it has no table ${table}.`, {
      hint: "Give the URI that `mlflow server --backend-store-uri` was started with.",
    });
  }
  return text((await db.rows("select version_num from alembic_version"))[0]?.version_num);
}

async function sourceOf(db: SqlReader, version: string, options: SourceOptions): Promise<Source> {
  const columns = await db.columns("experiments");
  const inWorkspace = columns.has("workspace");
  return {
    address: db.address,
    description: `MLflow database, schema ${version}`,
    async leftOut() {
      const counts = new Map<string, number>();
      for (const [table, what] of Object.entries(leftOut)) {
        if ((await db.columns(table)).size === 0) continue;
        const count = Number((await db.rows(`select count(*) as count from ${table}`))[0]!.count);
        if (count > 0) counts.set(what, count);
      }
      return counts;
    },
    async experiments() {
      const rows = await db.rows(
        `select * from experiments ${inWorkspace ? "where workspace = ?" : ""} order by experiment_id`,
        ...(inWorkspace ? [options.workspace] : []),
      );
      const tags = await db.rows("select * from experiment_tags");
      return rows.map((row) => ({
        id: text(row.experiment_id),
        name: text(row.name),
        lifecycleStage: lifecycleOf(row.lifecycle_stage),
        createdAt: optionalNumber(row.creation_time),
        updatedAt: optionalNumber(row.last_update_time),
        tags: pairsOf(tags.filter((tag) => tag.experiment_id === row.experiment_id)),
      }));
    },
    runs: (experimentId) => readRuns(db, experimentId, options),
    async *points(run) {
      const query = "select key, timestamp, step, value, is_nan from metrics where run_uuid = ? order by key";
      for await (const rows of db.scan(query, run.id))
        for (const row of rows)
          yield {
            ...{ key: text(row.key), timestamp: Number(row.timestamp), step: Number(row.step) },
            value: Number(row.is_nan) ? Number.NaN : Number(row.value),
          };
    },
    loggedModels: (experimentId) => readLoggedModels(db, experimentId, options),
    models: () => readModels(db, options),
    files: createFolderFiles(options),
    close: () => db.close(),
  };
}
