import { type RawBuilder, type SqlBool, sql } from "kysely";
import { compare, type Operand, type Operator } from "../search/index.ts";
import { type FactKind, indexedLength } from "./fact-schema.ts";
import type { RunCondition } from "./run-search.ts";

export const factTables = { metric: "run_latest_metric", param: "run_param", tag: "run_tag" } as const;

/** A text as it is stored: the part that is in the index, and the rest. */
export function splitText(text: string): { head: string; rest: string } {
  if (text.length <= indexedLength) return { head: text, rest: "" };
  // In characters, as the databases count.
  const head = [...text].slice(0, indexedLength).join("");
  return { head, rest: text.slice(head.length) };
}

export const headOf = (text: string): string => splitText(text).head;

export const headSql = (alias: string): RawBuilder<unknown> => sql.ref(`${alias}.head`);

/** All of a stored text. */
export const textSql = (alias: string): RawBuilder<string> =>
  sql<string>`(${sql.ref(`${alias}.head`)} || ${sql.ref(`${alias}.rest`)})`;

/** `= 3`, or `in (3, 4)`. */
export const oneOfNumbers = (column: RawBuilder<unknown>, numbers: number[]): RawBuilder<SqlBool> =>
  numbers.length === 1 ? sql`${column} = ${numbers[0]}` : sql`${column} in (${sql.join(numbers)})`;

type Comparison = Pick<RunCondition, "operator" | "value">;

/** What a row of facts, known by an alias, must fit: in words that the index on values understands where there are any. */
export function factFits(alias: string, kind: FactKind, { operator, value }: Comparison): RawBuilder<SqlBool> {
  if (operator === "IS NOT NULL" || operator === "IS NULL") return sql`1 = 1`;
  if (kind === "metric") return metricFits(alias, sql.ref(`${alias}.value`), operator, value);
  const text = String(value);
  if (operator === "=") {
    const { head, rest } = splitText(text);
    const same = sql<SqlBool>`${headSql(alias)} = ${head}`;
    return [...text].length < indexedLength ? same : sql`${same} and ${sql.ref(`${alias}.rest`)} = ${rest}`;
  }
  const exact = compare(textSql(alias), operator, value);
  const prefix = operator === "LIKE" ? headOf(/^[^%_]*/.exec(text)![0]) : "";
  if (prefix === "") return exact;
  return sql`${headSql(alias)} >= ${prefix} and ${headSql(alias)} < ${`${prefix}\u{10ffff}`} and ${exact}`;
}

/**
 * The same of the fact of one run, in words that no index understands but that on runs. PostgreSQL would else look for
 * the run among all facts with the value, because it does not know that a run has one fact of a key.
 */
export function factOfRunFits(alias: string, kind: FactKind, { operator, value }: Comparison): RawBuilder<SqlBool> {
  if (operator === "IS NOT NULL" || operator === "IS NULL") return sql`1 = 1`;
  if (kind === "metric") return metricFits(alias, sql`${sql.ref(`${alias}.value`)} + 0`, operator, value);
  return compare(textSql(alias), operator, String(value));
}

const metricFits = (alias: string, column: RawBuilder<unknown>, operator: Operator, value: Operand) =>
  sql<SqlBool>`${sql.ref(`${alias}.is_nan`)} = 0 and ${compare(column, operator, value)}`;

/** Facts of one value in words of the index on values. It tells texts apart by their beginning, see `isWhole`. */
export function hasValue(alias: string, kind: FactKind, value: string | number): RawBuilder<SqlBool> {
  if (kind !== "metric") return sql`${headSql(alias)} = ${headOf(String(value))}`;
  const isNan = Number.isNaN(value);
  return sql`${sql.ref(`${alias}.is_nan`)} = ${isNan ? 1 : 0} and ${sql.ref(`${alias}.value`)} = ${isNan ? 0 : value}`;
}

/** The same in words that no index understands. */
export const hasValueUnindexed = (alias: string, kind: FactKind, value: string | number): RawBuilder<SqlBool> =>
  kind !== "metric"
    ? sql`${headSql(alias)} || '' = ${headOf(String(value))}`
    : Number.isNaN(value)
      ? sql`${sql.ref(`${alias}.is_nan`)} = 1`
      : metricFits(alias, sql`${sql.ref(`${alias}.value`)} + 0`, "=", value);

/** Whether the index on values holds all of a value. */
export const isWhole = (value: string | number): boolean =>
  typeof value === "number" || [...value].length < indexedLength;

/** Whether the index on values finds the fitting facts, so that not each has to be looked at. */
export function isIndexed(kind: FactKind, { operator, value }: Comparison): boolean {
  if (operator === "=" || operator === "IS NOT NULL") return true;
  if (kind === "metric") return operator !== "!=" && operator !== "IS NULL";
  return operator === "LIKE" && /^[^%_]/.test(String(value));
}
