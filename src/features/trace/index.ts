export { type AnyValue, anyValueOf, dumped, type KeyValue, keyValuesOf, plainOf } from "./any-value.ts";
export {
  type AssessmentChange,
  assessmentsOf,
  changeAssessment,
  createAssessment,
  deleteAssessment,
  getAssessment,
  metadataOf,
  type NewAssessment,
} from "./assessment.ts";
export type { TraceCondition } from "./condition.ts";
export { npmi, smoothing } from "./correlation.ts";
export { deleteTraces, fileOwner } from "./delete.ts";
export { said, traceKeys } from "./facts.ts";
export { traceFilter, traceOrder } from "./filter.ts";
export { traceHandlers } from "./handlers.ts";
export { traceLinkSchema } from "./link-schema.ts";
export type { Aggregation, View } from "./metric-views.ts";
export { type MetricGroup, traceMetrics } from "./metrics.ts";
export type { OtlpSpan } from "./otlp-span.ts";
export { type IncomingSpan, recordSpans } from "./record.ts";
export { type AssessmentTable, type SpanTable, type TraceState, traceSchemaStep } from "./schema.ts";
export { countTraces, searchTraces, type TraceOrder } from "./search.ts";
export { spansOf } from "./spans.ts";
export { spanOf } from "./stored.ts";
export {
  deleteTraceTag,
  endTrace,
  getTrace,
  getTraces,
  linkPrompts,
  linkToRun,
  requireTrace,
  setTraceTag,
  type TraceRecord,
  tellTrace,
} from "./trace.ts";
