import { sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import { deleteSome } from "../../platform/db/delete-some.ts";
import type { Db } from "../../platform/db/tables.ts";
import type { DeliveryTable, WebhookTable } from "./schema.ts";

export const insertDelivery = (db: Db, row: DeliveryTable) => db.insertInto("webhook_delivery").values(row).execute();

export const findDelivery = (db: Db, webhookId: string, id: string): Promise<DeliveryTable | undefined> =>
  db
    .selectFrom("webhook_delivery")
    .selectAll()
    .where("webhook_id", "=", webhookId)
    .where("id", "=", id)
    .executeTakeFirst();

export async function listDeliveries(
  db: Db,
  page: { webhookId: string; limit: number; after?: string },
): Promise<DeliveryTable[]> {
  const query = db.selectFrom("webhook_delivery").selectAll().where("webhook_id", "=", page.webhookId);
  const rest = page.after ? query.where("id", "<", page.after) : query;
  return rest.orderBy("id", "desc").limit(page.limit).execute();
}

/** The newest delivery of each webhook. */
export async function lastDeliveries(db: Db, webhookIds: string[]): Promise<DeliveryTable[]> {
  if (webhookIds.length === 0) return [];
  const newest = await db
    .selectFrom("webhook_delivery")
    .select((select) => select.fn.max("id").as("id"))
    .where("webhook_id", "in", webhookIds)
    .groupBy("webhook_id")
    .execute();
  if (newest.length === 0) return [];
  const ids = newest.map(({ id }) => id);
  return db.selectFrom("webhook_delivery").selectAll().where("id", "in", ids).execute();
}

/** What may be sent now, oldest first, but for webhooks that are busy. */
export async function listDue(
  db: Db,
  due: { now: number; limit: number; busy: string[] },
): Promise<{ delivery: DeliveryTable; webhook: WebhookTable }[]> {
  const query = db
    .selectFrom("webhook_delivery as delivery")
    .innerJoin("webhook", "webhook.id", "delivery.webhook_id")
    .selectAll("delivery")
    .where("delivery.state", "=", "waiting")
    .where("delivery.next_at", "<=", due.now)
    .where("webhook.state", "=", "active");
  const free = due.busy.length > 0 ? query.where("delivery.webhook_id", "not in", due.busy) : query;
  const deliveries = await free.orderBy("delivery.next_at").orderBy("delivery.id").limit(due.limit).execute();
  const ids = [...new Set(deliveries.map((delivery) => delivery.webhook_id))];
  if (ids.length === 0) return [];
  const webhooks = await db.selectFrom("webhook").selectAll().where("id", "in", ids).execute();
  return deliveries.flatMap((delivery) => {
    const webhook = webhooks.find((candidate) => candidate.id === delivery.webhook_id);
    return webhook ? [{ delivery, webhook }] : [];
  });
}

/** Changes a delivery, unless somebody claimed it since `attempts` was read. */
export async function changeDelivery(
  db: Db,
  held: Pick<DeliveryTable, "id" | "attempts">,
  changes: Partial<DeliveryTable>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("webhook_delivery")
    .set(changes)
    .where("id", "=", held.id)
    .where("attempts", "=", held.attempts)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export const deleteBefore = (ctx: Ctx, before: number) =>
  deleteSome(ctx, { table: "webhook_delivery", key: ["id"], where: sql`created_at < ${before}` });
