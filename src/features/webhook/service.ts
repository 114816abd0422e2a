import { notFound } from "../../contract/errors.ts";
import type { Delivery, MlflowEvent, Webhook, WebhookFormat } from "../../contract/webhook.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import * as deliveries from "./delivery-store.ts";
import { checkEvents } from "./events.ts";
import { mlflowBody, mlflowExample } from "./mlflow.ts";
import { deliveryOf, requireWebhook, webhookOf } from "./read.ts";
import type { WebhookTable } from "./schema.ts";
import { type Attempt, attempt, secretContext } from "./send.ts";
import * as store from "./store.ts";
import { deliveriesTopic, newDelivery } from "./subscriber.ts";
import { checkUrl } from "./url.ts";

interface NewWebhook {
  workspace: string;
  name: string;
  description: string;
  url: string;
  format: WebhookFormat;
  events: string[];
  secret?: string;
  state: WebhookTable["state"];
}

export async function createWebhook(ctx: Ctx, wanted: NewWebhook): Promise<Webhook> {
  const { workspace, format } = wanted;
  const id = ctx.ids.next();
  const now = ctx.clock.now();
  const row: WebhookTable = {
    id,
    workspace,
    name: wanted.name,
    description: wanted.description,
    url: checkUrl(wanted.url, { allowPrivate: ctx.config.allowPrivateWebhooks }),
    format,
    events: JSON.stringify(checkEvents(format, wanted.events)),
    state: wanted.state,
    secret: wanted.secret ? ctx.secrets.seal(wanted.secret, secretContext({ workspace, id })) : null,
    created_at: now,
    updated_at: now,
    actor_id: ctx.actor.id,
    actor_name: ctx.actor.name,
  };
  return transaction(ctx, async (tx) => {
    await store.insertWebhook(tx.db, row);
    note(tx, "webhook.created", row);
    return webhookOf(row);
  });
}

export interface WebhookChanges {
  name?: string;
  description?: string;
  url?: string;
  events?: string[];
  secret?: string | null;
  state?: WebhookTable["state"];
}

/** Changes what is named. Deliveries that wait go where the webhook then points to. */
export async function updateWebhook(
  ctx: Ctx,
  workspace: string,
  id: string,
  changes: WebhookChanges,
): Promise<Webhook> {
  const { events, url, secret, ...plain } = changes;
  return transaction(ctx, async (tx) => {
    const row = await requireWebhook(tx, workspace, id);
    const changed: WebhookTable = {
      ...row,
      ...Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined)),
      // Two changes within a millisecond are two.
      updated_at: Math.max(tx.clock.now(), row.updated_at + 1),
    };
    if (url !== undefined) changed.url = checkUrl(url, { allowPrivate: tx.config.allowPrivateWebhooks });
    if (events !== undefined) changed.events = JSON.stringify(checkEvents(row.format, events));
    if (secret !== undefined) changed.secret = secret === null ? null : tx.secrets.seal(secret, secretContext(row));
    await store.updateWebhook(tx.db, id, changed);
    note(tx, "webhook.changed", changed);
    return webhookOf(changed);
  });
}

export async function deleteWebhook(ctx: Ctx, workspace: string, id: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    const row = await requireWebhook(tx, workspace, id);
    await store.deleteWebhook(tx.db, id);
    note(tx, "webhook.deleted", row);
  });
}

/** Secrets stay out of the audit log: that of the webhook, and what some receivers put into the path of their address. */
function note(tx: Ctx, type: string, { workspace, id, name, url, format, events, state, secret }: WebhookTable): void {
  const data = {
    name,
    origin: new URL(url).origin,
    format,
    events: JSON.parse(events) as string[],
    state,
    hasSecret: secret !== null,
  };
  record(tx, { workspace, type, subject: `webhook/${id}`, data });
}

/** Sends an example once, now. It is kept among the deliveries. */
export async function testWebhook(ctx: Ctx, workspace: string, id: string, event?: MlflowEvent): Promise<Attempt> {
  const webhook = await requireWebhook(ctx, workspace, id);
  const message = exampleFor(ctx, webhook, event);
  const delivery = newDelivery(ctx, webhook, { ...message, seq: null, subject: `webhook/${id}` });
  const result = await attempt(ctx, webhook, delivery);
  const end = { state: result.success ? "delivered" : "parked", ended_at: ctx.clock.now() } as const;
  const outcome = { attempts: 1, status: result.status, error: result.error };
  await deliveries.insertDelivery(ctx.db, { ...delivery, ...end, ...outcome });
  return result;
}

function exampleFor(ctx: Ctx, webhook: WebhookTable, event?: MlflowEvent): { event: string; body: string } {
  if (webhook.format === "mlflow") {
    const wanted = event ?? (JSON.parse(webhook.events) as MlflowEvent[])[0]!;
    return { event: wanted, body: mlflowBody(mlflowExample(wanted), ctx.clock.now()) };
  }
  const example = {
    specversion: "1.0",
    id: ctx.ids.next(),
    source: `/workspaces/${webhook.workspace}`,
    type: "io.trainyard.webhook.test",
    subject: `webhook/${webhook.id}`,
    time: new Date(ctx.clock.now()).toISOString(),
    datacontenttype: "application/json",
    data: { actor: ctx.actor, name: webhook.name },
  };
  return { event: "webhook.test", body: JSON.stringify(example) };
}

/** Sends a delivery again, with all of its attempts ahead of it. */
export async function redeliver(ctx: Ctx, workspace: string, id: string, deliveryId: string): Promise<Delivery> {
  return transaction(ctx, async (tx) => {
    const webhook = await requireWebhook(tx, workspace, id);
    const found = await deliveries.findDelivery(tx.db, id, deliveryId);
    if (!found) throw notFound("delivery", deliveryId, `List them with \`trainyard webhook deliveries ${id}\`.`);
    const { seq, event, subject, body } = found;
    const again = newDelivery(tx, webhook, { seq, event, subject, body });
    await deliveries.insertDelivery(tx.db, again);
    const data = { delivery: deliveryId, as: again.id };
    record(tx, { workspace, type: "webhook.redelivered", subject: `webhook/${id}`, data });
    tx.unit?.afterCommit.push(() => tx.signals.wake(deliveriesTopic));
    return deliveryOf(again);
  });
}
