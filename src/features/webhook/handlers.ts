import type { webhookContract } from "../../contract/webhook.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { getWebhook, listDeliveries, listWebhooks } from "./read.ts";
import { createWebhook, deleteWebhook, redeliver, testWebhook, updateWebhook } from "./service.ts";

export const webhookHandlers: Handlers<typeof webhookContract> = {
  list: ({ params, query }, ctx) => listWebhooks(ctx, { ...params, ...query }),
  create: ({ params, body }, ctx) => createWebhook(ctx, { ...params, ...body }),
  get: ({ params }, ctx) => getWebhook(ctx, params.workspace, params.id),
  update: ({ params, body }, ctx) => updateWebhook(ctx, params.workspace, params.id, body),
  delete: ({ params }, ctx) => deleteWebhook(ctx, params.workspace, params.id).then(() => undefined),
  test: ({ params, body }, ctx) => testWebhook(ctx, params.workspace, params.id, body.event),
  deliveries: ({ params, query }, ctx) => listDeliveries(ctx, { ...params, ...query }),
  redeliver: ({ params }, ctx) => redeliver(ctx, params.workspace, params.id, params.delivery),
};
