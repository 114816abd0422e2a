import { sql } from "kysely";
import { tablePartsOf } from "../../platform/db/dialect.ts";
import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    run_metric_block: BlockTable;
    run_metric_summary: SummaryTable;
  }
}

/** A place in the order of a metric's points: by step, and among those of one step by time. */
export interface Position {
  step: number;
  time: number;
}

/**
 * What some neighbouring points of a metric come to. It covers the positions from `from` to just before `until`, where
 * the next block begins: the points of one position are never apart.
 */
export interface BlockTable {
  run: number;
  key: number;
  from_step: number;
  from_time: number;
  until_step: number;
  until_time: number;
  /** A point was written into it since it was summed up: until that is done again, its points are read. */
  is_stale: number;
  count: number;
  /** The least and greatest number; null when there is none. */
  min: number | null;
  max: number | null;
  first_step: number;
  last_step: number;
  first_time: number;
  last_time: number;
}

/** Metrics that have blocks, and where the last one ends: points from there on are in none. */
export interface SummaryTable {
  run: number;
  key: number;
  until_step: number;
  until_time: number;
}

/** Sums of the points of long metrics, so that drawing one does not read all of it. */
export const blockSchema: SchemaStep = {
  name: "0710-metric-block",
  async up(db) {
    const { clustered } = tablePartsOf(db);
    await sql`create table run_metric_block (
      run bigint not null,
      key integer not null,
      from_step bigint not null,
      from_time bigint not null,
      until_step bigint not null,
      until_time bigint not null,
      is_stale smallint not null,
      count integer not null,
      min double precision,
      max double precision,
      first_step bigint not null,
      last_step bigint not null,
      first_time bigint not null,
      last_time bigint not null,
      primary key (run, key, from_step, from_time)
    ) ${clustered}`.execute(db);
    await sql`create table run_metric_summary (
      run bigint not null,
      key integer not null,
      until_step bigint not null,
      until_time bigint not null,
      primary key (run, key)
    ) ${clustered}`.execute(db);
  },
};
