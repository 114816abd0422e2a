import { type Aggregation, type MetricGroup, traceMetrics, type View } from "../../features/trace/index.ts";
import { missingValue, wrongValue } from "./error.ts";
import { experimentNumbers } from "./experiment-ids.ts";
import type { Input } from "./input.ts";
import { limitOf } from "./page.ts";
import type { Call, Route } from "./route.ts";

/** Counts, latencies, tokens and costs over many traces. */
export const traceMetricRoutes: Route[] = [
  { method: "POST", path: "/traces/metrics", versions: ["3.0"], permission: "run:read", handler: query },
];

const viewNames: View[] = ["TRACES", "SPANS", "ASSESSMENTS"];
const aggregationNames: Aggregation[] = ["COUNT", "SUM", "AVG", "PERCENTILE", "MIN", "MAX"];

async function query({ ctx, workspace, input }: Call) {
  const metric = input.text("metric_name");
  const aggregations = input.list("aggregations").map((aggregation) => ({
    kind: nameOf(aggregation, "aggregation_type", aggregationNames),
    percentile: aggregation.has("percentile_value") ? aggregation.number("percentile_value") : undefined,
  }));
  if (aggregations.length === 0) throw missingValue("aggregations");
  const seconds = input.optionalInteger("time_interval_seconds");
  const groups = await traceMetrics(ctx, {
    workspace,
    experimentIds: experimentNumbers(input.texts("experiment_ids")),
    view: nameOf(input, "view_type", viewNames),
    metric,
    aggregations,
    dimensions: input.texts("dimensions"),
    filters: input.texts("filters"),
    interval: seconds ? seconds * 1000 : undefined,
    from: input.optionalInteger("start_time_ms"),
    until: input.optionalInteger("end_time_ms"),
    limit: limitOf(input, { least: 1, most: 10_000, usual: 1000 }),
  });
  const labels = aggregations.map(({ kind, percentile }) =>
    kind === "PERCENTILE" ? `P${Number.isInteger(percentile) ? `${percentile}.0` : percentile}` : kind,
  );
  return { data_points: groups.map((group) => pointJson(metric, group, labels)) };
}

const pointJson = (metric: string, group: MetricGroup, labels: string[]) => ({
  metric_name: metric,
  dimensions: Object.fromEntries(
    Object.entries(group.dimensions).map(([name, value]) => [
      name,
      name === "time_bucket" ? isoOf(value) : String(value),
    ]),
  ),
  values: Object.fromEntries([...group.values].map(([index, value]) => [labels[index], value])),
});

/** As Python writes a time in UTC. */
const isoOf = (ms: string | number): string => new Date(Number(ms)).toISOString().replace(/(\.000)?Z$/, "+00:00");

/** Enumerations travel as names, or as numbers that begin with 1. */
function nameOf<Name extends string>(input: Input, key: string, names: Name[]): Name {
  const value = input.json(key);
  if (value === undefined) throw missingValue(input.pathOf(key));
  const name = typeof value === "number" ? names[value - 1] : names.find((one) => one === value);
  if (name) return name;
  throw wrongValue(input.pathOf(key), value, `It is one of ${names.join(", ")}.`);
}
