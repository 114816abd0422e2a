import type { Run, runContract } from "../../contract/run.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { listFiles, readArtifact } from "./artifact.ts";
import { ensureDefault, experimentNumber } from "./experiment.ts";
import { listExperimentRows } from "./experiment-store.ts";
import { metricHistory } from "./log.ts";
import { metricValueOf } from "./metric.ts";
import { getRun, type RunRecord, requireRun, withFacts } from "./run.ts";
import { listRunRows, type RunPage } from "./run-store.ts";

export const runHandlers: Handlers<typeof runContract> = {
  listExperiments: ({ params }, ctx) => listExperiments(ctx, params.workspace),
  list: ({ params, query }, ctx) => listRuns(ctx, params.workspace, query),
  get: ({ params }, ctx) => showRun(ctx, params.workspace, params.id),
  metricHistory: async ({ params, query }, ctx) => ({
    points: (await metricHistory(ctx, params.workspace, params.id, query.key, { limit: query.limit, offset: 0 })).map(
      (row) => ({ value: metricValueOf(row), timestamp: row.timestamp, step: row.step }),
    ),
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
  }));
  return { items };
}

interface RunQuery {
  limit: number;
  after?: string;
  experimentId?: string;
  jobId?: string;
}

async function listRuns(ctx: Ctx, workspace: string, query: RunQuery) {
  const page: RunPage = { workspace, jobId: query.jobId, limit: query.limit + 1 };
  if (query.experimentId !== undefined) page.experimentId = experimentNumber(query.experimentId);
  if (query.after) {
    const [createdAt, id = ""] = query.after.split("-");
    page.before = { createdAt: Number(createdAt) || 0, id };
  }
  const rows = await listRunRows(ctx.db, page);
  const shown = rows.slice(0, query.limit);
  const last = shown.at(-1);
  const items = (await withFacts(ctx, shown)).map(runOf);
  return { items, next: rows.length > query.limit && last ? `${last.created_at}-${last.id}` : undefined };
}

async function showRun(ctx: Ctx, workspace: string, id: string) {
  const run = await getRun(ctx, workspace, id);
  const files = await listFiles(ctx, id, "");
  return { ...runOf(run), artifacts: files.map(({ path, size }) => ({ path, size })) };
}

async function download(ctx: Ctx, workspace: string, id: string, path: string) {
  await requireRun(ctx, workspace, id);
  const { bytes, size } = await readArtifact(ctx, workspace, id, path);
  return { bytes, size, fileName: path.split("/").at(-1) };
}

const runOf = (run: RunRecord): Run => ({
  id: run.id,
  name: run.name,
  experimentId: run.experimentId,
  state: run.state,
  lifecycleStage: run.lifecycle_stage,
  startedAt: run.started_at,
  endedAt: run.ended_at,
  user: run.user_name,
  parentRunId: run.parent_run_id,
  jobId: run.job_id,
  params: run.params,
  metrics: run.metrics,
  tags: run.tags,
});
