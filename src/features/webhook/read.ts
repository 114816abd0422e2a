import { notFound } from "../../contract/errors.ts";
import type { Delivery, Webhook } from "../../contract/webhook.ts";
import type { Ctx } from "../../platform/context.ts";
import * as deliveries from "./delivery-store.ts";
import type { DeliveryTable, WebhookTable } from "./schema.ts";
import * as store from "./store.ts";

export async function requireWebhook(ctx: Ctx, workspace: string, id: string): Promise<WebhookTable> {
  const row = await store.findWebhook(ctx.db, workspace, id);
  if (row) return row;
  throw notFound("webhook", id, "List them with `trainyard webhook list`.");
}

export async function getWebhook(ctx: Ctx, workspace: string, id: string): Promise<Webhook> {
  return (await withDeliveries(ctx, [await requireWebhook(ctx, workspace, id)]))[0]!;
}

/** Newest first. */
export async function listWebhooks(
  ctx: Ctx,
  page: { workspace: string; limit: number; after?: string; format?: WebhookTable["format"] },
): Promise<{ items: Webhook[]; next?: string }> {
  const rows = await store.listWebhooks(ctx.db, { ...page, limit: page.limit + 1 });
  const items = await withDeliveries(ctx, rows.slice(0, page.limit));
  return { items, next: rows.length > page.limit ? items.at(-1)?.id : undefined };
}

/** Newest first. */
export async function listDeliveries(
  ctx: Ctx,
  page: { workspace: string; id: string; limit: number; after?: string },
): Promise<{ items: Delivery[]; next?: string }> {
  const { id: webhookId } = await requireWebhook(ctx, page.workspace, page.id);
  const rows = await deliveries.listDeliveries(ctx.db, { webhookId, limit: page.limit + 1, after: page.after });
  const items = rows.slice(0, page.limit).map(deliveryOf);
  return { items, next: rows.length > page.limit ? items.at(-1)?.id : undefined };
}

async function withDeliveries(ctx: Ctx, rows: WebhookTable[]): Promise<Webhook[]> {
  const ids = rows.map((row) => row.id);
  const last = new Map((await deliveries.lastDeliveries(ctx.db, ids)).map((row) => [row.webhook_id, row]));
  return rows.map((row) => webhookOf(row, last.get(row.id)));
}

export const webhookOf = (row: WebhookTable, last?: DeliveryTable): Webhook => ({
  id: row.id,
  name: row.name,
  description: row.description,
  url: row.url,
  format: row.format,
  events: JSON.parse(row.events) as string[],
  state: row.state,
  hasSecret: row.secret !== null,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  createdBy: { id: row.actor_id, name: row.actor_name },
  lastDelivery: last ? deliveryOf(last) : null,
});

export const deliveryOf = (row: DeliveryTable): Delivery => ({
  id: row.id,
  event: row.event,
  subject: row.subject,
  state: row.state,
  attempts: row.attempts,
  createdAt: row.created_at,
  nextAt: row.state === "waiting" ? row.next_at : null,
  endedAt: row.ended_at,
  status: row.status,
  error: row.error,
});
