import { Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { getExperiment } from "../run/index.ts";
import * as facts from "./facts.ts";
import { cut, limits } from "./limits.ts";
import { bounded, type OtlpSpan } from "./otlp-span.ts";
import type { SpanTable, TraceTable } from "./schema.ts";
import * as store from "./store.ts";
import { contentOf } from "./stored.ts";

export interface IncomingSpan extends OtlpSpan {
  /** The trace's id, which is not always that of OpenTelemetry. */
  trace: string;
}

/**
 * Keeps spans, each under its trace, which is made when it is not there. A span that comes again replaces the one that
 * was there. Gives how many were refused because their trace is full.
 */
export async function recordSpans(
  ctx: Ctx,
  workspace: string,
  incoming: { experimentId: string; spans: IncomingSpan[]; spansIn: "store" | "file" },
): Promise<{ rejected: number }> {
  if (incoming.spans.length === 0) return { rejected: 0 };
  if (incoming.spans.length > limits.spansPerRequest) {
    throw new Problem("too_large", `One request has at most ${limits.spansPerRequest} spans.`, {
      hint: "Let the exporter send smaller batches.",
    });
  }
  const traces = new Map<string, IncomingSpan[]>();
  for (const span of incoming.spans) {
    const known = traces.get(span.trace);
    if (known) known.push(span);
    else traces.set(span.trace, [span]);
  }
  return transaction(ctx, async (tx) => {
    const experiment = await requireActiveExperiment(tx, workspace, incoming.experimentId);
    let rejected = 0;
    // In one order everywhere, so that two requests never wait for each other.
    for (const id of [...traces.keys()].sort()) {
      const spans = [...new Map(traces.get(id)!.map((span) => [span.spanId, bounded(span)])).values()];
      rejected += await recordTrace(tx, { workspace, id, experiment, spans, spansIn: incoming.spansIn });
    }
    return { rejected };
  });
}

export async function requireActiveExperiment(ctx: Ctx, workspace: string, id: string): Promise<number> {
  const experiment = await getExperiment(ctx, workspace, id);
  if (experiment.lifecycle_stage === "active") return Number(experiment.id);
  throw new Problem("invalid", `The experiment ${id} must be in the 'active' state. Current state is deleted.`);
}

export const blankTrace = (workspace: string, id: string, experiment: number, startedAt: number): TraceTable => ({
  workspace,
  id,
  experiment_id: experiment,
  client_request_id: null,
  name: "",
  state: "IN_PROGRESS",
  started_at: startedAt,
  duration: null,
  request: null,
  response: null,
  span_count: 0,
  spans_in: null,
  is_final: 0,
});

interface Batch {
  workspace: string;
  id: string;
  experiment: number;
  spans: OtlpSpan[];
  spansIn: "store" | "file";
}

async function recordTrace(tx: Ctx, batch: Batch): Promise<number> {
  const { workspace, id } = batch;
  const startedAt = Math.min(...batch.spans.map((span) => startOf(span)));
  const trace = await store.ensureTrace(tx.db, blankTrace(workspace, id, batch.experiment, startedAt));
  const ids = batch.spans.map((span) => span.spanId);
  const known = await store.knownSpans(tx.db, workspace, id, ids);
  let room = limits.spansPerTrace - trace.span_count;
  const taken = batch.spans.filter((span) => known.has(span.spanId) || room-- > 0);
  if (taken.length === 0) return batch.spans.length;
  await store.upsertSpans(
    tx.db,
    taken.map((span) => rowOf(workspace, id, span)),
  );
  const numbers = taken.flatMap((span) =>
    Object.entries(facts.numbersOf(span)).map(([key, value]) => ({ span_id: span.spanId, key, value })),
  );
  const attributes = taken.flatMap((span) =>
    facts.searchableOf(span).map(([key, value]) => ({ span_id: span.spanId, key, value })),
  );
  await store.replaceSpanFacts(tx.db, { workspace, traceId: id, known: [...known] }, attributes, numbers);
  const fresh = taken.filter((span) => !known.has(span.spanId)).length;
  await store.updateTrace(tx.db, workspace, id, {
    ...changesOf(trace, taken),
    span_count: trace.span_count + fresh,
    spans_in: trace.spans_in === "store" ? "store" : batch.spansIn,
  });
  await noteFacts(tx, trace, taken, numbers.length > 0);
  return batch.spans.length - taken.length;
}

const startOf = (span: OtlpSpan): number => Math.floor(facts.microseconds(span.startTimeUnixNano) / 1000);
const endOf = (span: OtlpSpan): number | null =>
  span.endTimeUnixNano === null ? null : Math.floor(facts.microseconds(span.endTimeUnixNano) / 1000);

function rowOf(workspace: string, traceId: string, span: OtlpSpan): SpanTable {
  return {
    workspace,
    trace_id: traceId,
    span_id: span.spanId,
    parent_id: span.parentSpanId,
    name: span.name,
    type: facts.saidText(span, "type") ?? "",
    state: facts.stateOf(span),
    start_us: facts.microseconds(span.startTimeUnixNano),
    end_us: span.endTimeUnixNano === null ? null : facts.microseconds(span.endTimeUnixNano),
    model: facts.saidText(span, "model"),
    provider: facts.saidText(span, "provider"),
    content: contentOf(span),
  };
}

/** What the spans say about their trace, as far as the client has not said it itself. */
function changesOf(trace: TraceTable, spans: OtlpSpan[]): Partial<TraceTable> {
  const root = spans.find((span) => span.parentSpanId === null);
  const changes: Partial<TraceTable> = {};
  if (root) {
    changes.name = trace.name || root.name;
    changes.request = trace.request ?? facts.previewOf(facts.said(root, "inputs"));
    changes.response = trace.response ?? facts.previewOf(facts.said(root, "outputs"));
    if (trace.state === "IN_PROGRESS" || trace.state === "UNSPECIFIED")
      changes.state = root.status.code === 2 ? "ERROR" : "OK";
  }
  if (trace.is_final) return changes;
  const startedAt = Math.min(trace.started_at, ...spans.map(startOf));
  const ends = spans.map(endOf).filter((end) => end !== null);
  if (trace.duration !== null) ends.push(trace.started_at + trace.duration);
  return { ...changes, started_at: startedAt, duration: ends.length === 0 ? null : Math.max(...ends) - startedAt };
}

async function noteFacts(tx: Ctx, trace: TraceTable, spans: OtlpSpan[], hasNumbers: boolean): Promise<void> {
  const { workspace, id } = trace;
  const wanted = new Map<string, string>();
  for (const what of ["session", "user"] as const) {
    const value = spans.map((span) => facts.saidText(span, what)).find((text) => text !== null);
    if (value) wanted.set(facts.traceKeys[what], cut(value, limits.metadata));
  }
  if (hasNumbers) {
    const totals = new Map((await store.sumSpanNumbers(tx.db, workspace, id)).map((row) => [row.key, row.total]));
    const some = (keys: string[]) =>
      keys.filter((key) => totals.has(key)).map((key) => [key, totals.get(key)!] as const);
    const [tokens, costs] = [some(facts.tokenKeys), some(facts.costKeys)];
    if (tokens.length > 0) wanted.set(facts.traceKeys.tokens, JSON.stringify(Object.fromEntries(tokens)));
    if (costs.length > 0) wanted.set(facts.traceKeys.cost, JSON.stringify(Object.fromEntries(costs)));
    if (!trace.is_final)
      await store.replaceNumbers(
        tx.db,
        workspace,
        id,
        tokens.map(([key, total]) => [key, total]),
      );
  }
  if (wanted.size === 0) return;
  const said = await store.listFacts(tx.db, "trace_metadata", workspace, [id]);
  // Sums grow with the spans; what the client said, or another span before, stays.
  const sums: string[] = trace.is_final ? [] : [facts.traceKeys.tokens, facts.traceKeys.cost];
  const open = [...wanted].filter(([key]) => sums.includes(key) || !said.some((fact) => fact.key === key));
  await store.upsertFacts(tx.db, "trace_metadata", workspace, id, open);
}
