import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import type { Ctx } from "../../platform/context.ts";
import { createProgress, deliverBatch } from "../../platform/events/deliver.ts";
import { mostAttempts } from "./backoff.ts";
import { deliverDue, runWebhookDeliveries, webhookDeliveries } from "./index.ts";

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

const workspace = "default";
const params = { workspace };

describe.each(databases)("webhooks on %s", (database) => {
  let app: TestApp;
  let owner: Client;
  let receiver: Server;
  let url: string;
  let received: Received[] = [];
  let status = 200;
  /** The server's context at another time. */
  let later: (ms: number) => Ctx;

  beforeAll(async () => {
    app = await createTestApp({ database, config: { allowPrivateWebhooks: true } });
    owner = await app.as("owner");
    receiver = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part) => parts.push(part));
      request.on("end", () => {
        received.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
        response.writeHead(status).end("noted");
      });
    });
    await new Promise<void>((done) => receiver.listen(0, "127.0.0.1", done));
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    later = (ms) => ({ ...app.ctx, clock: { ...app.ctx.clock, now: () => app.ctx.clock.now() + ms } });
  });
  afterAll(async () => {
    receiver.close();
    await app.stop();
  });
  beforeEach(async () => {
    for (const { id } of (await owner.webhook.list({ params })).items)
      await owner.webhook.delete({ params: { workspace, id } });
    await catchUp();
    received = [];
    status = 200;
  });

  const catchUp = async () => {
    const progress = createProgress();
    while ((await deliverBatch(app.ctx, webhookDeliveries, progress)) > 0);
  };
  const mlflow = async (method: string, path: string, body?: unknown, role: "owner" | "reader" = "owner") => {
    const response = await app.fetch(`http://localhost/api/2.0/mlflow${path}`, {
      method,
      headers: { authorization: `Bearer ${await app.tokenOf(role)}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
    return { status: response.status, json: (await response.json()) as any };
  };
  const create = (more: Partial<Parameters<Client["webhook"]["create"]>[0]["body"]> = {}) =>
    owner.webhook.create({ params, body: { name: "hook", url, events: ["model.*"], ...more } });
  const deliveriesOf = async (id: string) => (await owner.webhook.deliveries({ params: { workspace, id } })).items;

  it("tell of changes as signed CloudEvents, once each", async () => {
    const webhook = await create({ events: ["model.created"], secret: "a secret" });
    expect(webhook).toMatchObject({ hasSecret: true, state: "active", lastDelivery: null });
    expect(JSON.stringify(webhook)).not.toContain("a secret");
    await mlflow("POST", "/registered-models/create", { name: `told-${database}` });
    await catchUp();
    expect(received).toEqual([]);
    expect(await deliverDue(app.ctx)).toBe(1);
    expect(await deliverDue(app.ctx)).toBe(0);
    const [{ headers, body }] = received as [Received];
    expect(JSON.parse(body)).toMatchObject({
      ...{ specversion: "1.0", type: "io.trainyard.model.created", subject: `model/told-${database}` },
      ...{ source: "/workspaces/default", data: { actor: { name: "owner" } } },
    });
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    const signature = createHmac("sha256", "a secret").update(signed).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${signature}`);
    expect(headers["content-type"]).toBe("application/cloudevents+json");
    expect((await owner.webhook.get({ params: { workspace, id: webhook.id } })).lastDelivery).toMatchObject({
      ...{ event: "model.created", state: "delivered", attempts: 1, status: 200, error: null, nextAt: null },
      id: headers["webhook-id"],
    });
  });

  it("keep their secret sealed", async () => {
    const { id } = await create({ secret: "very secret" });
    const row = await app.ctx.db.selectFrom("webhook").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
    expect(row.secret).toMatch(/^[\w-]+\.[\w-]+$/);
    const events = await app.ctx.db.selectFrom("audit_event").selectAll().where("type", "like", "webhook.%").execute();
    expect(JSON.stringify([row, events])).not.toContain("very secret");
    const unsigned = await owner.webhook.update({ params: { workspace, id }, body: { secret: null } });
    expect(unsigned.hasSecret).toBe(false);
  });

  it("are tried again with growing waits, then parked, then sent again by a person", async () => {
    const { id } = await create({ events: ["model.created"] });
    status = 503;
    await mlflow("POST", "/registered-models/create", { name: `again-${database}` });
    await catchUp();
    let at = 0;
    const waits: number[] = [];
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      expect(await deliverDue(later(at)), `attempt ${attempt}`).toBe(1);
      const [delivery] = await deliveriesOf(id);
      expect(delivery).toMatchObject({ attempts: attempt, status: 503, error: "the receiver answered 503" });
      if (delivery!.nextAt === null) break;
      expect(await deliverDue(later(at))).toBe(0);
      waits.push(delivery!.nextAt - app.ctx.clock.now() - at);
      at = delivery!.nextAt - app.ctx.clock.now() + 10;
    }
    expect(waits).toHaveLength(mostAttempts - 1);
    expect(waits[5]).toBeGreaterThan(waits[0]! * 50);
    const [parked] = await deliveriesOf(id);
    expect(parked).toMatchObject({ state: "parked", attempts: mostAttempts, nextAt: null });
    expect(new Set(received.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([parked!.id]));
    expect(await deliverDue(later(at * 10))).toBe(0);
    status = 204;
    await owner.webhook.redeliver({ params: { workspace, id, delivery: parked!.id } });
    expect(await deliverDue(app.ctx)).toBe(1);
    expect((await deliveriesOf(id)).map((delivery) => delivery.state)).toEqual(["delivered", "parked"]);
    expect(received.at(-1)!.body).toBe(received[0]!.body);
  });

  it("hold up neither other subscribers nor each other", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
    const slow = await create({ url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/` });
    const quick = await create({ events: ["model.created"] });
    for (let index = 0; index < 6; index++)
      await mlflow("POST", "/registered-models/create", { name: `slow-${database}-${index}` });
    const started = Date.now();
    await catchUp();
    const stopping = new AbortController();
    const loop = runWebhookDeliveries(app.ctx, stopping.signal);
    const states = async () => (await deliveriesOf(quick.id)).map(({ state }) => state);
    await expect.poll(states, { timeout: 8000 }).toEqual(Array(6).fill("delivered"));
    expect(Date.now() - started).toBeLessThan(8000);
    stopping.abort();
    silent.closeAllConnections();
    silent.close();
    await loop;
    expect(received).toHaveLength(6);
    // Those that were on their way when the server stopped count as not tried.
    const waiting = await deliveriesOf(slow.id);
    expect(waiting.map(({ state, attempts }) => [state, attempts])).toEqual(Array(6).fill(["waiting", 0]));
  });

  it("survive a sender that is lost, and refuse what it says too late", async () => {
    const { id } = await create({ events: ["model.created"] });
    await mlflow("POST", "/registered-models/create", { name: `lost-${database}` });
    await catchUp();
    const [delivery] = await deliveriesOf(id);
    const claimed = { attempts: 1, next_at: app.ctx.clock.now() + 30_000 };
    await app.ctx.db.updateTable("webhook_delivery").set(claimed).where("id", "=", delivery!.id).execute();
    expect(await deliverDue(app.ctx)).toBe(0);
    expect(await deliverDue(later(31_000))).toBe(1);
    expect((await deliveriesOf(id))[0]).toMatchObject({ state: "delivered", attempts: 2 });
    const [first, second] = await Promise.all([deliverDue(app.ctx), deliverDue(app.ctx)]);
    expect([first, second]).toEqual([0, 0]);
  });

  it("rest while they are disabled, and end when they are deleted", async () => {
    const { id } = await create({ events: ["model.created"] });
    await mlflow("POST", "/registered-models/create", { name: `rest-${database}` });
    await catchUp();
    await owner.webhook.update({ params: { workspace, id }, body: { state: "disabled" } });
    expect(await deliverDue(app.ctx)).toBe(0);
    await mlflow("POST", "/registered-models/create", { name: `rest2-${database}` });
    await catchUp();
    await owner.webhook.update({ params: { workspace, id }, body: { state: "active" } });
    expect(await deliverDue(app.ctx)).toBe(1);
    await owner.webhook.delete({ params: { workspace, id } });
    await expect(owner.webhook.get({ params: { workspace, id } })).rejects.toMatchObject({ code: "not_found" });
    expect(await app.ctx.db.selectFrom("webhook_delivery").selectAll().where("webhook_id", "=", id).execute()).toEqual(
      [],
    );
  });

  it("belong to a workspace and to who may", async () => {
    const { id } = await create();
    await owner.workspace.create({ body: { name: "elsewhere" } });
    const elsewhere = { workspace: "elsewhere", id };
    await expect(owner.webhook.get({ params: elsewhere })).rejects.toMatchObject({ code: "not_found" });
    await expect(owner.webhook.delete({ params: elsewhere })).rejects.toMatchObject({ code: "not_found" });
    const scientist = await app.as("data-scientist");
    expect((await (await app.as("contributor")).webhook.list({ params })).items).toHaveLength(1);
    // Its address may be a secret.
    await expect(scientist.webhook.list({ params })).rejects.toMatchObject({ code: "forbidden" });
    const body = { name: "mine", url, events: ["model.*"] };
    await expect(scientist.webhook.create({ params, body })).rejects.toMatchObject({ code: "forbidden" });
    await expect(scientist.webhook.test({ params: { workspace, id }, body: {} })).rejects.toMatchObject({
      code: "forbidden",
    });
    await mlflow("POST", "/registered-models/create", { name: `here-${database}` });
    await catchUp();
    expect(await deliverDue(app.ctx)).toBe(1);
  });

  it("can be tested: the answer is shown and kept", async () => {
    const { id } = await create();
    expect(await owner.webhook.test({ params: { workspace, id }, body: {} })).toEqual({
      ...{ success: true, status: 200, body: "noted", error: null },
    });
    status = 500;
    expect(await owner.webhook.test({ params: { workspace, id }, body: {} })).toMatchObject({
      ...{ success: false, status: 500, error: "the receiver answered 500" },
    });
    expect(await deliverDue(later(1e9))).toBe(0);
    expect((await deliveriesOf(id)).map(({ event, state }) => [event, state])).toEqual([
      ["webhook.test", "parked"],
      ["webhook.test", "delivered"],
    ]);
  });

  it("page, newest first", async () => {
    for (let index = 0; index < 3; index++) await create({ name: `hook${index}` });
    const first = await owner.webhook.list({ params, query: { limit: 2 } });
    const second = await owner.webhook.list({ params, query: { limit: 2, after: first.next } });
    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(["hook2", "hook1", "hook0"]);
    expect(second.next).toBeUndefined();
  });

  describe("in MLflow's format", () => {
    const subscribe = async (...events: [entity: string, action: string][]) => {
      const wanted = events.map(([entity, action]) => ({ entity, action }));
      const { status, json } = await mlflow("POST", "/webhooks", { name: "m", url, events: wanted, secret: "s" });
      expect([status, JSON.stringify(json)]).toEqual([200, expect.stringContaining("webhook_id")]);
      return json.webhook.webhook_id as string;
    };

    it("say what MLflow's server says, under its headers", async () => {
      const name = `say-${database}`;
      await subscribe(
        ["REGISTERED_MODEL", "CREATED"],
        ["MODEL_VERSION", "CREATED"],
        ["MODEL_VERSION_TAG", "SET"],
        ["MODEL_VERSION_TAG", "DELETED"],
        ["MODEL_VERSION_ALIAS", "CREATED"],
        ["MODEL_VERSION_ALIAS", "DELETED"],
      );
      await mlflow("POST", "/registered-models/create", { name, description: "d", tags: [{ key: "a", value: "b" }] });
      await mlflow("POST", "/model-versions/create", { name, source: "s3://bucket/x" });
      await mlflow("POST", "/model-versions/set-tag", { name, version: "1", key: "k", value: "v" });
      await mlflow("DELETE", "/model-versions/delete-tag", { name, version: "1", key: "k" });
      await mlflow("POST", "/registered-models/alias", { name, alias: "best", version: "1" });
      await mlflow("DELETE", "/registered-models/alias", { name, alias: "best" });
      await catchUp();
      await mlflow("POST", "/registered-models/set-tag", { name, key: "k", value: "v" });
      await catchUp();
      expect(await deliverDue(app.ctx)).toBe(6);
      const bodies = received.map(({ body }) => JSON.parse(body));
      const of = (entity: string, action: string) =>
        bodies.find((body) => body.entity === entity && body.action === action)?.data;
      expect(of("registered_model", "created")).toEqual({ name, tags: { a: "b" }, description: "d" });
      expect(of("model_version", "created")).toEqual({
        ...{ name, version: "1", source: "s3://bucket/x", run_id: null, tags: {}, description: null },
      });
      expect(of("model_version_tag", "set")).toEqual({ name, version: "1", key: "k", value: "v" });
      expect(of("model_version_tag", "deleted")).toEqual({ name, version: "1", key: "k" });
      expect(of("model_version_alias", "created")).toEqual({ name, alias: "best", version: "1" });
      expect(of("model_version_alias", "deleted")).toEqual({ name, alias: "best" });
      const { headers, body } = received[0]!;
      const signed = `${headers["x-mlflow-delivery-id"]}.${headers["x-mlflow-timestamp"]}.${body}`;
      expect(headers["x-mlflow-signature"]).toBe(`v1,${createHmac("sha256", "s").update(signed).digest("base64")}`);
    });

    it("tell prompts from models", async () => {
      const name = `prompt-${database}`;
      await subscribe(["PROMPT", "CREATED"], ["PROMPT_VERSION", "CREATED"], ["PROMPT_TAG", "SET"]);
      const mark = { key: "mlflow.prompt.is_prompt", value: "true" };
      await mlflow("POST", "/registered-models/create", { name, tags: [mark] });
      const tags = [mark, { key: "mlflow.prompt.text", value: "Hello {{name}}!" }, { key: "a", value: "b" }];
      await mlflow("POST", "/model-versions/create", { name, source: "prompt-template", tags });
      await mlflow("POST", "/registered-models/set-tag", { name, key: "k", value: "v" });
      await mlflow("POST", "/registered-models/create", { name: `model-${database}` });
      await catchUp();
      expect(await deliverDue(app.ctx)).toBe(3);
      const bodies = received.map(({ body }) => JSON.parse(body));
      const version = bodies.find((body) => body.entity === "prompt_version");
      expect(version.data).toEqual({
        name,
        version: "1",
        template: "Hello {{name}}!",
        tags: { a: "b" },
        description: null,
      });
      expect(bodies.map((body) => `${body.entity}.${body.action}`).sort()).toEqual([
        ...["prompt.created", "prompt_tag.set", "prompt_version.created"],
      ]);
    });

    it("are made, changed, listed, tested and deleted through its API, which sees no others", async () => {
      const other = await create();
      const id = await subscribe(["MODEL_VERSION", "CREATED"]);
      const { json } = await mlflow("GET", "/webhooks");
      expect(json.webhooks.map((webhook: { webhook_id: string }) => webhook.webhook_id)).toEqual([id]);
      expect(JSON.stringify(json)).not.toContain("secret");
      expect((await mlflow("GET", `/webhooks/${other.id}`)).status).toBe(404);
      expect((await mlflow("DELETE", `/webhooks/${other.id}`)).json.message).toContain("not found");
      const changed = await mlflow("PATCH", `/webhooks/${id}`, { status: "DISABLED", description: "x" });
      expect(changed.json.webhook).toMatchObject({ status: "DISABLED", description: "x", name: "m", url });
      const event = { entity: "PROMPT_ALIAS", action: "DELETED" };
      expect((await mlflow("POST", `/webhooks/${id}/test`, { event })).json).toEqual({
        result: { success: true, response_status: 200, response_body: "noted" },
      });
      expect(JSON.parse(received[0]!.body)).toMatchObject({ entity: "prompt_alias", action: "deleted" });
      expect((await mlflow("POST", "/webhooks", { name: "m", url, events: [] })).json.message).toContain("non-empty");
      expect((await mlflow("POST", "/webhooks", { name: "-", url, events: [event] })).json.message).toContain(
        "'-' is invalid",
      );
      const budget = { entity: "BUDGET_POLICY", action: "EXCEEDED" };
      expect((await mlflow("POST", "/webhooks", { name: "m", url, events: [budget] })).status).toBe(400);
      expect((await mlflow("PATCH", `/webhooks/${id}`, { name: "n" }, "reader")).status).toBe(403);
      expect(await mlflow("DELETE", `/webhooks/${id}`)).toEqual({ status: 200, json: {} });
    });
  });
});

describe.each(databases)("webhooks of a server that allows no private addresses, on %s", (database) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ database });
  });
  afterAll(() => app.stop());

  it("never reach inside: not when made, not when changed, not when sent", async () => {
    const owner = await app.as("owner");
    let called = 0;
    const inside = createServer((_, response) => {
      called++;
      response.end("metadata");
    });
    await new Promise<void>((done) => inside.listen(0, "127.0.0.1", done));
    const { port } = inside.address() as AddressInfo;
    const body = { name: "hook", events: ["model.created"] };
    for (const host of ["127.0.0.1", "localhost", "[::1]", "[::ffff:7f00:1]", "2130706433", "169.254.169.254"]) {
      const url = `http://${host}:${port}/`;
      await expect(owner.webhook.create({ params, body: { ...body, url } }), url).rejects.toMatchObject({
        code: "forbidden",
      });
    }
    const { id } = await owner.webhook.create({ params, body: { ...body, url: "https://example.com/" } });
    const url = `http://127.0.0.1:${port}/`;
    await expect(owner.webhook.update({ params: { workspace, id }, body: { url } })).rejects.toMatchObject({
      code: "forbidden",
    });
    // Even when it is in the database already: the guard stands where the connection is made.
    await app.ctx.db.updateTable("webhook").set({ url }).where("id", "=", id).execute();
    const result = await owner.webhook.test({ params: { workspace, id }, body: {} });
    expect(result).toMatchObject({ success: false, status: null, body: null });
    expect(result.error).toContain("not an address on the public internet");
    expect(called).toBe(0);
    inside.close();
  });
});
