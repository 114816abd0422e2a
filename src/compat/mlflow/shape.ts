import type { RegisteredModel, RegisteredVersion } from "../../features/model/index.ts";
import type { Experiment, LoggedModel, MetricPoint, RunLinks, RunRecord } from "../../features/run/index.ts";
import { metricValueOf } from "../../features/run/index.ts";
import { experimentUri, loggedModelUri, runUri } from "./uri.ts";

/** Our things as MLflow's JSON. */

export const pairsOf = (facts: Record<string, string>) => Object.entries(facts).map(([key, value]) => ({ key, value }));

export const experimentJson = (experiment: Experiment) => ({
  experiment_id: experiment.id,
  name: experiment.name,
  artifact_location: experiment.artifact_location ?? experimentUri(experiment.id),
  lifecycle_stage: experiment.lifecycle_stage,
  creation_time: experiment.created_at,
  last_update_time: experiment.updated_at,
  tags: pairsOf(experiment.tags),
});

export const pointJson = (row: MetricPoint) => ({
  key: row.key,
  value: metricValueOf(row),
  timestamp: row.timestamp,
  step: row.step,
});

export const runInfoJson = (run: RunRecord) => ({
  run_uuid: run.id,
  run_id: run.id,
  run_name: run.name,
  experiment_id: run.experimentId,
  user_id: run.user_name,
  status: run.state,
  start_time: run.started_at,
  end_time: run.ended_at,
  artifact_uri: runUri(run.experimentId, run.id),
  lifecycle_stage: run.lifecycle_stage,
});

export const runJson = (run: RunRecord, links?: RunLinks) => ({
  info: runInfoJson(run),
  data: { metrics: run.latest.map(pointJson), params: pairsOf(run.params), tags: pairsOf(run.tags) },
  inputs: {
    dataset_inputs: links?.datasets.map(({ dataset, tags }) => ({
      tags: pairsOf(tags),
      dataset: {
        name: dataset.name,
        digest: dataset.digest,
        source_type: dataset.source_type,
        source: dataset.source,
        schema: dataset.schema,
        profile: dataset.profile,
      },
    })),
    model_inputs: links?.inputs.map((id) => ({ model_id: id })),
  },
  outputs: links && { model_outputs: links.outputs.map(({ modelId, step }) => ({ model_id: modelId, step })) },
});

export const loggedModelJson = (model: LoggedModel) => ({
  info: {
    model_id: model.id,
    experiment_id: model.experimentId,
    name: model.name,
    creation_timestamp_ms: model.created_at,
    last_updated_timestamp_ms: model.updated_at,
    artifact_uri: loggedModelUri(model.experimentId, model.id),
    status: `LOGGED_MODEL_${model.status}`,
    model_type: model.model_type,
    source_run_id: model.source_run_id ?? "",
    tags: pairsOf(model.tags),
  },
  data: {
    params: pairsOf(model.params),
    metrics: model.metrics.map((metric) => ({
      ...pointJson(metric),
      model_id: metric.model_id,
      run_id: metric.run_id,
      dataset_name: metric.dataset_name || undefined,
      dataset_digest: metric.dataset_digest || undefined,
    })),
  },
});

export const versionJson = (version: RegisteredVersion) => ({
  name: version.name,
  version: version.version,
  creation_timestamp: version.createdAt,
  last_updated_timestamp: version.updatedAt,
  description: version.description,
  user_id: version.createdBy.name,
  current_stage: version.stage,
  source: version.source,
  run_id: version.runId ?? "",
  run_link: version.runLink,
  ...statusOf(version),
  tags: pairsOf(version.tags),
  aliases: version.aliases,
  model_id: version.loggedModelId,
});

/** A version is ready as soon as it is registered: its check takes a moment more, and clients would wait in seconds. */
const statusOf = ({ checkState }: RegisteredVersion) => {
  if (checkState === "refused")
    return {
      status: "FAILED_REGISTRATION",
      status_message: "Its files were refused; `trainyard model check` says why.",
    };
  const note = checkState === "quarantined" ? "In quarantine; `trainyard model check` says why." : undefined;
  return { status: "READY", status_message: note };
};

export const modelJson = (model: RegisteredModel, latest: RegisteredVersion[]) => ({
  name: model.name,
  creation_timestamp: model.createdAt,
  last_updated_timestamp: model.updatedAt,
  description: model.description || undefined,
  latest_versions: latest.map(versionJson),
  tags: pairsOf(model.tags),
  aliases: Object.entries(model.aliases).map(([alias, version]) => ({ alias, version })),
});
