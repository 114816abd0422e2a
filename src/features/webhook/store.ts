import type { Db } from "../../platform/db/tables.ts";
import type { WebhookTable } from "./schema.ts";

export const insertWebhook = (db: Db, row: WebhookTable) => db.insertInto("webhook").values(row).execute();

export const findWebhook = (db: Db, workspace: string, id: string): Promise<WebhookTable | undefined> =>
  db.selectFrom("webhook").selectAll().where("workspace", "=", workspace).where("id", "=", id).executeTakeFirst();

export async function listWebhooks(
  db: Db,
  page: { workspace: string; limit: number; after?: string; format?: WebhookTable["format"] },
): Promise<WebhookTable[]> {
  let query = db.selectFrom("webhook").selectAll().where("workspace", "=", page.workspace);
  if (page.after) query = query.where("id", "<", page.after);
  if (page.format) query = query.where("format", "=", page.format);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}

export const listActiveWebhooks = (db: Db, workspace: string): Promise<WebhookTable[]> =>
  db.selectFrom("webhook").selectAll().where("workspace", "=", workspace).where("state", "=", "active").execute();

export const updateWebhook = (db: Db, id: string, changes: Partial<WebhookTable>) =>
  db.updateTable("webhook").set(changes).where("id", "=", id).execute();

export async function deleteWebhook(db: Db, id: string): Promise<void> {
  await db.deleteFrom("webhook_delivery").where("webhook_id", "=", id).execute();
  await db.deleteFrom("webhook").where("id", "=", id).execute();
}
