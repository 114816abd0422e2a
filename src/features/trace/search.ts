import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { type Position, pageToken, positionOf } from "../search/index.ts";
import { conditionsSql, type TraceCondition } from "./condition.ts";
import type { TraceTable } from "./schema.ts";
import { type TraceRecord, withFacts } from "./trace.ts";

export interface TraceOrder {
  on: "attribute" | "tag" | "metadata" | "run";
  /** For an attribute, a column of `trace` or `ended_at`. */
  key: string;
  descending: boolean;
}

export interface TraceSearch {
  workspace: string;
  /** Undefined for every experiment of the workspace. */
  experimentIds?: number[];
  where: TraceCondition[];
  orderBy: TraceOrder[];
  limit: number;
  /** What the page before gave as `next`. */
  after?: string;
}

/**
 * Traces, the newest first unless told otherwise. A page begins behind the values of the last trace of the page before,
 * so deep pages cost what the first one does, and new traces move nothing.
 */
export async function searchTraces(ctx: Ctx, search: TraceSearch): Promise<{ items: TraceRecord[]; next?: string }> {
  if (search.experimentIds?.length === 0) return { items: [] };
  const keys = keysOf(search.orderBy);
  const asked = [search.workspace, search.experimentIds, search.where, search.orderBy];
  const position = positionOf(asked, search.after);
  let query = ctx.db.selectFrom("trace").selectAll().where("workspace", "=", search.workspace);
  if (search.experimentIds) query = query.where("experiment_id", "in", search.experimentIds);
  for (const condition of conditionsSql(search.where)) query = query.where(condition);
  if (position) query = query.where(behind(keys, position));
  for (const key of keys) query = query.orderBy(key.sql, key.descending ? "desc" : "asc");
  const rows = await query
    .select(keys.map((key, index) => key.sql.as(`key_${index}`)))
    .limit(search.limit + 1)
    .execute();
  const shown = rows.slice(0, search.limit);
  const last = rows.length > search.limit ? (shown.at(-1) as Record<string, unknown> | undefined) : undefined;
  const end = last && keys.map((_, index) => last[`key_${index}`] as string | number);
  const next = end && pageToken(asked, end);
  return { items: await withFacts(ctx, search.workspace, shown.map(withoutKeys)), next };
}

/** How many traces fit. */
export async function countTraces(
  ctx: Ctx,
  search: Pick<TraceSearch, "workspace" | "experimentIds" | "where">,
): Promise<number> {
  if (search.experimentIds?.length === 0) return 0;
  let query = ctx.db.selectFrom("trace").where("workspace", "=", search.workspace);
  if (search.experimentIds) query = query.where("experiment_id", "in", search.experimentIds);
  for (const condition of conditionsSql(search.where)) query = query.where(condition);
  const row = await query.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  return Number(row.total);
}

interface Key {
  /** Never null, so that any two values compare. */
  sql: RawBuilder<string | number>;
  descending: boolean;
}

const numbers = new Set(["started_at", "duration", "ended_at", "experiment_id"]);

/** Traces without the fact come last in both directions; time and id break ties. */
function keysOf(orders: TraceOrder[]): Key[] {
  const keys = orders.flatMap((order): Key[] => {
    const expression = expressionOf(order);
    const isNumber = order.on === "attribute" && numbers.has(order.key);
    return [
      { sql: sql`case when ${expression} is null then 1 else 0 end`, descending: false },
      {
        sql: isNumber ? sql`coalesce(${expression}, 0)` : sql`coalesce(${expression}, '')`,
        descending: order.descending,
      },
    ];
  });
  const ordered = (key: string) => orders.some((order) => order.on === "attribute" && order.key === key);
  if (!ordered("started_at")) keys.push({ sql: sql`trace.started_at`, descending: true });
  if (!ordered("id")) keys.push({ sql: sql`trace.id`, descending: false });
  return keys;
}

function expressionOf({ on, key }: TraceOrder): RawBuilder<unknown> {
  if (on === "attribute")
    return key === "ended_at" ? sql`trace.started_at + coalesce(trace.duration, 0)` : sql.ref(`trace.${key}`);
  const inTrace = sql`fact.workspace = trace.workspace and fact.trace_id = trace.id`;
  if (on === "run")
    return sql`(select min(fact.target) from trace_link as fact where ${inTrace} and fact.kind = 'run')`;
  return sql`(select fact.value from ${sql.table(`trace_${on}`)} as fact where ${inTrace} and fact.key = ${key})`;
}

/** Greater than the values, key by key. */
function behind(keys: Key[], values: Position): RawBuilder<SqlBool> {
  const options = keys.map((key, index) => {
    const same = keys.slice(0, index).map((earlier, at) => sql`${earlier.sql} = ${values[at]}`);
    return sql`(${sql.join([...same, sql`${key.sql} ${sql.raw(key.descending ? "<" : ">")} ${values[index]}`], sql` and `)})`;
  });
  // Said once more of the first key alone, so that an index can begin there.
  const first = sql`${keys[0]!.sql} ${sql.raw(keys[0]!.descending ? "<=" : ">=")} ${values[0]}`;
  return sql`(${first} and (${sql.join(options, sql` or `)}))`;
}

/** The row without the values that ordered it. */
const withoutKeys = (row: TraceTable): TraceTable =>
  Object.fromEntries(Object.entries(row).filter(([column]) => !column.startsWith("key_"))) as unknown as TraceTable;
