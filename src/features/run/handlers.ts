import type { runContract } from "../../contract/run.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { readArtifact } from "./artifact.ts";
import { ensureDefault } from "./experiment.ts";
import { listExperimentRows } from "./experiment-store.ts";
import { runHistories } from "./history.ts";
import { metricHistory } from "./log.ts";
import { metricValueOf } from "./metric.ts";
import { requireRun } from "./run.ts";
import { changeRuns, editRun } from "./run-change.ts";
import { countChildren } from "./run-change-store.ts";
import { exportRuns } from "./run-export.ts";
import { listKeys } from "./run-keys.ts";
import { countListed, listRuns } from "./run-list.ts";
import { showRun } from "./run-show.ts";

export const runHandlers: Handlers<typeof runContract> = {
  listExperiments: ({ params }, ctx) => listExperiments(ctx, params.workspace),
  list: ({ params, query }, ctx) => listRuns(ctx, params.workspace, query),
  export: ({ params, query }, ctx) => exportRuns(ctx, params.workspace, query),
  count: ({ params, query }, ctx) => countListed(ctx, params.workspace, query),
  keys: ({ params, query }, ctx) => listKeys(ctx, params.workspace, query),
  history: ({ params, query }, ctx) => runHistories(ctx, params.workspace, query),
  get: ({ params }, ctx) => showRun(ctx, params.workspace, params.id),
  metricHistory: async ({ params, query }, ctx) => ({
    points: (await metricHistory(ctx, params.workspace, params.id, query.key, { limit: query.limit })).map((row) => ({
      value: metricValueOf(row),
      timestamp: row.timestamp,
      step: row.step,
    })),
  }),
  update: ({ params, body }, ctx) => editRun(ctx, params.workspace, params.id, body).then(() => undefined),
  bulk: async ({ params, body }, ctx) => ({
    changed: await changeRuns(ctx, params.workspace, body.ids, body.change),
  }),
  children: async ({ params, query }, ctx) => ({
    counts: await countChildren(ctx.db, params.workspace, query.runId),
  }),
  artifact: ({ params, query }, ctx) => download(ctx, params.workspace, params.id, query.path),
};

async function listExperiments(ctx: Ctx, workspace: string) {
  await ensureDefault(ctx, workspace);
  const rows = await listExperimentRows(ctx.db, workspace);
  const items = rows.map((row) => ({
    id: String(row.id),
    name: row.name,
    runs: Number(row.runs),
    lifecycleStage: row.lifecycle_stage,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastRunAt: row.last_run_at,
  }));
  return { items };
}

async function download(ctx: Ctx, workspace: string, id: string, path: string) {
  await requireRun(ctx, workspace, id);
  const { bytes, size } = await readArtifact(ctx, workspace, id, path);
  return { bytes, size, fileName: path.split("/").at(-1) };
}
