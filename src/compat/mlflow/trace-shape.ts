import {
  type AnyValue,
  type AssessmentTable,
  dumped,
  type KeyValue,
  metadataOf,
  type OtlpSpan,
  plainOf,
  type TraceRecord,
  type TraceState,
} from "../../features/trace/index.ts";
import { Verbatim } from "./route.ts";
import { pairsOf } from "./shape.ts";
import { traceUri } from "./uri.ts";

/** Traces as MLflow's JSON: version 3 of the API, and 2. */

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** Where the client finds files and spans is not kept: it follows from the trace. */
const tagsOf = (trace: TraceRecord): Record<string, string> => ({
  ...trace.tags,
  ...(trace.spans_in === "store" ? { "mlflow.trace.spansLocation": "TRACKING_STORE" } : {}),
  "mlflow.artifactLocation": traceUri(trace.experimentId, trace.id),
});

export const traceInfoJson = (trace: TraceRecord, assessments: AssessmentTable[]) => ({
  trace_id: trace.id,
  client_request_id: trace.client_request_id,
  trace_location: { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: trace.experimentId } },
  request_preview: trace.request,
  response_preview: trace.response,
  request_time: timeOf(trace.started_at),
  execution_duration: trace.duration === null ? null : `${trace.duration / 1000}s`,
  state: trace.state === "UNSPECIFIED" ? "STATE_UNSPECIFIED" : trace.state,
  trace_metadata: trace.metadata,
  assessments: assessments.map(assessmentJson),
  tags: tagsOf(trace),
});

export const oldTraceInfoJson = (trace: TraceRecord) => ({
  request_id: trace.id,
  experiment_id: trace.experimentId,
  timestamp_ms: trace.started_at,
  execution_time_ms: trace.duration ?? 0,
  status: trace.state === "UNSPECIFIED" ? "TRACE_STATUS_UNSPECIFIED" : trace.state,
  request_metadata: pairsOf(trace.metadata),
  tags: pairsOf(tagsOf(trace)),
});

const states: TraceState[] = ["UNSPECIFIED", "OK", "ERROR", "IN_PROGRESS"];

/** A state travels as its name or its number. */
export const stateOf = (state: unknown): TraceState =>
  (typeof state === "number" ? states[state] : states.find((one) => one === state)) ?? "UNSPECIFIED";

export const assessmentJson = (row: AssessmentTable) => {
  const value: unknown = JSON.parse(row.value);
  return {
    assessment_id: row.id,
    assessment_name: row.name,
    trace_id: row.trace_id,
    span_id: row.span_id,
    source: { source_type: row.source_type, source_id: row.source_id },
    create_time: timeOf(row.created_at),
    last_update_time: timeOf(row.updated_at),
    feedback:
      row.kind === "feedback"
        ? { value: new Verbatim(value), error: row.error && new Verbatim(JSON.parse(row.error)) }
        : undefined,
    expectation: row.kind === "expectation" ? expectationJson(value) : undefined,
    issue: row.kind === "issue" ? { issue_name: value } : undefined,
    rationale: row.rationale,
    metadata: metadataOf(row),
    overrides: row.overrides,
    valid: row.is_valid === 1,
  };
};

const expectationJson = (value: unknown) =>
  typeof value === "object" && value !== null
    ? { serialized_value: { serialization_format: "JSON_FORMAT", value: JSON.stringify(value) } }
    : { value: new Verbatim(value) };

const base64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");
const statusNames = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"] as const;

/** A span as protobuf's JSON has OpenTelemetry's message. */
export const spanJson = (span: OtlpSpan) => ({
  trace_id: base64(span.traceId),
  span_id: base64(span.spanId),
  parent_span_id: span.parentSpanId === null ? undefined : base64(span.parentSpanId),
  name: span.name,
  kind: span.kind || undefined,
  start_time_unix_nano: span.startTimeUnixNano,
  end_time_unix_nano: span.endTimeUnixNano,
  attributes: span.attributes.map(pairJson),
  events: span.events.map((event) => ({
    time_unix_nano: event.timeUnixNano,
    name: event.name,
    attributes: event.attributes.map(pairJson),
  })),
  links: span.links.map((link) => ({
    trace_id: base64(link.traceId),
    span_id: base64(link.spanId),
    attributes: link.attributes.map(pairJson),
  })),
  status: { code: statusNames[span.status.code], message: span.status.message },
});

const pairJson = ({ key, value }: KeyValue) => ({ key, value: valueJson(value) });

function valueJson(value: AnyValue): unknown {
  if (value.intValue !== undefined) return { int_value: plainOf(value) };
  if (value.doubleValue !== undefined) return { double_value: value.doubleValue };
  if (value.boolValue !== undefined) return { bool_value: value.boolValue };
  if (value.bytesValue !== undefined) return { bytes_value: value.bytesValue };
  if (value.arrayValue) return { array_value: { values: value.arrayValue.values.map(valueJson) } };
  if (value.kvlistValue) return { kvlist_value: { values: value.kvlistValue.values.map(pairJson) } };
  return value.stringValue === undefined ? {} : { string_value: value.stringValue };
}

/** A span as the client writes it into `traces.json`: every attribute is JSON as text. */
export const spanFileJson = (traceId: string, span: OtlpSpan) => ({
  trace_id: base64(span.traceId),
  span_id: base64(span.spanId),
  parent_span_id: span.parentSpanId === null ? null : base64(span.parentSpanId),
  name: span.name,
  start_time_unix_nano: span.startTimeUnixNano,
  end_time_unix_nano: span.endTimeUnixNano,
  events: span.events.map((event) => ({
    name: event.name,
    time_unix_nano: event.timeUnixNano,
    attributes: Object.fromEntries(event.attributes.map(({ key, value }) => [key, plainOf(value)])),
  })),
  status: { code: statusNames[span.status.code], message: span.status.message },
  attributes: {
    "mlflow.traceRequestId": JSON.stringify(traceId),
    ...Object.fromEntries(span.attributes.map(({ key, value }) => [key, dumped(value)])),
  },
});
