import type { ImportedRun } from "../../contract/import.ts";
import { lifecycleOf, type SourceLoggedModel, type SourceOptions, type SourceRun, stateOf } from "./source.ts";
import { optionalNumber, pairsOf, type Row, type SqlReader, text } from "./sql.ts";

const batch = 200;

function* batches<T>(items: T[]): Generator<T[]> {
  for (let from = 0; from < items.length; from += batch) yield items.slice(from, from + batch);
}

const marks = (items: unknown[]): string => items.map(() => "?").join(", ");

/** Rows of a table that belong to some owners, by owner. */
async function factsOf(db: SqlReader, table: string, owner: string, ids: string[]): Promise<Map<string, Row[]>> {
  if ((await db.columns(table)).size === 0) return new Map();
  return Map.groupBy(await db.rows(`select * from ${table} where ${owner} in (${marks(ids)})`, ...ids), (row) =>
    text(row[owner]),
  );
}

export async function* readRuns(
  db: SqlReader,
  experimentId: string,
  options: SourceOptions,
): AsyncGenerator<SourceRun[]> {
  const only = options.includeDeleted ? "" : "and lifecycle_stage = 'active'";
  const all = await db.rows(
    `select * from runs where experiment_id = ? ${only} order by start_time, run_uuid`,
    Number(experimentId),
  );
  for (const rows of batches(all)) {
    const ids = rows.map((row) => text(row.run_uuid));
    const params = await factsOf(db, "params", "run_uuid", ids);
    const tags = await factsOf(db, "tags", "run_uuid", ids);
    const latest = await factsOf(db, "latest_metrics", "run_uuid", ids);
    const datasets = await datasetsOf(db, ids);
    const links = await linksOf(db, ids);
    yield rows.map((row) => {
      const id = text(row.run_uuid);
      const tagsHere = pairsOf(tags.get(id) ?? []);
      return {
        id,
        name: text(row.name) || (tagsHere.find(([key]) => key === "mlflow.runName")?.[1] ?? id),
        state: stateOf(row.status),
        lifecycleStage: lifecycleOf(row.lifecycle_stage),
        user: text(row.user_id),
        startedAt: optionalNumber(row.start_time),
        endedAt: optionalNumber(row.end_time),
        deletedAt: optionalNumber(row.deleted_time),
        params: pairsOf(params.get(id) ?? []),
        tags: tagsHere,
        datasets: datasets.get(id) ?? [],
        inputs: (links.get(id) ?? [])
          .filter((link) => link.destination_type === "MODEL_INPUT")
          .map((link) => text(link.destination_id)),
        outputs: (links.get(id) ?? [])
          .filter((link) => link.destination_type === "MODEL_OUTPUT")
          .map((link) => ({ modelId: text(link.destination_id), step: Number(link.step ?? 0) })),
        latest: (latest.get(id) ?? [])
          .map((point) => `${point.key} ${point.step} ${point.timestamp} ${point.value}`)
          .sort(),
        artifactUri: text(row.artifact_uri),
      };
    });
  }
}

async function datasetsOf(db: SqlReader, ids: string[]): Promise<Map<string, ImportedRun["datasets"]>> {
  const found = new Map<string, ImportedRun["datasets"]>();
  if ((await db.columns("inputs")).size === 0) return found;
  const rows = await db.rows(
    `select inputs.input_uuid, inputs.destination_id, datasets.* from inputs
      join datasets on datasets.dataset_uuid = inputs.source_id
      where inputs.source_type = 'DATASET' and inputs.destination_type = 'RUN' and inputs.destination_id in (${marks(ids)})`,
    ...ids,
  );
  const inputs = rows.map((row) => text(row.input_uuid));
  const tags = inputs.length === 0 ? new Map<string, Row[]>() : await factsOf(db, "input_tags", "input_uuid", inputs);
  for (const row of rows) {
    const run = text(row.destination_id);
    const list = found.get(run) ?? [];
    list.push({
      name: text(row.name),
      digest: text(row.digest),
      sourceType: text(row.dataset_source_type),
      source: text(row.dataset_source),
      schema: row.dataset_schema === null ? null : text(row.dataset_schema),
      profile: row.dataset_profile === null ? null : text(row.dataset_profile),
      tags: pairsOf(tags.get(text(row.input_uuid)) ?? [], "name"),
    });
    found.set(run, list);
  }
  return found;
}

/** Logged models that runs used or made. */
async function linksOf(db: SqlReader, ids: string[]): Promise<Map<string, Row[]>> {
  if (!(await db.columns("inputs")).has("step")) return new Map();
  const rows = await db.rows(
    `select * from inputs where source_type in ('RUN_INPUT', 'RUN_OUTPUT') and source_id in (${marks(ids)})`,
    ...ids,
  );
  return Map.groupBy(rows, (row) => text(row.source_id));
}

const statuses = ["UNSPECIFIED", "PENDING", "READY", "UPLOAD_FAILED"] as const;

export async function* readLoggedModels(
  db: SqlReader,
  experimentId: string,
  options: SourceOptions,
): AsyncGenerator<SourceLoggedModel[]> {
  if ((await db.columns("logged_models")).size === 0) return;
  const only = options.includeDeleted ? "" : "and lifecycle_stage = 'active'";
  const all = await db.rows(
    `select * from logged_models where experiment_id = ? ${only} order by model_id`,
    Number(experimentId),
  );
  for (const rows of batches(all)) {
    const ids = rows.map((row) => text(row.model_id));
    const params = await factsOf(db, "logged_model_params", "model_id", ids);
    const tags = await factsOf(db, "logged_model_tags", "model_id", ids);
    const metrics = await factsOf(db, "logged_model_metrics", "model_id", ids);
    yield rows.map((row) => {
      const id = text(row.model_id);
      return {
        id,
        name: text(row.name),
        modelType: text(row.model_type),
        sourceRunId: text(row.source_run_id) || null,
        status: statuses[Number(row.status)] ?? "UNSPECIFIED",
        lifecycleStage: lifecycleOf(row.lifecycle_stage),
        createdAt: Number(row.creation_timestamp_ms),
        updatedAt: Number(row.last_updated_timestamp_ms),
        params: pairsOf(params.get(id) ?? [], "param_key", "param_value"),
        tags: pairsOf(tags.get(id) ?? [], "tag_key", "tag_value"),
        metrics: (metrics.get(id) ?? []).map((metric) => ({
          runId: text(metric.run_id),
          key: text(metric.metric_name),
          timestamp: Number(metric.metric_timestamp_ms),
          step: Number(metric.metric_step),
          value: metric.metric_value === null ? ("NaN" as const) : Number(metric.metric_value),
          datasetName: text(metric.dataset_name),
          datasetDigest: text(metric.dataset_digest),
        })),
        artifactUri: text(row.artifact_location),
      };
    });
  }
}
