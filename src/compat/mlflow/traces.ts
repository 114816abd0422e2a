import { Problem } from "../../contract/errors.ts";
import {
  assessmentsOf,
  countTraces,
  deleteTraces,
  deleteTraceTag,
  getTrace,
  getTraces,
  linkPrompts,
  linkToRun,
  npmi,
  type OtlpSpan,
  searchTraces,
  setTraceTag,
  smoothing,
  spanOf,
  spansOf,
  type TraceRecord,
  tellTrace,
  traceFilter,
  traceKeys,
  traceOrder,
} from "../../features/trace/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { assessmentOf, timestampOf } from "./assessments.ts";
import { invalidParameter, missingValue } from "./error.ts";
import { experimentNumbers } from "./experiment-ids.ts";
import type { Input } from "./input.ts";
import { limitOf } from "./page.ts";
import type { Call, Route } from "./route.ts";
import { spanJson, stateOf, traceInfoJson } from "./trace-shape.ts";

const read = { versions: ["3.0"], permission: "run:read" } as const;
const write = { versions: ["3.0"], permission: "run:write" } as const;
const both = ["2.0", "3.0"] as const;

/** Traces, as version 3 of the API has them; what both versions have alike is here too. */
export const traceRoutes: Route[] = [
  { method: "POST", path: "/traces", ...write, handler: tell },
  { method: "GET", path: "/traces/get", ...read, handler: getWhole },
  { method: "GET", path: "/traces/batchGet", ...read, handler: getMany },
  { method: "POST", path: "/traces/batchGetInfos", ...read, handler: getManyInfos },
  { method: "POST", path: "/traces/search", ...read, handler: search },
  { method: "GET", path: "/traces/{trace_id}", ...read, handler: getInfo },
  { method: "POST", path: "/traces/calculate-filter-correlation", ...read, handler: correlate },
  { method: "POST", path: "/traces/delete-traces", ...write, versions: both, handler: remove },
  { method: "POST", path: "/traces/link-to-run", ...write, versions: both, handler: link },
  { method: "POST", path: "/traces/link-prompts", ...write, versions: both, handler: prompts },
  {
    method: "PATCH",
    path: "/traces/{trace_id}/tags",
    ...write,
    versions: both,
    handler: ({ ctx, workspace, input, params }) =>
      setTraceTag(ctx, workspace, params.trace_id!, input.text("key"), input.plainText("value")),
  },
  {
    method: "DELETE",
    path: "/traces/{trace_id}/tags",
    ...write,
    versions: both,
    handler: ({ ctx, workspace, input, params }) => deleteTraceTag(ctx, workspace, params.trace_id!, input.text("key")),
  },
];

const most = 1000;

async function tell({ ctx, workspace, input }: Call) {
  const info = input.object("trace").object("trace_info");
  const trace = await tellTrace(ctx, workspace, {
    id: info.text("trace_id"),
    experimentId: experimentOf(info.object("trace_location")) ?? throwMissing("trace_location.mlflow_experiment"),
    clientRequestId: info.optionalText("client_request_id") ?? null,
    state: stateOf(info.json("state")),
    startedAt: timestampOf(info, "request_time") ?? ctx.clock.now(),
    duration: durationOf(info.optionalText("execution_duration")),
    request: info.optionalText("request_preview") ?? null,
    response: info.optionalText("response_preview") ?? null,
    tags: ownTags(info.textMap("tags")),
    metadata: info.textMap("trace_metadata"),
    assessments: info.list("assessments").map(assessmentOf),
  });
  return infoOf(ctx, trace);
}

function throwMissing(at: string): never {
  throw missingValue(at);
}

/** Clients send back what is said anew with every answer. */
export const ownTags = (tags: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(tags).filter(([key]) => key !== "mlflow.artifactLocation" && key !== "mlflow.trace.spansLocation"),
  );

const experimentOf = (location: Input): string | undefined =>
  location.optionalObject("mlflow_experiment").optionalText("experiment_id");

/** `1.5s` as protobuf writes it. */
function durationOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const match = /^(\d{1,12}(?:\.\d+)?)s$/.exec(text);
  if (match) return Math.round(Number(match[1]) * 1000);
  throw invalidParameter(`Invalid value ${JSON.stringify(text)} for parameter 'execution_duration' supplied.`);
}

async function infoOf(ctx: Ctx, trace: TraceRecord) {
  const assessments = await assessmentsOf(ctx, trace.workspace, [trace.id]);
  return { trace: { trace_info: traceInfoJson(trace, assessments.get(trace.id)!) } };
}

async function getInfo({ ctx, workspace, params }: Call) {
  return infoOf(ctx, await getTrace(ctx, workspace, params.trace_id!));
}

async function getWhole({ ctx, workspace, input }: Call) {
  const id = input.text("trace_id");
  const trace = await getTrace(ctx, workspace, id);
  if (!input.flag("allow_partial") && trace.span_count < expectedSpans(trace)) {
    throw new Problem("not_found", `Trace with ID ${id} is not fully exported yet, please try again later.`);
  }
  const [whole] = await wholeOf(ctx, workspace, [trace]);
  return { trace: whole };
}

/** How many spans the client says that it made. */
function expectedSpans(trace: TraceRecord): number {
  try {
    return Number(JSON.parse(trace.metadata[traceKeys.size] ?? "{}").num_spans) || 0;
  } catch {
    return 0;
  }
}

async function wholeOf(ctx: Ctx, workspace: string, traces: TraceRecord[]) {
  const ids = traces.map((trace) => trace.id);
  const [spans, assessments] = [await spansOf(ctx, workspace, ids), await assessmentsOf(ctx, workspace, ids)];
  return traces.map((trace) => ({
    trace_info: traceInfoJson(trace, assessments.get(trace.id)!),
    spans: spans.get(trace.id)!.map((row) => spanJson(ofTrace(trace.id, spanOf(row)))),
  }));
}

/** The client knows the trace of a span by this attribute. */
const ofTrace = (id: string, span: OtlpSpan): OtlpSpan =>
  span.attributes.some(({ key }) => key === "mlflow.traceRequestId") || `tr-${span.traceId}` === id
    ? span
    : { ...span, attributes: [...span.attributes, { key: "mlflow.traceRequestId", value: { stringValue: id } }] };

async function getMany({ ctx, workspace, input }: Call) {
  return { traces: await wholeOf(ctx, workspace, await getTraces(ctx, workspace, idsOf(input))) };
}

async function getManyInfos({ ctx, workspace, input }: Call) {
  const traces = await getTraces(ctx, workspace, idsOf(input));
  return { trace_infos: await infosOf(ctx, workspace, traces) };
}

function idsOf(input: Input): string[] {
  const ids = input.texts("trace_ids");
  if (ids.length === 0) throw missingValue("trace_ids");
  return atMostNamed(ids);
}

function atMostNamed(ids: string[]): string[] {
  if (ids.length <= most) return ids;
  throw invalidParameter(`A request can name at most ${most} traces; it names ${ids.length}.`);
}

async function infosOf(ctx: Ctx, workspace: string, traces: TraceRecord[]) {
  const ids = traces.map((trace) => trace.id);
  const assessments = await assessmentsOf(ctx, workspace, ids);
  return traces.map((trace) => traceInfoJson(trace, assessments.get(trace.id)!));
}

async function search({ ctx, workspace, input }: Call) {
  if (!input.has("locations")) throw missingValue("locations");
  const experiments = input.list("locations").flatMap((location) => experimentOf(location) ?? []);
  const { items, next } = await searchTraces(ctx, { workspace, ...searchOf(input, experiments) });
  return { traces: await infosOf(ctx, workspace, items), next_page_token: next };
}

export const searchOf = (input: Input, experiments: string[]) => ({
  experimentIds: experimentNumbers(experiments),
  where: traceFilter(input.plainText("filter")),
  orderBy: traceOrder(input.texts("order_by")),
  limit: limitOf(input, { least: 1, most: 500, usual: 100 }),
  after: input.optionalText("page_token") || undefined,
});

async function remove({ ctx, workspace, input }: Call) {
  const experiment = input.textOrNumber("experiment_id");
  const ids = atMostNamed(input.texts("request_ids"));
  const until = input.optionalInteger("max_timestamp_millis");
  const atMost = input.optionalInteger("max_traces");
  if (ids.length > 0 && (until !== undefined || atMost !== undefined))
    throw invalidParameter("Either `max_timestamp_millis` or `trace_ids` must be specified, but not both.");
  if (atMost !== undefined && atMost <= 0) throw invalidParameter("`max_traces` must be a positive integer.");
  const [experimentId] = experimentNumbers([experiment]);
  if (experimentId === undefined) return { traces_deleted: 0 };
  const wanted = { experimentId, until, atMost, ids: ids.length > 0 ? ids : undefined };
  return { traces_deleted: await deleteTraces(ctx, workspace, wanted) };
}

async function link({ ctx, workspace, input }: Call) {
  await linkToRun(ctx, workspace, input.texts("trace_ids"), input.text("run_id"));
}

async function prompts({ ctx, workspace, input }: Call) {
  const versions = input.list("prompt_versions");
  const names = versions.map((prompt) => `${prompt.text("name")}/${prompt.textOrNumber("version")}`);
  await linkPrompts(ctx, workspace, input.text("trace_id"), names);
}

async function correlate({ ctx, workspace, input }: Call) {
  const experimentIds = experimentNumbers(input.texts("experiment_ids"));
  const base = traceFilter(input.plainText("base_filter"));
  const first = traceFilter(input.text("filter_string1"));
  const second = traceFilter(input.text("filter_string2"));
  const count = (...filters: (typeof base)[]) =>
    countTraces(ctx, { workspace, experimentIds, where: [...base, ...filters.flat()] });
  const all = await count();
  const counts = { all, first: await count(first), second: await count(second), both: await count(first, second) };
  return {
    npmi: doubleOf(npmi(counts)),
    npmi_smoothed: doubleOf(npmi(counts, smoothing)),
    filter1_count: counts.first,
    filter2_count: counts.second,
    joint_count: counts.both,
    total_count: counts.all,
  };
}

/** JSON has no NaN: protobuf writes it as text. */
const doubleOf = (value: number): number | "NaN" => (Number.isNaN(value) ? "NaN" : value);
