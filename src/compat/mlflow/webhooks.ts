import { Problem } from "../../contract/errors.ts";
import { type MlflowEvent, mlflowEvents, type Webhook } from "../../contract/webhook.ts";
import {
  createWebhook,
  deleteWebhook,
  listWebhooks,
  requireWebhook,
  testWebhook,
  updateWebhook,
  webhookOf,
} from "../../features/webhook/index.ts";
import { invalidParameter, wrongValue } from "./error.ts";
import type { Input } from "./input.ts";
import type { Call, Route } from "./route.ts";

const read = { permission: "webhook:read" } as const;
const write = { permission: "webhook:write" } as const;

/** The webhooks in MLflow's format; others cannot be said in its words. */
export const webhookRoutes: Route[] = [
  { method: "POST", path: "/webhooks", ...write, handler: create },
  { method: "GET", path: "/webhooks", ...read, handler: list },
  { method: "GET", path: "/webhooks/{webhook_id}", ...read, handler: get },
  { method: "PATCH", path: "/webhooks/{webhook_id}", ...write, handler: update },
  { method: "DELETE", path: "/webhooks/{webhook_id}", ...write, handler: remove },
  { method: "POST", path: "/webhooks/{webhook_id}/test", ...write, handler: test },
];

const webhookJson = (webhook: Webhook) => ({
  webhook_id: webhook.id,
  name: webhook.name,
  description: webhook.description || undefined,
  url: webhook.url,
  events: webhook.events.map((event) => {
    const [entity = "", action = ""] = event.split(".");
    return { entity: entity.toUpperCase(), action: action.toUpperCase() };
  }),
  status: webhook.state === "active" ? "ACTIVE" : "DISABLED",
  creation_timestamp: webhook.createdAt,
  last_updated_timestamp: webhook.updatedAt,
});

async function create({ ctx, workspace, input }: Call) {
  const events = eventsOf(input);
  if (!events) throw invalidParameter("Webhook events must be a non-empty list of WebhookEvent objects: [].");
  const webhook = await createWebhook(ctx, {
    workspace,
    name: nameOf(input.text("name")),
    description: input.plainText("description"),
    url: input.text("url"),
    format: "mlflow",
    events,
    secret: input.optionalText("secret") || undefined,
    state: stateOf(input) ?? "active",
  });
  return { webhook: webhookJson(webhook) };
}

async function list({ ctx, workspace, input }: Call) {
  const limit = input.optionalInteger("max_results") ?? 100;
  if (limit < 1 || limit > 1000) throw wrongValue("max_results", limit, "It must be at least 1 and at most 1000.");
  const after = input.optionalText("page_token") || undefined;
  const { items, next } = await listWebhooks(ctx, { workspace, limit, after, format: "mlflow" });
  return { webhooks: items.map(webhookJson), next_page_token: next };
}

async function get(call: Call) {
  return { webhook: webhookJson(webhookOf(await requireMlflowWebhook(call))) };
}

async function update(call: Call) {
  const { ctx, workspace, input } = call;
  const { id } = await requireMlflowWebhook(call);
  const name = input.optionalText("name");
  const webhook = await updateWebhook(ctx, workspace, id, {
    name: name ? nameOf(name) : undefined,
    description: input.optionalText("description") || undefined,
    url: input.optionalText("url") || undefined,
    events: eventsOf(input),
    secret: input.optionalText("secret") || undefined,
    state: stateOf(input),
  });
  return { webhook: webhookJson(webhook) };
}

async function remove(call: Call) {
  await deleteWebhook(call.ctx, call.workspace, (await requireMlflowWebhook(call)).id);
}

async function test(call: Call) {
  const { id } = await requireMlflowWebhook(call);
  const event = call.input.has("event") ? eventOf(call.input.object("event")) : undefined;
  const { success, status, body, error } = await testWebhook(call.ctx, call.workspace, id, event);
  return { result: { success, response_status: status, response_body: body, error_message: error } };
}

async function requireMlflowWebhook({ ctx, workspace, params }: Call) {
  const id = params.webhook_id!;
  const missing = new Problem("not_found", `Webhook with ID ${id} not found.`);
  const row = await requireWebhook(ctx, workspace, id).catch((error: unknown) => {
    throw error instanceof Problem && error.code === "not_found" ? missing : error;
  });
  if (row.format !== "mlflow") throw missing;
  return row;
}

const nameText = /^[a-zA-Z0-9]([\w.-]{0,61}[a-zA-Z0-9])?$/;

function nameOf(name: string): string {
  if (nameText.test(name)) return name;
  throw invalidParameter(
    `Webhook name '${name}' is invalid. It must start and end with a letter or digit, be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).`,
  );
}

/** Undefined when none are named. */
function eventsOf(input: Input): MlflowEvent[] | undefined {
  const events = input.list("events").map(eventOf);
  return events.length > 0 ? events : undefined;
}

function eventOf(input: Input): MlflowEvent {
  const wanted = `${input.text("entity")}.${input.text("action")}`.toLowerCase();
  const event = mlflowEvents.find((known) => known === wanted);
  if (event) return event;
  throw invalidParameter(`There is no event '${wanted}' on this server. There are: ${mlflowEvents.join(", ")}.`);
}

function stateOf(input: Input): "active" | "disabled" | undefined {
  const status = input.plainText("status");
  if (status === "") return undefined;
  if (status === "ACTIVE") return "active";
  if (status === "DISABLED") return "disabled";
  throw wrongValue("status", status, "It is ACTIVE or DISABLED.");
}
