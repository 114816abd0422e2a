import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from "kysely";
import { invalid } from "../../contract/errors.ts";
import type { Position } from "./page.ts";

/** A column that is never null. The last terms of an order make a row one of a kind, so that a position is a tuple. */
export interface OrderTerm {
  column: string;
  descending: boolean;
}

export interface PageWanted {
  limit: number;
  /** Only what is after this position. */
  after?: Position;
}

/** The rows of a query after a position, in an order; and where the next page begins, when there is one. */
export async function readPage<Db, Table extends keyof Db, Row extends object>(
  query: SelectQueryBuilder<Db, Table, Row>,
  order: OrderTerm[],
  { limit, after }: PageWanted,
): Promise<{ rows: Row[]; next?: Position }> {
  const terms = distinctTerms(order);
  checkPosition(terms, after);
  const rest = after ? query.where(afterSql(terms, after)) : query;
  const found = await rest
    .orderBy(orderSql(terms))
    .limit(limit + 1)
    .execute();
  return cutPage(found as Row[], limit, terms);
}

/** A column that came before orders nothing more. */
const distinctTerms = (terms: OrderTerm[]): OrderTerm[] =>
  terms.filter(({ column }, index) => terms.findIndex((term) => term.column === column) === index);

export const orderSql = (terms: OrderTerm[]): RawBuilder<unknown> =>
  sql.join(terms.map(({ column, descending }) => sql`${sql.ref(column)} ${sql.raw(descending ? "desc" : "asc")}`));

/** `(a, b) > (1, 2)` with a direction of its own for each. `a >= 1` besides lets an index begin there. */
export function afterSql(terms: OrderTerm[], position: Position): RawBuilder<SqlBool> {
  const steps = terms.map(({ column, descending }, index) => {
    const equal = terms.slice(0, index).map((term, at) => sql`${sql.ref(term.column)} = ${position[at]}`);
    const beyond = sql`${sql.ref(column)} ${sql.raw(descending ? "<" : ">")} ${position[index]}`;
    return sql`(${sql.join([...equal, beyond], sql` and `)})`;
  });
  const [first] = terms;
  const from = sql`${sql.ref(first!.column)} ${sql.raw(first!.descending ? "<=" : ">=")} ${position[0]}`;
  return sql`(${from} and (${sql.join(steps, sql` or `)}))`;
}

export function checkPosition(terms: OrderTerm[], position: Position | undefined): void {
  if (position && position.length !== terms.length) throw invalid("Invalid page token. Ask for the first page again.");
}

/** A page of the rows that were found, of which there is one more when another page follows. */
export function cutPage<Row extends object>(
  found: Row[],
  limit: number,
  terms: OrderTerm[],
): { rows: Row[]; next?: Position } {
  const rows = found.slice(0, limit);
  const last = found.length > limit ? rows.at(-1) : undefined;
  return { rows, next: last && terms.map(({ column }) => last[column as keyof Row] as string | number) };
}
