import { type RawBuilder, sql } from "kysely";
import { costKeys, tokenKeys } from "./facts.ts";

/** What is counted and measured: traces, their spans, or what was said about them. */
export type View = "TRACES" | "SPANS" | "ASSESSMENTS";
export type Aggregation = "COUNT" | "SUM" | "AVG" | "MIN" | "MAX" | "PERCENTILE";

interface Measure {
  /** A number of each row; null where there is none. */
  value: RawBuilder<unknown>;
  /** What must be joined for it. */
  join?: RawBuilder<unknown>;
  aggregations: Aggregation[];
  dimensions: string[];
}

interface ViewShape {
  /** Joined to `trace`. */
  join: RawBuilder<unknown>;
  /** Milliseconds. */
  time: RawBuilder<unknown>;
  dimensions: Record<string, RawBuilder<unknown>>;
  measures: Record<string, Measure>;
}

const count: Aggregation[] = ["COUNT"];
const average: Aggregation[] = ["AVG", "MIN", "MAX", "PERCENTILE"];
const sum: Aggregation[] = ["SUM", ...average];
const one = sql`1`;

/** JSON values as numbers: yes and true are 1, no and false 0, other texts none. */
const said = sql`case when assessment.value in ('true', '"yes"') then 1.0 when assessment.value in ('false', '"no"') then 0.0
  when assessment.value = 'null' or substr(assessment.value, 1, 1) in ('"', '[', '{') then null
  else cast(assessment.value as double precision) end`;

const models = ["span_model_name", "span_model_provider"];

export const views: Record<View, ViewShape> = {
  TRACES: {
    join: sql``,
    time: sql`trace.started_at`,
    dimensions: { trace_name: sql`nullif(trace.name, '')`, trace_status: sql`trace.state` },
    measures: {
      trace_count: { value: one, aggregations: count, dimensions: ["trace_name", "trace_status"] },
      latency: { value: sql`trace.duration`, aggregations: average, dimensions: ["trace_name"] },
      ...Object.fromEntries(
        tokenKeys.map((key): [string, Measure] => [
          key,
          {
            value: sql`number.value`,
            join: sql`join trace_number as number on number.workspace = trace.workspace
              and number.trace_id = trace.id and number.key = ${key}`,
            aggregations: sum,
            dimensions: ["trace_name"],
          },
        ]),
      ),
    },
  },
  SPANS: {
    join: sql`join span on span.workspace = trace.workspace and span.trace_id = trace.id`,
    time: sql`span.start_us / 1000`,
    dimensions: {
      span_name: sql`span.name`,
      span_type: sql`nullif(span.type, '')`,
      span_status: sql`span.state`,
      span_model_name: sql`span.model`,
      span_model_provider: sql`span.provider`,
    },
    measures: {
      span_count: {
        value: one,
        aggregations: count,
        dimensions: ["span_name", "span_type", "span_status", ...models],
      },
      latency: {
        value: sql`(span.end_us - span.start_us) / 1000`,
        aggregations: average,
        dimensions: ["span_name", "span_status"],
      },
      ...Object.fromEntries(
        costKeys.map((key): [string, Measure] => [
          key,
          {
            value: sql`number.value`,
            join: sql`join span_number as number on number.workspace = span.workspace
              and number.trace_id = span.trace_id and number.span_id = span.span_id and number.key = ${key}`,
            aggregations: sum,
            dimensions: models,
          },
        ]),
      ),
    },
  },
  ASSESSMENTS: {
    join: sql`join assessment on assessment.workspace = trace.workspace and assessment.trace_id = trace.id`,
    time: sql`assessment.created_at`,
    dimensions: { assessment_name: sql`assessment.name`, assessment_value: sql`assessment.value` },
    measures: {
      assessment_count: { value: one, aggregations: count, dimensions: ["assessment_name", "assessment_value"] },
      assessment_value: { value: said, aggregations: average, dimensions: ["assessment_name"] },
    },
  },
};
