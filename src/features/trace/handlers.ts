import { invalid } from "../../contract/errors.ts";
import type { Span, Trace, traceContract } from "../../contract/trace.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { plainPairs } from "./any-value.ts";
import { assessmentsOf } from "./assessment.ts";
import type { TraceCondition } from "./condition.ts";
import { deleteTrace } from "./delete.ts";
import { microseconds, said } from "./facts.ts";
import { traceFilter } from "./filter.ts";
import type { AssessmentTable, SpanTable, TraceState } from "./schema.ts";
import { searchTraces } from "./search.ts";
import { spansOf } from "./spans.ts";
import { spanOf } from "./stored.ts";
import { getTrace, type TraceRecord } from "./trace.ts";

export const traceHandlers: Handlers<typeof traceContract> = {
  list: ({ params, query }, ctx) => listTraces(ctx, params.workspace, query),
  get: ({ params }, ctx) => showTrace(ctx, params.workspace, params.id),
  delete: async ({ params }, ctx) => void (await deleteTrace(ctx, params.workspace, params.id)),
};

interface TraceQuery {
  limit: number;
  after?: string;
  experimentId?: string;
  runId?: string;
  state?: TraceState;
  from?: number;
  until?: number;
  tag?: string;
  filter?: string;
}

async function listTraces(ctx: Ctx, workspace: string, query: TraceQuery) {
  const { experimentId, limit, after } = query;
  if (experimentId !== undefined && !/^\d{1,15}$/.test(experimentId))
    throw invalid(`Invalid experiment ID '${experimentId}'.`, { hint: "It is a number." });
  const { items, next } = await searchTraces(ctx, {
    workspace,
    experimentIds: experimentId === undefined ? undefined : [Number(experimentId)],
    where: conditionsOf(query),
    orderBy: [],
    limit,
    after,
  });
  return { items: items.map(traceOf), next };
}

function conditionsOf({ runId, state, from, until, tag, filter }: TraceQuery): TraceCondition[] {
  const where = traceFilter(filter ?? "");
  if (runId !== undefined) where.push({ on: "run", key: "run", operator: "=", value: runId });
  if (state !== undefined) where.push({ on: "attribute", key: "state", operator: "=", value: state });
  if (from !== undefined) where.push({ on: "attribute", key: "started_at", operator: ">=", value: from });
  if (until !== undefined) where.push({ on: "attribute", key: "started_at", operator: "<", value: until });
  if (tag !== undefined) {
    const at = tag.indexOf("=");
    where.push({ on: "tag", key: tag.slice(0, at), operator: "=", value: tag.slice(at + 1) });
  }
  return where;
}

async function showTrace(ctx: Ctx, workspace: string, id: string) {
  const trace = await getTrace(ctx, workspace, id);
  const spans = (await spansOf(ctx, workspace, [id])).get(id)!;
  const assessments = (await assessmentsOf(ctx, workspace, [id])).get(id)!;
  return { ...traceOf(trace), tree: spans.map(spanView), assessments: assessments.map(assessmentView) };
}

const traceOf = (trace: TraceRecord): Trace => ({
  id: trace.id,
  experimentId: trace.experimentId,
  name: trace.name,
  state: trace.state,
  startedAt: trace.started_at,
  duration: trace.duration,
  request: trace.request,
  response: trace.response,
  spans: trace.span_count,
  runs: trace.runs,
  tags: trace.tags,
  metadata: trace.metadata,
});

function spanView(row: SpanTable): Span {
  const span = spanOf(row);
  return {
    id: row.span_id,
    parentId: row.parent_id,
    name: row.name,
    type: row.type,
    state: row.state,
    message: span.status.message,
    startUs: row.start_us,
    endUs: row.end_us,
    inputs: said(span, "inputs") ?? null,
    outputs: said(span, "outputs") ?? null,
    attributes: plainPairs(span.attributes),
    events: span.events.map((event) => ({
      name: event.name,
      atUs: microseconds(event.timeUnixNano),
      attributes: plainPairs(event.attributes),
    })),
  };
}

const assessmentView = (row: AssessmentTable) => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  spanId: row.span_id,
  value: JSON.parse(row.value) as unknown,
  source: { type: row.source_type, id: row.source_id },
  rationale: row.rationale,
  valid: row.is_valid === 1,
  updatedAt: row.updated_at,
});
