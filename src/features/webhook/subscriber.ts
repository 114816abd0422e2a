import type { AuditEvent } from "../../contract/audit.ts";
import { webhookNouns } from "../../contract/webhook.ts";
import type { Ctx } from "../../platform/context.ts";
import { cloudEventOf } from "../../platform/events/cloud-event.ts";
import type { Subscriber } from "../../platform/events/deliver.ts";
import { insertDelivery } from "./delivery-store.ts";
import { isWanted } from "./events.ts";
import { mlflowBody, mlflowChangeOf } from "./mlflow.ts";
import type { DeliveryTable, WebhookTable } from "./schema.ts";
import { listActiveWebhooks } from "./store.ts";

/** What wakes those who send. */
export const deliveriesTopic = "webhook.deliveries";

/**
 * Notes, for each change, who is to be told of it. Sending is somebody else's work: nobody's slowness, and no receiver
 * that is down, holds up the changes behind this one.
 */
export const webhookDeliveries: Subscriber = {
  name: "webhook.deliveries",
  types: webhookNouns.map((noun) => `${noun}.*`),
  async handle(tx, event) {
    const webhooks = await listActiveWebhooks(tx.db, event.workspace);
    let noted = 0;
    for (const webhook of webhooks) {
      const message = await messageFor(tx, webhook, event);
      if (!message) continue;
      await insertDelivery(tx.db, newDelivery(tx, webhook, { ...message, seq: event.seq, subject: event.subject }));
      noted++;
    }
    if (noted > 0) tx.unit?.afterCommit.push(() => tx.signals.wake(deliveriesTopic));
  },
};

async function messageFor(
  tx: Ctx,
  webhook: WebhookTable,
  event: AuditEvent,
): Promise<{ event: string; body: string } | undefined> {
  const wanted = JSON.parse(webhook.events) as string[];
  if (webhook.format === "cloudevents") {
    return isWanted(event.type, wanted) ? { event: event.type, body: JSON.stringify(cloudEventOf(event)) } : undefined;
  }
  const change = await mlflowChangeOf(tx, event);
  if (!change || !wanted.includes(change.event)) return undefined;
  return { event: change.event, body: mlflowBody(change, event.at) };
}

export function newDelivery(
  ctx: Ctx,
  webhook: WebhookTable,
  message: Pick<DeliveryTable, "seq" | "event" | "subject" | "body">,
): DeliveryTable {
  const now = ctx.clock.now();
  const start = { state: "waiting", attempts: 0, next_at: now, created_at: now } as const;
  const end = { ended_at: null, status: null, error: null };
  return { id: ctx.ids.next(), webhook_id: webhook.id, ...message, ...start, ...end };
}
