export { deliverDue, runWebhookDeliveries } from "./deliver.ts";
export { webhookHandlers } from "./handlers.ts";
export { listWebhooks, requireWebhook, webhookOf } from "./read.ts";
export { webhookSchema } from "./schema.ts";
export { createWebhook, deleteWebhook, testWebhook, updateWebhook, type WebhookChanges } from "./service.ts";
export { keyOf, signature } from "./signature.ts";
export { webhookDeliveries } from "./subscriber.ts";
