import { invalid } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { requireLoggedModel } from "./logged-model.ts";
import { insertMetrics } from "./logged-model-store.ts";
import { type Point, rowOf } from "./metric.ts";
import { requireActiveRun, requireRun, writeTags } from "./run.ts";
import * as store from "./run-store.ts";
import type { PointTable } from "./schema.ts";

/** A point that also tells how good a logged model is, perhaps on a data set. */
export interface LoggedPoint extends Point {
  modelId?: string;
  datasetName?: string;
  datasetDigest?: string;
}

export interface Batch {
  params?: [string, string][];
  metrics?: LoggedPoint[];
  tags?: [string, string][];
}

/** Logs everything of a batch, or nothing. */
export async function logBatch(ctx: Ctx, workspace: string, id: string, batch: Batch): Promise<void> {
  await transaction(ctx, async (tx) => {
    await requireActiveRun(tx, workspace, id);
    await writeParams(tx, id, batch.params ?? []);
    await store.insertPoints(
      tx.db,
      (batch.metrics ?? []).map((point) => rowOf(id, point)),
    );
    await writeModelMetrics(tx, workspace, id, batch.metrics ?? []);
    await writeTags(tx, id, batch.tags ?? []);
  });
}

async function writeModelMetrics(tx: Ctx, workspace: string, runId: string, points: LoggedPoint[]): Promise<void> {
  const ofModels = points.filter((point) => point.modelId);
  for (const id of new Set(ofModels.map((point) => point.modelId!))) await requireLoggedModel(tx, workspace, id);
  const rows = ofModels.map((point) => ({
    ...rowOf(runId, point),
    model_id: point.modelId!,
    dataset_name: point.datasetName ?? "",
    dataset_digest: point.datasetDigest ?? "",
  }));
  await insertMetrics(tx.db, rows);
}

/** A param is written once: logging the same value again is fine, another value is refused. */
export async function logParam(ctx: Ctx, workspace: string, id: string, key: string, value: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    await requireActiveRun(tx, workspace, id);
    const [other] = await store.insertParams(tx.db, [{ run_id: id, key, value }]);
    if (!other) return;
    throw invalid(
      `Changing param values is not allowed. Param with key='${key}' was already logged with value='${other.value}' for run ID='${id}'. Attempted logging new value '${value}'.`,
    );
  });
}

async function writeParams(tx: Ctx, id: string, params: [string, string][]): Promise<void> {
  const others = await store.insertParams(
    tx.db,
    params.map(([key, value]) => ({ run_id: id, key, value })),
  );
  if (others.length === 0) return;
  const wanted = new Map(params);
  const changed = others.map(
    (row) => `{'key': '${row.key}', 'old_value': '${row.value}', 'new_value': '${wanted.get(row.key)}'}`,
  );
  throw invalid(
    `Changing param values is not allowed. Params were already logged='[${changed.join(", ")}]' for run ID='${id}'.`,
  );
}

/** Every point of one metric, by time, step and value. */
export async function metricHistory(
  ctx: Ctx,
  workspace: string,
  id: string,
  key: string,
  page: { limit: number; offset: number },
): Promise<PointTable[]> {
  await requireRun(ctx, workspace, id);
  return store.listPoints(ctx.db, id, key, page);
}
