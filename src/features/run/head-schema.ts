import { sql } from "kysely";
import { tablePartsOf } from "../../platform/db/dialect.ts";
import type { SchemaStep } from "../../platform/db/migrate.ts";
import { indexedLength } from "./fact-schema.ts";

/**
 * Splits texts into the part that is indexed and the rest. Of an index on an expression, or on a computed column, SQLite
 * reads the row of each entry too, which is forty times slower than reading the index alone.
 */
export const headSchema: SchemaStep = {
  name: "0131-run-heads",
  async up(db) {
    const { text, clustered } = tablePartsOf(db);
    const length = sql.lit(indexedLength);
    for (const table of ["run_param", "run_tag"]) {
      const split = sql.table(`split_${table}`);
      await sql`create table ${split} (
        run bigint not null,
        key integer not null,
        head ${text} not null,
        rest ${text} not null,
        started_at bigint not null,
        primary key (run, key)
      ) ${clustered}`.execute(db);
      await sql`insert into ${split} (run, key, head, rest, started_at)
        select run, key, substr(value, 1, ${length}), substr(value, ${length} + 1), started_at
        from ${sql.table(table)}`.execute(db);
      await db.schema.dropTable(table).execute();
      await db.schema.alterTable(`split_${table}`).renameTo(table).execute();
      await sql`create index ${sql.ref(`${table}_by_value`)} on ${sql.table(table)}
        (key, head, started_at desc, run)`.execute(db);
    }
  },
};
