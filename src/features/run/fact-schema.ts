import { type Kysely, sql } from "kysely";
import { type TableParts, tablePartsOf } from "../../platform/db/dialect.ts";
import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    run_key: RunKeyTable;
    run_param: TextFact;
    run_tag: TextFact;
    run_metric: PointTable;
    run_latest_metric: LatestMetricTable;
  }
}

export type FactKind = "metric" | "param" | "tag";

/** The name of a metric, param or tag in one experiment. Facts carry the number, which is short and says both. */
export interface RunKeyTable {
  number: number;
  workspace: string;
  experiment_id: number;
  kind: FactKind;
  name: string;
}

export interface TextFact {
  /** Number of the run. */
  run: number;
  /** Number of the key. */
  key: number;
  /** The first 120 characters, which are indexed. */
  head: string;
  rest: string;
  /** When the run started, so that an index can give the facts of one key in the order of their runs. */
  started_at: number;
}

/** NaN is kept as `is_nan` = 1 with value 0: SQLite has no NaN, and order and uniqueness need a number. */
export interface PointTable {
  run: number;
  key: number;
  step: number;
  timestamp: number;
  value: number;
  is_nan: number;
}

export interface LatestMetricTable extends PointTable {
  started_at: number;
}

/** How much of a text is in the index; PostgreSQL cannot index long values. */
export const indexedLength = 120;

/**
 * Gives runs and keys numbers, so that a point costs 30 bytes and not 150, and indexes by which a search walks the runs
 * of an experiment in the order of a metric, or finds those with a param. Rows that are there are taken along.
 */
export const factSchema: SchemaStep = {
  name: "0130-run-facts",
  async up(db) {
    const parts = tablePartsOf(db);
    await numberRuns(db, parts);
    await createKeys(db, parts);
    for (const table of ["run_param", "run_tag"]) await moveTexts(db, parts, table);
    await moveMetrics(db, parts);
  },
};

const runColumns = sql.raw(
  "id, workspace, experiment_id, name, state, lifecycle_stage, user_name, started_at, ended_at, created_at, deleted_at, job_id, parent_run_id",
);

async function numberRuns(db: Kysely<unknown>, { counted, text }: TableParts): Promise<void> {
  await sql`create table numbered_run (
    number ${counted},
    id ${text} not null unique,
    workspace ${text} not null,
    experiment_id bigint not null,
    name ${text} not null,
    state ${text} not null,
    lifecycle_stage ${text} not null,
    user_name ${text} not null,
    started_at bigint not null,
    ended_at bigint,
    created_at bigint not null,
    deleted_at bigint,
    job_id text,
    parent_run_id text,
    foreign key (workspace, experiment_id) references experiment (workspace, id)
  )`.execute(db);
  await sql`insert into numbered_run (${runColumns})
    select id, workspace, experiment_id, name, state, lifecycle_stage, user_name, coalesce(started_at, created_at),
      ended_at, created_at, deleted_at, job_id, parent_run_id from run order by created_at, id`.execute(db);
  await db.schema.dropTable("run").execute();
  await db.schema.alterTable("numbered_run").renameTo("run").execute();
  for (const [name, columns] of [
    ["run_by_start", "workspace, experiment_id, lifecycle_stage, started_at desc, number"],
    ["run_by_state", "workspace, experiment_id, state, started_at desc, number"],
    ["run_by_name", "workspace, experiment_id, name"],
    ["run_by_time", "workspace, lifecycle_stage, started_at desc, number"],
    ["run_by_job", "job_id"],
    ["run_by_parent", "parent_run_id, workspace"],
  ] as const) {
    const some = columns === "job_id" ? sql`where job_id is not null` : sql``;
    await sql`create index ${sql.ref(name)} on run (${sql.raw(columns)}) ${some}`.execute(db);
  }
}

async function createKeys(db: Kysely<unknown>, { counted, text }: TableParts): Promise<void> {
  await sql`create table run_key (
    number ${counted},
    workspace ${text} not null,
    experiment_id bigint not null,
    kind ${text} not null,
    name ${text} not null,
    unique (workspace, kind, experiment_id, name)
  )`.execute(db);
  for (const [kind, table] of [
    ["metric", "run_metric"],
    ["param", "run_param"],
    ["tag", "run_tag"],
  ] as const) {
    await sql`insert into run_key (workspace, experiment_id, kind, name)
      select distinct run.workspace, run.experiment_id, ${kind}, fact.key
      from ${sql.table(table)} as fact join run on run.id = fact.run_id`.execute(db);
  }
}

/** `fact` with the numbers of its run and key. */
const numbered = (table: string, kind: string) => sql`${sql.table(table)} as fact
  join run on run.id = fact.run_id
  join run_key on run_key.workspace = run.workspace and run_key.experiment_id = run.experiment_id
    and run_key.kind = ${kind} and run_key.name = fact.key`;

async function replace(db: Kysely<unknown>, table: string): Promise<void> {
  await db.schema.dropTable(table).execute();
  await db.schema.alterTable(`numbered_${table}`).renameTo(table).execute();
}

async function moveTexts(db: Kysely<unknown>, { text, clustered }: TableParts, table: string): Promise<void> {
  await sql`create table ${sql.table(`numbered_${table}`)} (
    run bigint not null,
    key integer not null,
    value ${text} not null,
    started_at bigint not null,
    primary key (run, key)
  ) ${clustered}`.execute(db);
  await sql`insert into ${sql.table(`numbered_${table}`)} (run, key, value, started_at)
    select run.number, run_key.number, fact.value, run.started_at
    from ${numbered(table, table.slice("run_".length))}`.execute(db);
  await replace(db, table);
  const head = sql`substr(value, 1, ${sql.lit(indexedLength)})`;
  await sql`create index ${sql.ref(`${table}_by_value`)} on ${sql.table(table)}
    (key, (${head}), started_at desc, run)`.execute(db);
}

async function moveMetrics(db: Kysely<unknown>, { clustered }: TableParts): Promise<void> {
  const columns = sql`run bigint not null, key integer not null, is_nan smallint not null, step bigint not null,
    timestamp bigint not null, value double precision not null`;
  const from = (table: string) => numbered(table, "metric");
  await sql`create table numbered_run_metric (${columns},
    primary key (run, key, step, timestamp, value, is_nan)) ${clustered}`.execute(db);
  await sql`insert into numbered_run_metric (run, key, is_nan, step, timestamp, value)
    select run.number, run_key.number, fact.is_nan, fact.step, fact.timestamp, fact.value
    from ${from("run_metric")}`.execute(db);
  await replace(db, "run_metric");
  await sql`create table numbered_run_latest_metric (${columns}, started_at bigint not null,
    primary key (run, key)) ${clustered}`.execute(db);
  await sql`insert into numbered_run_latest_metric (run, key, is_nan, step, timestamp, value, started_at)
    select run.number, run_key.number, fact.is_nan, fact.step, fact.timestamp, fact.value, run.started_at
    from ${from("run_latest_metric")}`.execute(db);
  await replace(db, "run_latest_metric");
  await sql`create index run_latest_metric_by_value on run_latest_metric
    (key, is_nan, value, started_at desc, run)`.execute(db);
}
