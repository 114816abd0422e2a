import { sql } from "kysely";
import type { Db } from "../../platform/db/tables.ts";
import type { SpanTable, TraceFact, TraceTable } from "./schema.ts";

type FactTable = "trace_tag" | "trace_metadata";

export const findTrace = (db: Db, workspace: string, id: string) =>
  db.selectFrom("trace").selectAll().where("workspace", "=", workspace).where("id", "=", id).executeTakeFirst();

export const findTraces = (db: Db, workspace: string, ids: string[]): Promise<TraceTable[]> =>
  db.selectFrom("trace").selectAll().where("workspace", "=", workspace).where("id", "in", ids).execute();

/** Writes the trace unless it is there, and locks its row until the end of the transaction. */
export async function ensureTrace(db: Db, row: TraceTable): Promise<TraceTable> {
  return db
    .insertInto("trace")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["workspace", "id"]).doUpdateSet({ span_count: sql<number>`trace.span_count` }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

export const updateTrace = (db: Db, workspace: string, id: string, changes: Partial<TraceTable>) =>
  db.updateTable("trace").set(changes).where("workspace", "=", workspace).where("id", "=", id).execute();

export const deleteTraceRows = (db: Db, workspace: string, ids: string[]) =>
  db.deleteFrom("trace").where("workspace", "=", workspace).where("id", "in", ids).execute();

export const listFacts = (db: Db, table: FactTable, workspace: string, ids: string[]): Promise<TraceFact[]> =>
  db
    .selectFrom(table)
    .selectAll()
    .where("workspace", "=", workspace)
    .where("trace_id", "in", ids)
    .orderBy("key")
    .execute();

export async function upsertFacts(
  db: Db,
  table: FactTable,
  workspace: string,
  traceId: string,
  facts: [string, string][],
): Promise<void> {
  if (facts.length === 0) return;
  await db
    .insertInto(table)
    .values([...new Map(facts)].map(([key, value]) => ({ workspace, trace_id: traceId, key, value })))
    .onConflict((conflict) =>
      conflict.columns(["workspace", "trace_id", "key"]).doUpdateSet({ value: sql<string>`excluded.value` }),
    )
    .execute();
}

export async function deleteTag(db: Db, workspace: string, traceId: string, key: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("trace_tag")
    .where("workspace", "=", workspace)
    .where("trace_id", "=", traceId)
    .where("key", "=", key)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function replaceNumbers(db: Db, workspace: string, traceId: string, numbers: [string, number][]) {
  if (numbers.length === 0) return;
  await db
    .insertInto("trace_number")
    .values(numbers.map(([key, value]) => ({ workspace, trace_id: traceId, key, value })))
    .onConflict((conflict) =>
      conflict.columns(["workspace", "trace_id", "key"]).doUpdateSet({ value: sql<number>`excluded.value` }),
    )
    .execute();
}

export const listLinks = (db: Db, workspace: string, ids: string[]) =>
  db
    .selectFrom("trace_link")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("trace_id", "in", ids)
    .orderBy("target")
    .execute();

export async function insertLinks(
  db: Db,
  rows: { workspace: string; trace_id: string; kind: "run" | "prompt"; target: string }[],
): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("trace_link")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

const inTrace = { columns: ["workspace", "trace_id", "span_id"] } as const;

export async function upsertSpans(db: Db, rows: SpanTable[]): Promise<void> {
  for (const chunk of chunksOf(rows, 500)) {
    await db
      .insertInto("span")
      .values(chunk)
      .onConflict((conflict) =>
        conflict.columns([...inTrace.columns]).doUpdateSet((eb) => ({
          parent_id: eb.ref("excluded.parent_id"),
          name: eb.ref("excluded.name"),
          type: eb.ref("excluded.type"),
          state: eb.ref("excluded.state"),
          start_us: eb.ref("excluded.start_us"),
          end_us: eb.ref("excluded.end_us"),
          model: eb.ref("excluded.model"),
          provider: eb.ref("excluded.provider"),
          content: eb.ref("excluded.content"),
        })),
      )
      .execute();
  }
}

/** Which of the spans are there already. */
export async function knownSpans(db: Db, workspace: string, traceId: string, spanIds: string[]): Promise<Set<string>> {
  const known = new Set<string>();
  for (const chunk of chunksOf(spanIds, 5000)) {
    const rows = await db
      .selectFrom("span")
      .select("span_id")
      .where("workspace", "=", workspace)
      .where("trace_id", "=", traceId)
      .where("span_id", "in", chunk)
      .execute();
    for (const row of rows) known.add(row.span_id);
  }
  return known;
}

export async function replaceSpanFacts(
  db: Db,
  at: { workspace: string; traceId: string; known: string[] },
  attributes: { span_id: string; key: string; value: string }[],
  numbers: { span_id: string; key: string; value: number }[],
): Promise<void> {
  const { workspace, traceId } = at;
  for (const table of ["span_attribute", "span_number"] as const) {
    for (const chunk of chunksOf(at.known, 5000)) {
      await db
        .deleteFrom(table)
        .where("workspace", "=", workspace)
        .where("trace_id", "=", traceId)
        .where("span_id", "in", chunk)
        .execute();
    }
  }
  const whole = <T>(row: T) => ({ workspace, trace_id: traceId, ...row });
  for (const chunk of chunksOf(attributes, 1000))
    await db.insertInto("span_attribute").values(chunk.map(whole)).execute();
  for (const chunk of chunksOf(numbers, 1000)) await db.insertInto("span_number").values(chunk.map(whole)).execute();
}

export const sumSpanNumbers = (db: Db, workspace: string, traceId: string) =>
  db
    .selectFrom("span_number")
    .select(["key", sql<number>`sum(value)`.as("total")])
    .where("workspace", "=", workspace)
    .where("trace_id", "=", traceId)
    .groupBy("key")
    .execute();

/** Roots first, then in the order in which they began. */
export const listSpans = (db: Db, workspace: string, traceIds: string[]): Promise<SpanTable[]> =>
  db
    .selectFrom("span")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("trace_id", "in", traceIds)
    .orderBy(sql`case when parent_id is null then 0 else 1 end`)
    .orderBy("start_us")
    .orderBy("span_id")
    .execute();

/** Which of the owners have files. */
export async function ownersWithFiles(db: Db, owners: string[]): Promise<string[]> {
  const rows = await db.selectFrom("artifact").select("owner").distinct().where("owner", "in", owners).execute();
  return rows.map((row) => row.owner);
}

export function* chunksOf<T>(items: T[], size: number): Generator<T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
