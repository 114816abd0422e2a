import { Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { requireExperiment } from "./experiment.ts";
import type { LoggedModelMetricTable, LoggedModelStatus, LoggedModelTable } from "./logged-model-schema.ts";
import * as store from "./logged-model-store.ts";
import { randomRunName } from "./name.ts";

/** A model as a run wrote it, before anybody registers it under a name. */
export interface LoggedModel extends Omit<LoggedModelTable, "experiment_id"> {
  experimentId: string;
  params: Record<string, string>;
  tags: Record<string, string>;
  metrics: LoggedModelMetricTable[];
}

export async function createLoggedModel(
  ctx: Ctx,
  wanted: {
    workspace: string;
    experimentId: string;
    name?: string;
    modelType?: string;
    sourceRunId?: string;
    params: Record<string, string>;
    tags: Record<string, string>;
  },
): Promise<LoggedModel> {
  const { workspace } = wanted;
  return transaction(ctx, async (tx) => {
    const experiment = await requireExperiment(tx, workspace, wanted.experimentId);
    const id = `m-${tx.ids.next().replaceAll("-", "")}`;
    const now = tx.clock.now();
    await store.insertModel(tx.db, {
      id,
      workspace,
      experiment_id: experiment.id,
      name: wanted.name || randomRunName(),
      model_type: wanted.modelType ?? "",
      source_run_id: wanted.sourceRunId || null,
      status: "PENDING",
      lifecycle_stage: "active",
      created_at: now,
      updated_at: now,
    });
    await store.insertParams(tx.db, rowsOf(id, wanted.params));
    await store.upsertTags(tx.db, rowsOf(id, wanted.tags));
    return getLoggedModel(tx, workspace, id);
  });
}

const rowsOf = (id: string, facts: Record<string, string>) =>
  Object.entries(facts).map(([key, value]) => ({ model_id: id, key, value }));

export async function requireLoggedModel(
  ctx: Ctx,
  workspace: string,
  id: string,
  allowDeleted = false,
): Promise<LoggedModelTable> {
  const row = await store.findModel(ctx.db, id);
  if (row?.workspace === workspace && (allowDeleted || row.lifecycle_stage === "active")) return row;
  throw new Problem("not_found", `Logged model with ID '${id}' not found.`);
}

export async function getLoggedModel(ctx: Ctx, workspace: string, id: string, allowDeleted = false) {
  return (await loggedModelsOf(ctx, [await requireLoggedModel(ctx, workspace, id, allowDeleted)]))[0]!;
}

export async function loggedModelsOf(ctx: Ctx, rows: LoggedModelTable[]): Promise<LoggedModel[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const params = await store.listParams(ctx.db, ids);
  const tags = await store.listTags(ctx.db, ids);
  const metrics = await store.listMetrics(ctx.db, ids);
  return rows.map(({ experiment_id, ...row }) => {
    const mine = (fact: { model_id: string }) => fact.model_id === row.id;
    return {
      ...row,
      experimentId: String(experiment_id),
      params: Object.fromEntries(params.filter(mine).map((param) => [param.key, param.value])),
      tags: Object.fromEntries(tags.filter(mine).map((tag) => [tag.key, tag.value])),
      metrics: metrics.filter(mine),
    };
  });
}

/** The upload is over, well or badly. */
export async function finalizeLoggedModel(ctx: Ctx, workspace: string, id: string, status: LoggedModelStatus) {
  return transaction(ctx, async (tx) => {
    await requireLoggedModel(tx, workspace, id);
    await store.updateModel(tx.db, id, { status, updated_at: tx.clock.now() });
    return getLoggedModel(tx, workspace, id);
  });
}

export async function deleteLoggedModel(ctx: Ctx, workspace: string, id: string): Promise<void> {
  await requireLoggedModel(ctx, workspace, id);
  await store.updateModel(ctx.db, id, { lifecycle_stage: "deleted", updated_at: ctx.clock.now() });
}

export async function addLoggedModelParams(ctx: Ctx, workspace: string, id: string, params: Record<string, string>) {
  await requireLoggedModel(ctx, workspace, id);
  await store.insertParams(ctx.db, rowsOf(id, params));
}

export async function setLoggedModelTags(ctx: Ctx, workspace: string, id: string, tags: Record<string, string>) {
  await requireLoggedModel(ctx, workspace, id);
  await store.upsertTags(ctx.db, rowsOf(id, tags));
}

export async function deleteLoggedModelTag(ctx: Ctx, workspace: string, id: string, key: string): Promise<void> {
  await requireLoggedModel(ctx, workspace, id);
  if (await store.deleteTag(ctx.db, id, key)) return;
  throw new Problem("not_found", `No tag with key '${key}' found for model with ID '${id}'.`);
}
