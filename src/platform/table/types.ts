import type { columnTypes } from "../../contract/data.ts";
import type { Database } from "./duckdb.ts";

export type ColumnType = (typeof columnTypes)[number];

const atOnce = 40;
const mostSpecificFirst = ["boolean", "integer", "number", "timestamp"] as const;

/** SQL: is the text `column` (not null) a value of the type? */
export function isOfType(type: ColumnType, column: string): string {
  switch (type) {
    case "integer":
      // DuckDB would round 1.5 and read 1_000; neither is a whole number as people write one.
      return `(TRY_CAST(${column} AS BIGINT) IS NOT NULL AND NOT contains(${column}, '_') AND NOT contains(${column}, '.') AND NOT contains(lower(${column}), 'e'))`;
    case "number":
      return `(TRY_CAST(${column} AS DOUBLE) IS NOT NULL AND NOT contains(${column}, '_'))`;
    case "boolean":
      return `(length(${column}) < 6 AND lower(${column}) IN ('true', 'false'))`;
    case "timestamp":
      return `(length(${column}) > 7 AND ${column}[5] = '-' AND TRY_CAST(${column} AS TIMESTAMP) IS NOT NULL)`;
    case "string":
      return "true";
  }
}

/** SQL: the value of a text column in its type; null when it is none. */
export function typedValue(type: ColumnType, column: string): string {
  switch (type) {
    case "integer":
      return `TRY_CAST(${column} AS BIGINT)`;
    case "number":
      return `TRY_CAST(${column} AS DOUBLE)`;
    case "boolean":
      return `(lower(${column}) = 'true')`;
    case "timestamp":
      return `TRY_CAST(${column} AS TIMESTAMP)`;
    case "string":
      return column;
  }
}

/**
 * The type of each text column: the most specific one that all of its values have. A column without
 * values is text.
 */
export async function inferTypes(db: Database, table: string, columns: string[]): Promise<ColumnType[]> {
  const types: ColumnType[] = [];
  for (let from = 0; from < columns.length; from += atOnce) {
    const group = columns.slice(from, from + atOnce);
    const asked = group.flatMap((column) => [
      `count(${column}) > 0`,
      ...mostSpecificFirst.map((type) => `bool_and(${column} IS NULL OR ${isOfType(type, column)})`),
    ]);
    const [answers = []] = await db.rows<boolean[]>(`SELECT ${asked.join(", ")} FROM ${table}`);
    for (let index = 0; index < group.length; index++) {
      const [any, ...holds] = answers.slice(index * 5, index * 5 + 5);
      types.push(any ? (mostSpecificFirst[holds.indexOf(true)] ?? "string") : "string");
    }
  }
  return types;
}
