import { type RawBuilder, type SqlBool, sql } from "kysely";
import { compare } from "../search/index.ts";
import { type FactKind, indexedLength } from "./fact-schema.ts";
import type { RunCondition } from "./run-search.ts";

export const factTables = { metric: "run_latest_metric", param: "run_param", tag: "run_tag" } as const;

/** The part of a text that is in the index. */
export const headOf = (text: string): string => [...text].slice(0, indexedLength).join("");

export const headSql = (alias: string): RawBuilder<unknown> =>
  sql`substr(${sql.ref(`${alias}.value`)}, 1, ${sql.lit(indexedLength)})`;

/** `= 3`, or `in (3, 4)`. */
export const oneOfNumbers = (column: RawBuilder<unknown>, numbers: number[]): RawBuilder<SqlBool> =>
  numbers.length === 1 ? sql`${column} = ${numbers[0]}` : sql`${column} in (${sql.join(numbers)})`;

/** What a row of facts, known by an alias, must fit: in words that the index on values understands where there are any. */
export function factFits(
  alias: string,
  kind: FactKind,
  { operator, value }: Pick<RunCondition, "operator" | "value">,
): RawBuilder<SqlBool> {
  if (operator === "IS NOT NULL" || operator === "IS NULL") return sql`1 = 1`;
  const exact = compare(sql.ref(`${alias}.value`), operator, value);
  if (kind === "metric") return sql`${sql.ref(`${alias}.is_nan`)} = 0 and ${exact}`;
  const text = String(value);
  if (operator === "=") {
    const head = sql<SqlBool>`${headSql(alias)} = ${headOf(text)}`;
    return [...text].length < indexedLength ? head : sql`${head} and ${exact}`;
  }
  const prefix = operator === "LIKE" ? headOf(/^[^%_]*/.exec(text)![0]) : "";
  if (prefix === "") return exact;
  return sql`${headSql(alias)} >= ${prefix} and ${headSql(alias)} < ${`${prefix}\u{10ffff}`} and ${exact}`;
}

/** Whether the index on values finds the fitting facts, so that not each has to be looked at. */
export function isIndexed(kind: FactKind, { operator, value }: Pick<RunCondition, "operator" | "value">): boolean {
  if (operator === "=" || operator === "IS NOT NULL") return true;
  if (kind === "metric") return operator !== "!=" && operator !== "IS NULL";
  return operator === "LIKE" && /^[^%_]/.test(String(value));
}
