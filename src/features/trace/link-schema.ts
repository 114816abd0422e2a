import { sql } from "kysely";
import type { SchemaStep } from "../../platform/db/migrate.ts";

/** Clients write traces in the background, so a link may come before its trace: it is kept, and counts from then on. */
export const traceLinkSchema: SchemaStep = {
  name: "0440-trace-link-before-trace",
  async up(db) {
    await sql`create table early_trace_link (
      workspace text not null,
      trace_id text not null,
      kind text not null,
      target text not null,
      primary key (workspace, trace_id, kind, target)
    )`.execute(db);
    await sql`insert into early_trace_link (workspace, trace_id, kind, target)
      select workspace, trace_id, kind, target from trace_link`.execute(db);
    await db.schema.dropTable("trace_link").execute();
    await db.schema.alterTable("early_trace_link").renameTo("trace_link").execute();
    await sql`create index trace_link_by_target on trace_link (workspace, kind, target)`.execute(db);
  },
};
