import { Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import type { GroupedWrite, Written } from "../../platform/db/groups.ts";
import { getExperiment } from "../run/index.ts";
import * as facts from "./facts.ts";
import { limits } from "./limits.ts";
import { type Change, noteFacts } from "./note-facts.ts";
import { bounded, type OtlpSpan } from "./otlp-span.ts";
import type { SpanTable, TraceTable } from "./schema.ts";
import * as store from "./store.ts";
import { contentOf } from "./stored.ts";

export interface IncomingSpan extends OtlpSpan {
  /** The trace's id, which is not always that of OpenTelemetry. */
  trace: string;
}

/** What one request brings. */
export interface SpanBatch {
  experimentId: string;
  spans: IncomingSpan[];
  spansIn: "store" | "file";
}

/**
 * Keeps spans, each under its trace, which is made when it is not there. A span that comes again replaces the one that
 * was there. Gives how many were refused because their trace is full.
 */
export async function recordSpans(ctx: Ctx, workspace: string, batch: SpanBatch): Promise<{ rejected: number }> {
  if (batch.spans.length === 0) return { rejected: 0 };
  if (batch.spans.length > limits.spansPerRequest) {
    throw new Problem("too_large", `One request has at most ${limits.spansPerRequest} spans.`, {
      hint: "Let the exporter send smaller batches.",
    });
  }
  return ctx.groups.write(ctx, spanWrite, { workspace, ...batch });
}

/** Batches of many requests are written together, with a handful of statements. */
const spanWrite: GroupedWrite<SpanBatch & { workspace: string }, { rejected: number }> = {
  weightOf: ({ spans }) => spans.length,
  async write(tx, batches) {
    const outcomes: Written<{ rejected: number }>[] = [];
    const accepted = new Map<string, AcceptedSpan[]>();
    for (const [index, { workspace, experimentId, spans, spansIn }] of batches.entries()) {
      const experiment = await requireActiveExperiment(tx, workspace, experimentId).catch(asProblem);
      outcomes.push(experiment instanceof Problem ? { refused: experiment } : { value: { rejected: 0 } });
      if (experiment instanceof Problem) continue;
      const list = accepted.get(workspace) ?? [];
      accepted.set(workspace, list);
      for (const span of spans) list.push({ span, experiment, spansIn, batch: index });
    }
    // In one order everywhere, so that two transactions never wait for each other.
    for (const workspace of [...accepted.keys()].sort()) {
      for (const { batch } of await writeSpans(tx, workspace, accepted.get(workspace)!))
        (outcomes[batch] as { value: { rejected: number } }).value.rejected += 1;
    }
    return outcomes;
  },
};

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  throw error;
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

interface AcceptedSpan {
  span: IncomingSpan;
  experiment: number;
  spansIn: "store" | "file";
  batch: number;
}

/** Gives the spans for which there was no room. */
async function writeSpans(tx: Ctx, workspace: string, accepted: AcceptedSpan[]): Promise<AcceptedSpan[]> {
  const pieces = new Map<string, Map<string, AcceptedSpan>>();
  for (const one of accepted) {
    const piece = pieces.get(one.span.trace) ?? new Map<string, AcceptedSpan>();
    pieces.set(one.span.trace, piece.set(one.span.spanId, one));
  }
  const ids = [...pieces.keys()].sort();
  const blank = ids.map((id) => {
    const spans = [...pieces.get(id)!.values()];
    const startedAt = spans.reduce((first, { span }) => Math.min(first, startOf(span)), Number.POSITIVE_INFINITY);
    return blankTrace(workspace, id, spans[0]!.experiment, startedAt);
  });
  const traces = await store.ensureTraces(tx.db, blank);
  const known = await store.knownSpans(
    tx.db,
    workspace,
    traces.filter((trace) => trace.span_count > 0),
    pieces,
  );
  const rejected: AcceptedSpan[] = [];
  const changes = traces.map((trace) => {
    let room = limits.spansPerTrace - trace.span_count;
    const taken: AcceptedSpan[] = [];
    for (const one of pieces.get(trace.id)!.values()) {
      if (known.get(trace.id)?.has(one.span.spanId) || room-- > 0) taken.push(one);
      else rejected.push(one);
    }
    return { trace, spansIn: taken.at(-1)?.spansIn, spans: taken.map(({ span }) => bounded(span)) };
  });
  await writeRows(tx, workspace, changes, known);
  await noteFacts(tx, workspace, changes);
  const grown = changes.map(({ trace, spans, spansIn }) => {
    const fresh = spans.filter((span) => !known.get(trace.id)?.has(span.spanId)).length;
    const spans_in = trace.spans_in === "store" ? trace.spans_in : (spansIn ?? trace.spans_in);
    return { ...trace, ...changesOf(trace, spans), span_count: trace.span_count + fresh, spans_in };
  });
  await store.replaceTraces(tx.db, grown);
  return rejected;
}

async function writeRows(
  tx: Ctx,
  workspace: string,
  changes: Change[],
  known: Map<string, Set<string>>,
): Promise<void> {
  const each = <T>(of: (id: string, span: OtlpSpan) => T[]): T[] =>
    changes.flatMap(({ trace, spans }) => spans.flatMap((span) => of(trace.id, span)));
  const at = (id: string, span: OtlpSpan) => ({ workspace, trace_id: id, span_id: span.spanId });
  await store.upsertSpans(
    tx.db,
    each((id, span) => [rowOf(workspace, id, span)]),
  );
  for (const [id, spans] of known) await store.deleteSpanFacts(tx.db, workspace, id, [...spans]);
  await store.insertSpanAttributes(
    tx.db,
    each((id, span) => facts.searchableOf(span).map(([key, value]) => ({ ...at(id, span), key, value }))),
  );
  await store.insertSpanNumbers(
    tx.db,
    each((id, span) => Object.entries(facts.numbersOf(span)).map(([key, value]) => ({ ...at(id, span), key, value }))),
  );
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
  if (spans.length === 0) return {};
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
