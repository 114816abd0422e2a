import { type RawBuilder, type SqlBool, sql } from "kysely";
import { invalid } from "../../contract/errors.ts";

export type Operator =
  | "="
  | "!="
  | ">"
  | ">="
  | "<"
  | "<="
  | "LIKE"
  | "ILIKE"
  | "IN"
  | "NOT IN"
  | "IS NULL"
  | "IS NOT NULL";

export type Operand = string | number | string[] | null;

/** A comparison in SQL that means the same on every database. */
export function compare(left: RawBuilder<unknown>, operator: Operator, value: Operand): RawBuilder<SqlBool> {
  if (operator === "IS NULL") return sql`${left} is null`;
  if (operator === "IS NOT NULL") return sql`${left} is not null`;
  if (operator === "LIKE" || operator === "ILIKE") checkPattern(String(value));
  if (operator === "LIKE") return like(left, String(value));
  // Without an escape clause the backslash escapes on PostgreSQL only.
  if (operator === "ILIKE") return sql`lower(${left}) like lower(${escaped(String(value))}) escape '\\'`;
  if (operator === "IN" || operator === "NOT IN") {
    const list = sql.join(value as string[]);
    return operator === "IN" ? sql`${left} in (${list})` : sql`${left} not in (${list})`;
  }
  return sql`${left} ${sql.raw(operator === "!=" ? "<>" : operator)} ${value}`;
}

/** Databases refuse more, each at a limit of its own. */
const longest = { characters: 10_000, wildcards: 100 };

function checkPattern(pattern: string): void {
  const wildcards = pattern.match(/[%_]/g)?.length ?? 0;
  if (wildcards > longest.wildcards)
    throw invalid(`A pattern has at most ${longest.wildcards} of % and _; one has ${wildcards}.`);
  if (pattern.length > longest.characters) throw invalid(`A pattern has at most ${longest.characters} characters.`);
}

const escaped = (pattern: string): string => pattern.replaceAll("\\", "\\\\");

/** In characters, as the databases count. */
const lengthOf = (text: string): number => [...text].length;

/**
 * Case counts for LIKE on PostgreSQL but not on SQLite. `substr` and `replace` heed case on both: with the pattern
 * matched, every piece of plain text in it must also be there letter by letter, the first and last in their places.
 */
function like(left: RawBuilder<unknown>, pattern: string): RawBuilder<SqlBool> {
  const parts: RawBuilder<unknown>[] = [sql`${left} like ${escaped(pattern)} escape '\\'`];
  const pieces = pattern.split(/[%_]/);
  const first = pieces[0]!;
  const last = pieces.at(-1)!;
  if (pieces.length === 1) return sql`${left} = ${pattern}`;
  if (first) parts.push(sql`substr(${left}, 1, ${lengthOf(first)}) = ${first}`);
  if (last) parts.push(sql`substr(${left}, length(${left}) - ${lengthOf(last) - 1}) = ${last}`);
  for (const piece of pieces.slice(1, -1)) if (piece) parts.push(sql`replace(${left}, ${piece}, '') <> ${left}`);
  return sql`(${sql.join(parts, sql` and `)})`;
}
