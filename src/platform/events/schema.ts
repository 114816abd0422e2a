import type { SchemaStep } from "../db/migrate.ts";

declare module "../db/tables.ts" {
  interface Tables {
    audit_event: AuditEventTable;
    audit_head: { id: number; seq: number; hash: string };
    event_cursor: { subscriber: string; seq: number };
  }
}

export interface AuditEventTable {
  seq: number;
  at: number;
  workspace: string;
  type: string;
  subject: string;
  actor_id: string;
  actor_name: string;
  reason: string | null;
  data: string;
  previous_hash: string;
  hash: string;
}

export const eventSchema: SchemaStep = {
  name: "0010-event",
  async up(db) {
    await db.schema
      .createTable("audit_event")
      .addColumn("seq", "bigint", (column) => column.primaryKey())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("type", "text", (column) => column.notNull())
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("actor_id", "text", (column) => column.notNull())
      .addColumn("actor_name", "text", (column) => column.notNull())
      .addColumn("reason", "text")
      .addColumn("data", "text", (column) => column.notNull())
      .addColumn("previous_hash", "text", (column) => column.notNull())
      .addColumn("hash", "text", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("audit_event_by_workspace").on("audit_event").columns(["workspace", "seq"]).execute();
    await db.schema.createIndex("audit_event_by_subject").on("audit_event").columns(["subject", "seq"]).execute();
    await db.schema
      .createTable("audit_head")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("seq", "bigint", (column) => column.notNull())
      .addColumn("hash", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("event_cursor")
      .addColumn("subscriber", "text", (column) => column.primaryKey())
      .addColumn("seq", "bigint", (column) => column.notNull())
      .execute();
  },
};
