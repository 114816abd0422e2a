import type { Kysely } from "kysely";
import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    trace: TraceTable;
    trace_tag: TraceFact;
    trace_metadata: TraceFact;
    /** Token counts by which traces are summed up. */
    trace_number: { workspace: string; trace_id: string; key: string; value: number };
    /** Runs (`run`) and prompt versions (`prompt`: `name/version`) that a trace belongs to, once it is there. */
    trace_link: { workspace: string; trace_id: string; kind: "run" | "prompt"; target: string };
    span: SpanTable;
    /** Short attributes of spans, to search for. */
    span_attribute: { workspace: string; trace_id: string; span_id: string; key: string; value: string };
    /** Costs and token counts of spans. */
    span_number: { workspace: string; trace_id: string; span_id: string; key: string; value: number };
    assessment: AssessmentTable;
  }
}

export type TraceState = "OK" | "ERROR" | "IN_PROGRESS" | "UNSPECIFIED";
export type SpanState = "OK" | "ERROR" | "UNSET";

export interface TraceTable {
  workspace: string;
  /** Chosen by the client; belongs to the workspace. */
  id: string;
  experiment_id: number;
  client_request_id: string | null;
  name: string;
  state: TraceState;
  started_at: number;
  /** Milliseconds. */
  duration: number | null;
  request: string | null;
  response: string | null;
  span_count: number;
  /** Where clients find the spans: here, or in the file that a client uploaded. Null before there are any. */
  spans_in: "store" | "file" | null;
  /** 1 when the client has told times, state and previews itself; spans no longer change them. */
  is_final: number;
}

export interface TraceFact {
  workspace: string;
  trace_id: string;
  key: string;
  value: string;
}

export interface SpanTable {
  workspace: string;
  trace_id: string;
  /** 16 hexadecimal digits. */
  span_id: string;
  parent_id: string | null;
  name: string;
  type: string;
  state: SpanState;
  /** Microseconds; nanoseconds are more than a double holds, and are in the content. */
  start_us: number;
  end_us: number | null;
  /** Name of the model that answered, and who runs it. */
  model: string | null;
  provider: string | null;
  /** Everything the client sent of it; see stored.ts. */
  content: string;
}

export interface AssessmentTable {
  workspace: string;
  trace_id: string;
  id: string;
  kind: "feedback" | "expectation" | "issue";
  name: string;
  span_id: string | null;
  /** JSON; of an issue, its name. */
  value: string;
  error: string | null;
  source_type: string;
  source_id: string;
  rationale: string | null;
  /** A JSON object of texts. */
  metadata: string;
  overrides: string | null;
  is_valid: number;
  created_at: number;
  updated_at: number;
}

export const traceSchemaStep: SchemaStep = {
  name: "0150-trace",
  async up(db) {
    await createTraces(db);
    for (const table of ["trace_tag", "trace_metadata"]) await createFacts(db, table, "text");
    await createFacts(db, "trace_number", "double precision");
    await createLinks(db);
    await createSpans(db);
    await createAssessments(db);
  },
};

async function createTraces(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("trace")
    .addColumn("workspace", "text", (column) => column.notNull())
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("experiment_id", "bigint", (column) => column.notNull())
    .addColumn("client_request_id", "text")
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("started_at", "bigint", (column) => column.notNull())
    .addColumn("duration", "bigint")
    .addColumn("request", "text")
    .addColumn("response", "text")
    .addColumn("span_count", "integer", (column) => column.notNull())
    .addColumn("spans_in", "text")
    .addColumn("is_final", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("trace_key", ["workspace", "id"])
    .addForeignKeyConstraint("trace_experiment", ["workspace", "experiment_id"], "experiment", ["workspace", "id"])
    .execute();
  await db.schema
    .createIndex("trace_by_experiment")
    .on("trace")
    .columns(["workspace", "experiment_id", "started_at", "id"])
    .execute();
  await db.schema.createIndex("trace_by_time").on("trace").columns(["workspace", "started_at", "id"]).execute();
}

async function createFacts(db: Kysely<unknown>, table: string, type: "text" | "double precision"): Promise<void> {
  await db.schema
    .createTable(table)
    .addColumn("workspace", "text", (column) => column.notNull())
    .addColumn("trace_id", "text", (column) => column.notNull())
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("value", type, (column) => column.notNull())
    .addPrimaryKeyConstraint(`${table}_key`, ["workspace", "trace_id", "key"])
    .addForeignKeyConstraint(`${table}_trace`, ["workspace", "trace_id"], "trace", ["workspace", "id"], (key) =>
      key.onDelete("cascade"),
    )
    .execute();
}

async function createLinks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("trace_link")
    .addColumn("workspace", "text", (column) => column.notNull())
    .addColumn("trace_id", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("target", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("trace_link_key", ["workspace", "trace_id", "kind", "target"])
    .addForeignKeyConstraint("trace_link_trace", ["workspace", "trace_id"], "trace", ["workspace", "id"], (key) =>
      key.onDelete("cascade"),
    )
    .execute();
  await db.schema
    .createIndex("trace_link_by_target")
    .on("trace_link")
    .columns(["workspace", "kind", "target"])
    .execute();
}

async function createSpans(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("span")
    .addColumn("workspace", "text", (column) => column.notNull())
    .addColumn("trace_id", "text", (column) => column.notNull())
    .addColumn("span_id", "text", (column) => column.notNull())
    .addColumn("parent_id", "text")
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("type", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("start_us", "bigint", (column) => column.notNull())
    .addColumn("end_us", "bigint")
    .addColumn("model", "text")
    .addColumn("provider", "text")
    .addColumn("content", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("span_key", ["workspace", "trace_id", "span_id"])
    .addForeignKeyConstraint("span_trace", ["workspace", "trace_id"], "trace", ["workspace", "id"], (key) =>
      key.onDelete("cascade"),
    )
    .execute();
  for (const [table, type] of [
    ["span_attribute", "text"],
    ["span_number", "double precision"],
  ] as const) {
    await db.schema
      .createTable(table)
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("trace_id", "text", (column) => column.notNull())
      .addColumn("span_id", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("value", type, (column) => column.notNull())
      .addPrimaryKeyConstraint(`${table}_key`, ["workspace", "trace_id", "span_id", "key"])
      .addForeignKeyConstraint(
        `${table}_span`,
        ["workspace", "trace_id", "span_id"],
        "span",
        ["workspace", "trace_id", "span_id"],
        (key) => key.onDelete("cascade"),
      )
      .execute();
  }
}

async function createAssessments(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("assessment")
    .addColumn("workspace", "text", (column) => column.notNull())
    .addColumn("trace_id", "text", (column) => column.notNull())
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("span_id", "text")
    .addColumn("value", "text", (column) => column.notNull())
    .addColumn("error", "text")
    .addColumn("source_type", "text", (column) => column.notNull())
    .addColumn("source_id", "text", (column) => column.notNull())
    .addColumn("rationale", "text")
    .addColumn("metadata", "text", (column) => column.notNull())
    .addColumn("overrides", "text")
    .addColumn("is_valid", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("assessment_key", ["workspace", "trace_id", "id"])
    .addForeignKeyConstraint("assessment_trace", ["workspace", "trace_id"], "trace", ["workspace", "id"], (key) =>
      key.onDelete("cascade"),
    )
    .execute();
}
