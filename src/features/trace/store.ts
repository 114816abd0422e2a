import { sql } from "kysely";
import { bulkInsert } from "../../platform/db/bulk.ts";
import type { Db, Tables } from "../../platform/db/tables.ts";
import type { SpanTable, TraceFact, TraceTable } from "./schema.ts";

type FactTable = "trace_tag" | "trace_metadata";

export const findTrace = (db: Db, workspace: string, id: string) =>
  db.selectFrom("trace").selectAll().where("workspace", "=", workspace).where("id", "=", id).executeTakeFirst();

export const findTraces = (db: Db, workspace: string, ids: string[]): Promise<TraceTable[]> =>
  db.selectFrom("trace").selectAll().where("workspace", "=", workspace).where("id", "in", ids).execute();

/** Writes the trace unless it is there, and locks its row until the end of the transaction. */
export async function ensureTrace(db: Db, row: TraceTable): Promise<TraceTable> {
  return (await ensureTraces(db, [row]))[0]!;
}

/** In the order of the rows. */
export async function ensureTraces(db: Db, rows: TraceTable[]): Promise<TraceTable[]> {
  const found = new Map<string, TraceTable>();
  for (const chunk of chunksOf(rows, 500)) {
    const there = await db
      .insertInto("trace")
      .values(chunk)
      .onConflict((conflict) =>
        conflict.columns(["workspace", "id"]).doUpdateSet({ span_count: sql<number>`trace.span_count` }),
      )
      .returningAll()
      .execute();
    for (const row of there) found.set(row.id, row);
  }
  return rows.map((row) => found.get(row.id)!);
}

/** Writes rows of traces that are there. */
export const replaceTraces = bulkInsert<TraceTable>(
  "trace",
  {
    workspace: "text",
    id: "text",
    experiment_id: "bigint",
    client_request_id: "text",
    name: "text",
    state: "text",
    started_at: "bigint",
    duration: "bigint",
    request: "text",
    response: "text",
    span_count: "integer",
    spans_in: "text",
    is_final: "integer",
  },
  `(workspace, id) do update set name = excluded.name, state = excluded.state, started_at = excluded.started_at,
    duration = excluded.duration, request = excluded.request, response = excluded.response,
    span_count = excluded.span_count, spans_in = excluded.spans_in`,
);

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

export const deleteLinks = (db: Db, workspace: string, ids: string[]) =>
  db.deleteFrom("trace_link").where("workspace", "=", workspace).where("trace_id", "in", ids).execute();

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

export const upsertSpans = bulkInsert<SpanTable>(
  "span",
  {
    workspace: "text",
    trace_id: "text",
    span_id: "text",
    parent_id: "text",
    name: "text",
    type: "text",
    state: "text",
    start_us: "bigint",
    end_us: "bigint",
    model: "text",
    provider: "text",
    content: "text",
  },
  `(workspace, trace_id, span_id) do update set parent_id = excluded.parent_id, name = excluded.name,
    type = excluded.type, state = excluded.state, start_us = excluded.start_us, end_us = excluded.end_us,
    model = excluded.model, provider = excluded.provider, content = excluded.content`,
);

const ofSpan = { workspace: "text", trace_id: "text", span_id: "text", key: "text" } as const;

export const insertSpanAttributes = bulkInsert<Tables["span_attribute"]>(
  "span_attribute",
  { ...ofSpan, value: "text" },
  "do nothing",
);
export const insertSpanNumbers = bulkInsert<Tables["span_number"]>(
  "span_number",
  { ...ofSpan, value: "double precision" },
  "do nothing",
);

/** Which of the spans are there already, by trace. */
export async function knownSpans(
  db: Db,
  workspace: string,
  traces: { id: string }[],
  wanted: Map<string, Map<string, unknown>>,
): Promise<Map<string, Set<string>>> {
  const known = new Map<string, Set<string>>();
  for (const { id } of traces) {
    for (const chunk of chunksOf([...wanted.get(id)!.keys()], 5000)) {
      const rows = await db
        .selectFrom("span")
        .select("span_id")
        .where("workspace", "=", workspace)
        .where("trace_id", "=", id)
        .where("span_id", "in", chunk)
        .execute();
      const found = known.get(id) ?? new Set();
      for (const row of rows) known.set(id, found.add(row.span_id));
    }
  }
  return known;
}

export async function deleteSpanFacts(db: Db, workspace: string, traceId: string, spanIds: string[]): Promise<void> {
  for (const table of ["span_attribute", "span_number"] as const) {
    for (const chunk of chunksOf(spanIds, 5000)) {
      await db
        .deleteFrom(table)
        .where("workspace", "=", workspace)
        .where("trace_id", "=", traceId)
        .where("span_id", "in", chunk)
        .execute();
    }
  }
}

export const sumSpanNumbers = (db: Db, workspace: string, traceIds: string[]) =>
  db
    .selectFrom("span_number")
    .select(["trace_id", "key", sql<number>`sum(value)`.as("total")])
    .where("workspace", "=", workspace)
    .where("trace_id", "in", traceIds)
    .groupBy(["trace_id", "key"])
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
