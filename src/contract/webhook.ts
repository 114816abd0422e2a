import { z } from "zod";
import { actorSchema, identified, idSchema, inWorkspace, nameSchema, pageOf, pageQuery, timeSchema } from "./common.ts";
import { operation } from "./operation.ts";

/** Nouns whose changes a webhook may be told about. */
export const webhookNouns = [
  "build",
  "data",
  "deployment",
  "endpoint",
  "job",
  "model",
  "monitor",
  "release",
  "retraining",
  "stage",
] as const;

/** MLflow's names of changes in the registry. */
export const mlflowEvents = [
  "registered_model.created",
  "model_version.created",
  "model_version_tag.set",
  "model_version_tag.deleted",
  "model_version_alias.created",
  "model_version_alias.deleted",
  "prompt.created",
  "prompt_version.created",
  "prompt_tag.set",
  "prompt_tag.deleted",
  "prompt_version_tag.set",
  "prompt_version_tag.deleted",
  "prompt_alias.created",
  "prompt_alias.deleted",
] as const;
export type MlflowEvent = (typeof mlflowEvents)[number];

/** How the body of a delivery is written: CloudEvents 1.0, or as MLflow's server writes it. */
const formatSchema = z.enum(["cloudevents", "mlflow"]);
export type WebhookFormat = z.infer<typeof formatSchema>;

const stateSchema = z.enum(["active", "disabled"]);

/** `waiting` to be sent, or sent again; `delivered`; `parked` when it was tried often enough. */
const deliveryStateSchema = z.enum(["waiting", "delivered", "parked"]);

export const deliverySchema = z.object({
  id: z.string(),
  /** The change that it tells of. */
  event: z.string(),
  subject: z.string(),
  state: deliveryStateSchema,
  attempts: z.number().int(),
  createdAt: timeSchema,
  /** When it is sent again; null when it is not. */
  nextAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
  /** HTTP status of the last answer; null when there was none. */
  status: z.number().int().nullable(),
  /** Why the last attempt failed. */
  error: z.string().nullable(),
});
export type Delivery = z.infer<typeof deliverySchema>;

export const webhookSchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  url: z.string(),
  format: formatSchema,
  events: z.array(z.string()),
  state: stateSchema,
  /** Whether deliveries are signed. The secret itself is never shown. */
  hasSecret: z.boolean(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
  createdBy: actorSchema,
  lastDelivery: deliverySchema.nullable(),
});
export type Webhook = z.infer<typeof webhookSchema>;

const eventsSchema = z.array(z.string().max(100)).min(1).max(50);
const secretSchema = z.string().min(1).max(256);
const urlSchema = z.string().max(2048);
const descriptionSchema = z.string().max(2000);

const delivery = identified.extend({ delivery: idSchema });

/** Addresses that are told about changes in a workspace. */
export const webhookContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/webhooks",
    summary: "List webhooks, newest first, with the last delivery of each",
    permission: "webhook:read",
    params: inWorkspace,
    query: pageQuery,
    response: pageOf(webhookSchema),
  }),
  create: operation({
    method: "POST",
    path: "/workspaces/{workspace}/webhooks",
    summary: "Create a webhook",
    permission: "webhook:write",
    params: inWorkspace,
    body: z.strictObject({
      name: nameSchema,
      description: descriptionSchema.default(""),
      /** http or https, on the public internet unless the server is told otherwise. */
      url: urlSchema,
      format: formatSchema.default("cloudevents"),
      /** Types of changes, such as `model.version.created` or `release.*`; MLflow's names in MLflow's format. */
      events: eventsSchema,
      /** Signs deliveries. Behind `whsec_`, base64. */
      secret: secretSchema.optional(),
      state: stateSchema.default("active"),
    }),
    response: webhookSchema,
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/webhooks/{id}",
    summary: "Show a webhook",
    permission: "webhook:read",
    params: identified,
    response: webhookSchema,
  }),
  update: operation({
    method: "PATCH",
    path: "/workspaces/{workspace}/webhooks/{id}",
    summary: "Change a webhook; what is not named stays",
    permission: "webhook:write",
    params: identified,
    body: z.strictObject({
      name: nameSchema.optional(),
      description: descriptionSchema.optional(),
      url: urlSchema.optional(),
      events: eventsSchema.optional(),
      /** null takes it away. */
      secret: secretSchema.nullable().optional(),
      state: stateSchema.optional(),
    }),
    response: webhookSchema,
  }),
  delete: operation({
    method: "DELETE",
    path: "/workspaces/{workspace}/webhooks/{id}",
    summary: "Delete a webhook and what it has not delivered",
    permission: "webhook:write",
    params: identified,
  }),
  test: operation({
    method: "POST",
    path: "/workspaces/{workspace}/webhooks/{id}/test",
    summary: "Send an example now, once, and show the answer",
    permission: "webhook:write",
    params: identified,
    body: z.strictObject({
      /** In MLflow's format: the event whose example is sent; the webhook's first otherwise. */
      event: z.enum(mlflowEvents).optional(),
    }),
    response: z.object({
      success: z.boolean(),
      status: z.number().int().nullable(),
      /** The beginning of the answer. */
      body: z.string().nullable(),
      error: z.string().nullable(),
    }),
  }),
  deliveries: operation({
    method: "GET",
    path: "/workspaces/{workspace}/webhooks/{id}/deliveries",
    summary: "List deliveries of a webhook, newest first; ended ones are kept for 30 days",
    permission: "webhook:read",
    params: identified,
    query: pageQuery,
    response: pageOf(deliverySchema),
  }),
  redeliver: operation({
    method: "POST",
    path: "/workspaces/{workspace}/webhooks/{id}/deliveries/{delivery}/redeliver",
    summary: "Send a delivery again",
    permission: "webhook:write",
    params: delivery,
    response: deliverySchema,
  }),
};
