import type { ImportedExperiment, ImportedLoggedModel, ImportedRun, Series } from "../../contract/import.ts";
import { numberOfValue } from "../../contract/import-summary.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { noteArtifact } from "./artifact.ts";
import {
  createExperiment,
  ensureDefault,
  experimentNumber,
  findExperimentByName,
  findExperimentByTag,
  requireExperiment,
} from "./experiment.ts";
import * as experiments from "./experiment-store.ts";
import * as facts from "./fact-store.ts";
import { writeInputs } from "./input.ts";
import * as models from "./logged-model-store.ts";
import { storedPoint } from "./metric.ts";
import { requireRun } from "./run.ts";
import * as store from "./run-store.ts";
import type { RunTable } from "./schema.ts";
import { columnsOfTags } from "./tags.ts";

/** One statement has at most so many values. */
const rowsAtOnce = 2000;

function* parts<T>(items: T[]): Generator<T[]> {
  for (let from = 0; from < items.length; from += rowsAtOnce) yield items.slice(from, from + rowsAtOnce);
}

/** Says of an experiment from which experiment of another server it was imported. */
export const importedFromTag = "trainyard.importedFrom";

/** The number here of an experiment that is imported: the one that was made for it, else the one of its name. */
export async function importExperiment(ctx: Ctx, workspace: string, wanted: ImportedExperiment): Promise<string> {
  return transaction(ctx, async (tx) => {
    const tags = Object.fromEntries([...wanted.tags, [importedFromTag, wanted.source]]);
    const { name } = wanted;
    await ensureDefault(tx, workspace);
    const known =
      (await findExperimentByTag(tx, workspace, importedFromTag, wanted.source)) ??
      (await findExperimentByName(tx, workspace, name))?.id;
    const id = known ?? (await createExperiment(tx, { workspace, name, tags }));
    if (known !== undefined) {
      for (const [key, value] of Object.entries(tags))
        await experiments.upsertExperimentTag(tx.db, workspace, Number(id), key, value);
      return id;
    }
    const now = tx.clock.now();
    await experiments.updateExperiment(tx.db, workspace, Number(id), {
      lifecycle_stage: wanted.lifecycleStage,
      created_at: wanted.createdAt ?? now,
      updated_at: wanted.updatedAt ?? wanted.createdAt ?? now,
    });
    return id;
  });
}

/**
 * Writes a run with its own id. `mayReplace` says whether one that is there came from an import; what people made
 * here is never written over. Gives what could not be taken over.
 */
export async function importRun(ctx: Ctx, workspace: string, run: ImportedRun, mayReplace: boolean): Promise<string[]> {
  return transaction(ctx, async (tx) => {
    const known = await store.findRun(tx.db, run.id);
    if (known && known.workspace !== workspace) return ["a run of this id is in another workspace"];
    if (known && !mayReplace) return ["a run of this id is here already, and it was not imported"];
    const columns = {
      name: run.name,
      state: run.state,
      lifecycle_stage: run.lifecycleStage,
      user_name: run.user,
      ended_at: run.endedAt,
      deleted_at: run.lifecycleStage === "deleted" ? (run.deletedAt ?? tx.clock.now()) : null,
      parent_run_id: columnsOfTags(Object.fromEntries(run.tags)).parent_run_id ?? null,
    };
    if (known) await store.updateRun(tx.db, run.id, columns);
    else {
      const experiment = await requireExperiment(tx, workspace, run.experimentId);
      await store.insertRuns(tx.db, [
        {
          ...columns,
          started_at: run.startedAt ?? 0,
          ...{ id: run.id, workspace, experiment_id: experiment.id, job_id: null },
          created_at: run.startedAt ?? tx.clock.now(),
        },
      ]);
    }
    const row = await requireRun(tx, workspace, run.id);
    const rows = ([key, value]: [string, string]) => ({ run: row, key, value });
    await facts.insertParams(tx, run.params.map(rows));
    await facts.upsertTags(tx, run.tags.map(rows));
    const wanted = new Map(run.params);
    const stored = known ? await facts.listTexts(tx, "run_param", row.number) : [];
    const changed = stored.filter((row) => wanted.has(row.key) && wanted.get(row.key) !== row.value);
    await writeInputs(
      tx,
      { workspace, runId: run.id, experiment: row.experiment_id },
      run.datasets.map(({ sourceType, tags, ...dataset }) => ({
        dataset: { ...dataset, source_type: sourceType },
        tags: Object.fromEntries(tags),
      })),
    );
    await models.insertRunModels(tx.db, [
      ...run.inputs.map((id) => ({ run_id: run.id, model_id: id, role: "input" as const, step: 0 })),
      ...run.outputs.map(({ modelId, step }) => ({
        run_id: run.id,
        model_id: modelId,
        role: "output" as const,
        step,
      })),
    ]);
    return changed.map((row) => `its param ${row.key} is "${row.value}" here`);
  });
}

/** Writes points of runs that were imported. */
export async function importPoints(ctx: Ctx, workspace: string, series: Series[]): Promise<void> {
  await transaction(ctx, async (tx) => {
    const runs = new Map<string, RunTable>();
    for (const { runId } of series) if (!runs.has(runId)) runs.set(runId, await requireRun(tx, workspace, runId));
    await facts.insertPoints(
      tx,
      series.flatMap((one) => pointsOf(one).map((point) => ({ run: runs.get(one.runId)!, point }))),
    );
  });
}

const pointsOf = ({ key, timestamps, steps, values }: Series) =>
  values.map((value, index) =>
    storedPoint({ key, value: numberOfValue(value), timestamp: timestamps[index]!, step: steps[index]! }),
  );

/** Writes a logged model with its own id; `mayReplace` as for runs. */
export async function importLoggedModel(
  ctx: Ctx,
  workspace: string,
  model: ImportedLoggedModel,
  mayReplace: boolean,
): Promise<string[]> {
  return transaction(ctx, async (tx) => {
    const known = await models.findModel(tx.db, model.id);
    if (known && known.workspace !== workspace) return ["a logged model of this id is in another workspace"];
    if (known && !mayReplace) return ["a logged model of this id is here already, and it was not imported"];
    const columns = {
      name: model.name,
      model_type: model.modelType,
      source_run_id: model.sourceRunId,
      status: model.status,
      lifecycle_stage: model.lifecycleStage,
      created_at: model.createdAt,
      updated_at: model.updatedAt,
    };
    if (known) await models.updateModel(tx.db, model.id, columns);
    else
      await models.insertModel(tx.db, {
        ...columns,
        id: model.id,
        workspace,
        experiment_id: experimentNumber(model.experimentId),
      });
    const rows = ([key, value]: [string, string]) => ({ model_id: model.id, key, value });
    for (const part of parts(model.params)) await models.insertParams(tx.db, part.map(rows));
    for (const part of parts(model.tags)) await models.upsertTags(tx.db, part.map(rows));
    const metrics = model.metrics.map(({ runId, datasetName, datasetDigest, value, ...point }) => ({
      ...storedPoint({ ...point, value: numberOfValue(value) }),
      run_id: runId,
      model_id: model.id,
      dataset_name: datasetName,
      dataset_digest: datasetDigest,
    }));
    for (const part of parts(metrics)) await models.insertMetrics(tx.db, part);
    return [];
  });
}

/** Notes a stored blob as a file of a run or logged model that was imported. */
export const importArtifact = noteArtifact;
