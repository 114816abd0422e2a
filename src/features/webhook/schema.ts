import type { Delivery, WebhookFormat } from "../../contract/webhook.ts";
import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    webhook: WebhookTable;
    webhook_delivery: DeliveryTable;
  }
}

export interface WebhookTable {
  id: string;
  workspace: string;
  name: string;
  description: string;
  url: string;
  format: WebhookFormat;
  /** JSON. */
  events: string;
  state: "active" | "disabled";
  /** Sealed. */
  secret: string | null;
  created_at: number;
  updated_at: number;
  actor_id: string;
  actor_name: string;
}

export interface DeliveryTable {
  id: string;
  webhook_id: string;
  /** The change that it tells of; null for a test. */
  seq: number | null;
  event: string;
  subject: string;
  body: string;
  state: Delivery["state"];
  /** Counts up with every claim: whoever holds an older number has lost the delivery. */
  attempts: number;
  /** When it may be claimed; while it is being sent, when its sender counts as lost. */
  next_at: number;
  created_at: number;
  ended_at: number | null;
  status: number | null;
  error: string | null;
}

export const webhookSchema: SchemaStep = {
  name: "0141-webhook",
  async up(db) {
    await db.schema
      .createTable("webhook")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("description", "text", (column) => column.notNull())
      .addColumn("url", "text", (column) => column.notNull())
      .addColumn("format", "text", (column) => column.notNull())
      .addColumn("events", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("secret", "text")
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("updated_at", "bigint", (column) => column.notNull())
      .addColumn("actor_id", "text", (column) => column.notNull())
      .addColumn("actor_name", "text", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("webhook_workspace").on("webhook").columns(["workspace", "id"]).execute();
    await db.schema
      .createTable("webhook_delivery")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("webhook_id", "text", (column) => column.notNull())
      .addColumn("seq", "bigint")
      .addColumn("event", "text", (column) => column.notNull())
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("body", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("attempts", "integer", (column) => column.notNull())
      .addColumn("next_at", "bigint", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("ended_at", "bigint")
      .addColumn("status", "integer")
      .addColumn("error", "text")
      .execute();
    await db.schema.createIndex("webhook_delivery_due").on("webhook_delivery").columns(["state", "next_at"]).execute();
    await db.schema.createIndex("webhook_delivery_of").on("webhook_delivery").columns(["webhook_id", "id"]).execute();
  },
};
