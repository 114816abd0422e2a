import { type RawBuilder, type SqlBool, sql } from "kysely";
import { invalid } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { byName, oneOf, parseFilter } from "../search/index.ts";
import { conditionsSql } from "./condition.ts";
import { type Aggregation, type View, views } from "./metric-views.ts";

export interface MetricQuery {
  workspace: string;
  experimentIds: number[];
  view: View;
  metric: string;
  /** `percentile` is between 0 and 100. */
  aggregations: { kind: Aggregation; percentile?: number }[];
  dimensions: string[];
  /** `trace.tag.env = 'prod'`; all of them hold. */
  filters: string[];
  /** Milliseconds: also grouped by time. */
  interval?: number;
  from?: number;
  until?: number;
  limit: number;
}

export interface MetricGroup {
  /** By dimension; `time_bucket` is the beginning in milliseconds. */
  dimensions: Record<string, string | number>;
  /** By the index of the aggregation; those of no value are absent. */
  values: Map<number, number>;
}

const plain = ["COUNT", "SUM", "AVG", "MIN", "MAX"] as const;

/** Numbers of traces, spans or assessments, summed up by group. */
export async function traceMetrics(ctx: Ctx, query: MetricQuery): Promise<MetricGroup[]> {
  checkQuery(query);
  if (query.experimentIds.length === 0) return [];
  const names = [...(query.interval ? ["time_bucket"] : []), ...query.dimensions];
  const columns = names.map((_, index) => sql.ref(`d${index}`));
  const points = pointsOf(query, names);
  const groups = new Map<string, MetricGroup>();
  const grouping = columns.length === 0 ? sql`` : sql`group by ${sql.join(columns)} order by ${sql.join(columns)}`;
  const figures = plain.map((kind) => sql`${sql.raw(kind.toLowerCase())}(value) as ${sql.ref(kind)}`);
  const { rows } = await sql<Row>`select ${sql.join([...columns, ...figures])}
    from (${points}) as points ${grouping} limit ${query.limit}`.execute(ctx.db);
  for (const row of rows) {
    const dimensions = names.map((name, index) => [name, row[`d${index}`]] as const);
    if (dimensions.some(([, value]) => value === null || value === undefined)) continue;
    const values = new Map<number, number>();
    query.aggregations.forEach(({ kind }, index) => {
      const figure = kind === "PERCENTILE" ? null : row[kind];
      if (figure !== null && figure !== undefined) values.set(index, Number(figure));
    });
    groups.set(keyOf(row, names), { dimensions: Object.fromEntries(dimensions) as MetricGroup["dimensions"], values });
  }
  for (const [index, { kind, percentile }] of query.aggregations.entries()) {
    if (kind !== "PERCENTILE") continue;
    for (const { key, value } of await percentiles(ctx, points, names, percentile! / 100))
      groups.get(key)?.values.set(index, value);
  }
  return [...groups.values()].filter((group) => group.values.size > 0);
}

type Row = Record<string, string | number | null>;

const keyOf = (row: Row, names: string[]): string => JSON.stringify(names.map((_, index) => row[`d${index}`]));

function checkQuery({ view, metric, aggregations, dimensions, interval, from, until }: MetricQuery): void {
  const { measures } = views[view];
  const measure = byName(measures)[metric] ?? oneOf("metric_name", metric, Object.keys(measures));
  for (const { kind, percentile } of aggregations) {
    if (!measure.aggregations.includes(kind)) oneOf("aggregation_type", kind, measure.aggregations);
    if (kind === "PERCENTILE" && !(percentile !== undefined && percentile >= 0 && percentile <= 100))
      throw invalid(`Invalid percentile_value ${percentile}. It is between 0 and 100.`);
  }
  for (const dimension of dimensions)
    if (!measure.dimensions.includes(dimension)) oneOf("dimension", dimension, measure.dimensions);
  if (interval !== undefined && (from === undefined || until === undefined))
    throw invalid("start_time_ms and end_time_ms are required if time_interval_seconds is set");
}

/** A row for each thing that is measured: its dimensions `d0`, `d1`, … and its value. */
function pointsOf(query: MetricQuery, names: string[]): RawBuilder<unknown> {
  const view = views[query.view];
  const measure = view.measures[query.metric]!;
  const dimensions = names.map((name, index) => {
    const expression =
      name === "time_bucket" ? sql`${view.time} - (${view.time}) % ${sql.lit(query.interval)}` : view.dimensions[name]!;
    return sql`${expression} as ${sql.ref(`d${index}`)}`;
  });
  const where: RawBuilder<unknown>[] = [
    sql`trace.workspace = ${query.workspace}`,
    sql`trace.experiment_id in (${sql.join(query.experimentIds)})`,
    ...query.filters.flatMap((filter) => filterSql(filter, query.view)),
  ];
  if (query.from !== undefined) where.push(sql`trace.started_at >= ${query.from}`);
  if (query.until !== undefined) where.push(sql`trace.started_at <= ${query.until}`);
  return sql`select ${sql.join([...dimensions, sql`${measure.value} as value`])}
    from trace ${view.join} ${measure.join ?? sql``} where ${sql.join(where, sql` and `)}`;
}

/** Between the two values next to the place of the percentile, in proportion. */
async function percentiles(ctx: Ctx, points: RawBuilder<unknown>, names: string[], share: number) {
  const columns = names.map((_, index) => sql.ref(`d${index}`));
  const part = columns.length === 0 ? sql`` : sql`partition by ${sql.join(columns)}`;
  const place = sql`(total - 1) * cast(${share} as double precision)`;
  const { rows } = await sql<Row>`select * from (
      select ${sql.join([...columns, sql`value`])}, row_number() over (${part} order by value) as place,
        count(*) over (${part}) as total
      from (${points}) as points where value is not null
    ) as ranked where place - 1 = floor(${place}) or place - 1 = ceil(${place})`.execute(ctx.db);
  const found = new Map<string, { key: string; value: number }>();
  for (const row of rows) {
    const key = keyOf(row, names);
    const exact = (Number(row.total) - 1) * share;
    const weight = Number.isInteger(exact) ? 1 : 1 - Math.abs(exact - (Number(row.place) - 1));
    found.set(key, { key, value: (found.get(key)?.value ?? 0) + Number(row.value) * weight });
  }
  return [...found.values()];
}

const owners = byName<{ view: View; columns: Readonly<Record<string, string>> }>({
  span: { view: "SPANS", columns: byName({ name: "span.name", status: "span.state", type: "span.type" }) },
  assessment: { view: "ASSESSMENTS", columns: byName({ name: "assessment.name", type: "assessment.kind" }) },
});

/** `trace.status`, `trace.tag.x`, `trace.metadata.x`, `span.name`, `assessment.name`, …, each equal to a text. */
function filterSql(filter: string, view: View): RawBuilder<SqlBool>[] {
  return parseFilter(filter).flatMap(({ entity, key, operator, value }) => {
    if (operator !== "=") throw invalid(`Invalid comparator: '${operator}', only '=' operator is supported`);
    if (typeof value !== "string") throw invalid(`Expected a quoted string value in '${filter}' (e.g. 'my-value').`);
    const owner = owners[entity];
    if (owner) {
      if (owner.view !== view) throw invalid(`Filtering by ${entity} is only supported for the view ${owner.view}.`);
      const column = owner.columns[key] ?? oneOf(`entity of ${entity}`, key, Object.keys(owner.columns));
      return [sql<SqlBool>`${sql.ref(column)} = ${value}`];
    }
    if (entity !== "trace") return oneOf("view type", entity, ["trace", ...Object.keys(owners)]);
    if (key === "status") return [sql<SqlBool>`trace.state = ${value}`];
    const [, on, fact] =
      /^(tag|metadata)\.(.+)$/s.exec(key) ?? oneOf("entity of trace", key, ["status", "tag", "metadata"]);
    return conditionsSql([{ on: on as "tag" | "metadata", key: fact!, operator, value }]);
  });
}
