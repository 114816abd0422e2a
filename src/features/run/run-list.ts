import type { Run } from "../../contract/run.ts";
import type { Ctx } from "../../platform/context.ts";
import { pageToken, positionOf, splitClauses } from "../search/index.ts";
import { experimentNumber } from "./experiment.ts";
import type { RunRecord } from "./run.ts";
import { runColumns } from "./run-columns.ts";
import { runFilter, runOrder } from "./run-filter.ts";
import { countRuns } from "./run-plan.ts";
import { type RunScope, searchRuns } from "./run-search.ts";

interface ScopeQuery {
  experimentId?: string[];
  jobId?: string;
  parentRunId?: string;
  filter?: string;
  lifecycle: "active" | "deleted" | "all";
}

export interface ListQuery extends ScopeQuery {
  orderBy?: string | string[];
  columns?: string | string[];
  limit: number;
  after?: string;
}

const scopeOf = (workspace: string, query: ScopeQuery): RunScope => ({
  workspace,
  experimentIds: query.experimentId?.map(experimentNumber),
  stages: query.lifecycle === "all" ? ["active", "deleted"] : [query.lifecycle],
  jobId: query.jobId,
  parentRunId: query.parentRunId,
  where: runFilter(query.filter ?? ""),
});

/** Which runs a query of the API means, and in which order. */
export const searchOf = (workspace: string, query: ScopeQuery & Pick<ListQuery, "orderBy">) => ({
  ...scopeOf(workspace, query),
  orderBy: runOrder(splitClauses(query.orderBy)),
});

/** A page of the runs that a query of the API means. */
export async function listRuns(ctx: Ctx, workspace: string, query: ListQuery) {
  const columns = query.columns === undefined ? undefined : runColumns(splitClauses(query.columns));
  const asked = searchOf(workspace, query);
  const after = positionOf(asked, query.after);
  const { items, next } = await searchRuns(ctx, { ...asked, limit: query.limit, after, columns });
  return { items: items.map(runOf), next: next && pageToken(asked, next) };
}

const mostCounted = 100_001;

export async function countListed(ctx: Ctx, workspace: string, query: ScopeQuery) {
  const count = await countRuns(ctx, scopeOf(workspace, query), mostCounted);
  return { count, capped: count === mostCounted };
}

export const runOf = (run: RunRecord): Run => ({
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
