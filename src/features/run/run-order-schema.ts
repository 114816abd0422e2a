import { sql } from "kysely";
import type { SchemaStep } from "../../platform/db/migrate.ts";

/** Pages of runs by their end or name begin in an index, which goes on with the start, as those by a fact do. */
export const runOrderSchema: SchemaStep = {
  name: "0700-run-orders",
  async up(db) {
    await sql`create index run_by_end on run
      (workspace, experiment_id, lifecycle_stage, ended_at, started_at desc, number)`.execute(db);
    await sql`drop index run_by_name`.execute(db);
    await sql`create index run_by_name on run (workspace, experiment_id, name, started_at desc, number)`.execute(db);
  },
};
