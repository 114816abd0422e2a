import type { ImportSummary } from "../../contract/import.ts";
import { factsOfLoggedModel, factsOfRun, listOfFiles, PointsSum } from "../../contract/import-summary.ts";
import type { Ctx } from "../../platform/context.ts";
import { digestOf } from "../../platform/digest.ts";
import { listFiles } from "./artifact.ts";
import { scanPoints } from "./fact-store.ts";
import { linksOf } from "./input.ts";
import { getLoggedModel, requireLoggedModel } from "./logged-model.ts";
import { metricValueOf, numberOf } from "./metric.ts";
import { getRun, requireRun } from "./run.ts";

/** What is here of a run, put down as the importing side puts down what is there. */
export async function summaryOfRun(ctx: Ctx, workspace: string, id: string): Promise<ImportSummary> {
  const run = await getRun(ctx, workspace, id);
  const links = (await linksOf(ctx, [id])).get(id)!;
  const params = Object.entries(run.params);
  const tags = Object.entries(run.tags);
  const facts = factsOfRun({
    ...{ id, experimentId: run.experimentId, name: run.name, state: run.state, user: run.user_name },
    ...{ lifecycleStage: run.lifecycle_stage, startedAt: run.started_at, endedAt: run.ended_at, deletedAt: null },
    ...{ params, tags, inputs: links.inputs, outputs: links.outputs },
    datasets: links.datasets.map(({ dataset, tags }) => ({
      ...{ name: dataset.name, digest: dataset.digest, sourceType: dataset.source_type, source: dataset.source },
      ...{ schema: dataset.schema, profile: dataset.profile, tags: Object.entries(tags) },
    })),
  });
  const points = new PointsSum();
  for await (const rows of scanPoints(ctx, await requireRun(ctx, workspace, id)))
    for (const row of rows) points.add(row.key, row.timestamp, row.step, numberOf(row));
  return {
    ...{ facts: digestOf(facts), params: params.length, tags: tags.length, datasets: links.datasets.length },
    ...{ points: points.count, pointsSum: points.text },
    ...(await summaryOfFiles(ctx, id)),
  };
}

export async function summaryOfLoggedModel(ctx: Ctx, workspace: string, id: string): Promise<ImportSummary> {
  await requireLoggedModel(ctx, workspace, id, true);
  const model = await getLoggedModel(ctx, workspace, id, true);
  const params = Object.entries(model.params);
  const tags = Object.entries(model.tags);
  const facts = factsOfLoggedModel({
    ...{ id, experimentId: model.experimentId, name: model.name, modelType: model.model_type },
    ...{ sourceRunId: model.source_run_id, status: model.status, lifecycleStage: model.lifecycle_stage },
    ...{ createdAt: model.created_at, updatedAt: model.updated_at, params, tags },
    metrics: model.metrics.map((row) => ({
      ...{ runId: row.run_id, key: row.key, timestamp: row.timestamp, step: row.step, value: metricValueOf(row) },
      ...{ datasetName: row.dataset_name, datasetDigest: row.dataset_digest },
    })),
  });
  return {
    ...{ facts: digestOf(facts), params: params.length, tags: tags.length, datasets: 0 },
    ...{ points: model.metrics.length, pointsSum: "" },
    ...(await summaryOfFiles(ctx, id)),
  };
}

async function summaryOfFiles(ctx: Ctx, owner: string) {
  const files = await listFiles(ctx, owner, "");
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  return { files: files.length, bytes, filesDigest: digestOf(listOfFiles(files)) };
}
