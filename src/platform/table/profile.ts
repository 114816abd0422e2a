import type { Profile } from "../../contract/data.ts";
import type { Database } from "./duckdb.ts";
import { countHistogram } from "./histogram.ts";
import type { Column, LoadedTable } from "./load.ts";
import type { ColumnType } from "./types.ts";

type ColumnProfile = Profile["columns"][number];

/** Values held in memory at once for exact medians and distinct counts; beyond it they are estimates (about 2 %). */
const exactValues = 12_000_000;
const mostColumnsAtOnce = 50;
const topValues = 10;
const shownLetters = 200;

/** Describes every column. Infinite numbers count as present, but no statistic is made of them. */
export async function profileColumns(db: Database, table: LoadedTable): Promise<ColumnProfile[]> {
  const exact = table.rows <= exactValues;
  const atOnce = exact
    ? Math.min(mostColumnsAtOnce, Math.max(1, Math.floor(exactValues / Math.max(1, table.rows))))
    : mostColumnsAtOnce;
  const columns: ColumnProfile[] = [];
  for (let from = 0; from < table.columns.length; from += atOnce) {
    const group = table.columns.slice(from, from + atOnce);
    const asked = group.flatMap((column) => statistics(column.type, column.id, exact));
    const [answers = []] = await db.rows<unknown[]>(`SELECT ${asked.join(", ")} FROM ${table.name}`);
    for (const [index, column] of group.entries()) {
      columns.push(
        await complete(db, table, column, answers.slice(index * statisticsCount, (index + 1) * statisticsCount)),
      );
    }
  }
  return columns;
}

const statisticsCount = 7;
const isNumeric = (type: ColumnType) => type === "integer" || type === "number";

/** Numbers beyond this would overflow the sum of squares. */
export const usable = (column: string) => `abs(${column}) < 1e150`;

function statistics(type: ColumnType, column: string, exact: boolean): string[] {
  const distinct = exact ? `count(DISTINCT ${column})` : `approx_count_distinct(${column})`;
  const common = [`count(${column})::DOUBLE`, `${distinct}::DOUBLE`];
  if (!isNumeric(type)) {
    const value = type === "timestamp" ? `strftime(${column}, '%Y-%m-%dT%H:%M:%S')` : `${column}::VARCHAR`;
    return [...common, "NULL", "NULL", `min(${value})`, `max(${value})`, "NULL"];
  }
  const of = `FILTER (WHERE ${usable(column)})`;
  const quantile = exact ? "quantile_cont" : "approx_quantile";
  return [
    ...common,
    `avg(${column}) ${of}`,
    `stddev_samp(${column}) ${of}`,
    `(min(${column}) ${of})::DOUBLE`,
    `(max(${column}) ${of})::DOUBLE`,
    `(${quantile}(${column}, [0.25, 0.5, 0.75]) ${of})::DOUBLE[]`,
  ];
}

async function complete(db: Database, table: LoadedTable, column: Column, answers: unknown[]): Promise<ColumnProfile> {
  const [count, distinct, mean, stddev, min, max, quantiles] = answers as [
    number,
    number,
    number | null,
    number | null,
    number | string | null,
    number | string | null,
    [number, number, number] | null,
  ];
  const numeric = isNumeric(column.type);
  return {
    name: column.name,
    type: column.type,
    count,
    missing: table.rows - count,
    distinct,
    mean,
    stddev,
    min: shown(min),
    q25: quantiles?.[0] ?? null,
    median: quantiles?.[1] ?? null,
    q75: quantiles?.[2] ?? null,
    max: shown(max),
    histogram:
      numeric && min !== null
        ? await countHistogram(db, table.name, column.id, {
            whole: column.type === "integer",
            min: min as number,
            max: max as number,
            count,
          })
        : null,
    top: numeric ? null : await topOf(db, table.name, column),
  };
}

async function topOf(db: Database, table: string, column: { id: string; type: ColumnType }) {
  const value = column.type === "timestamp" ? `strftime(${column.id}, '%Y-%m-%dT%H:%M:%S')` : `${column.id}::VARCHAR`;
  const rows = await db.rows<[string, number]>(
    `SELECT ${value} AS value, count(*)::DOUBLE AS n FROM ${table} WHERE ${column.id} IS NOT NULL
     GROUP BY value ORDER BY n DESC, value LIMIT ${topValues}`,
  );
  return rows.map(([text, count]) => ({ value: shown(text), count }));
}

function shown<T>(value: T): T {
  return (typeof value === "string" && value.length > shownLetters ? `${value.slice(0, shownLetters)}…` : value) as T;
}
