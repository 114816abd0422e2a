// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import { keyOf, signature } from "../webhook/index.ts";
import { createSchedules, daily, named, type Schedules } from "./schedule.fixture.ts";
import { startQueued } from "./start.ts";

describe.each(databases)("schedules that a webhook starts on %s", (database) => {
  let world: Schedules;
  beforeAll(async () => {
    world = await createSchedules(database);
  });
  afterAll(() => world.stop());

  const webhook = { type: "webhook" as const };
  async function call(path: string, body?: unknown, headers: Record<string, string> = {}) {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await world.app.fetch(`http://localhost${path}`, {
      method: "POST",
      headers: { ...(text === undefined ? {} : { "content-type": "application/json" }), ...headers },
      body: text,
    });
    const answer = (await response.json()) as { firing?: string; repeated?: boolean; message?: string };
    return { status: response.status, ...answer };
  }
  async function addressOf(name: string, settings: object = {}) {
    await world.schedule(name, { trigger: webhook, overlap: "allow", ...settings });
    return world.client.schedule.renewHook({ params: named(name) });
  }
  const inputsOf = async (name: string) => {
    const { inputs } = (await world.jobs.get((await world.firings(name))[0]!.jobId!)).definition;
    return Object.fromEntries(Object.entries(inputs).map(([input, { binding }]) => [input, binding]));
  };

  it("is told when there is an address, and that a call came before", async () => {
    await world.schedule("repeated", { trigger: webhook, overlap: "allow" });
    const hasAddress = async () => (await world.client.schedule.get({ params: named("repeated") })).hasAddress;
    expect(await hasAddress()).toBe(false);
    const { path, signingKey } = await world.client.schedule.renewHook({ params: named("repeated") });
    expect([await hasAddress(), signingKey]).toEqual([true, null]);
    const header = { "x-github-delivery": "72d3162e" };
    const first = await call(path, { a: 1 }, header);
    const [again, same] = await Promise.all([call(path, { a: 1 }, header), call(path, { a: 1 }, header)]);
    expect(first).toMatchObject({ status: 200, repeated: false });
    expect([again, same]).toEqual([
      ...[
        { status: 200, firing: first.firing, repeated: true },
        { status: 200, firing: first.firing, repeated: true },
      ],
    ]);
    expect(await call(path, { a: 1 }, { "idempotency-key": "72d3162e" })).toMatchObject({ repeated: false });
    expect(await call(path, { a: 1 })).toMatchObject({ repeated: false });
    expect(await world.firings("repeated")).toHaveLength(3);
    await world.client.schedule.delete({ params: named("repeated") });
  });

  it("notes a call that comes twice at once a single time", async () => {
    const { path } = await addressOf("at-once");
    const calls = await Promise.all([1, 2, 3, 4].map(() => call(path, {}, { "webhook-id": "msg_1" })));
    expect(calls.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(new Set(calls.map(({ firing }) => firing)).size).toBe(1);
    expect(await world.firings("at-once")).toHaveLength(1);
    await world.client.schedule.delete({ params: named("at-once") });
  });

  it("takes only calls that are signed with its key, and soon", async () => {
    const { path, signingKey } = await addressOf("signed", { trigger: { ...webhook, signed: true } });
    const body = '{ "a":  1 }';
    const signed = (key: string, at: number) => {
      const time = String(at / 1000);
      const headers = { "webhook-id": `id-${at}`, "webhook-timestamp": time };
      return {
        ...headers,
        "webhook-signature": `v1,x ${signature(keyOf("cloudevents", key), `id-${at}`, time, body)}`,
      };
    };
    const now = Math.floor(Date.now() / 1000) * 1000;
    expect(await call(path, body, signed(signingKey!, now))).toMatchObject({ status: 200 });
    expect(await call(path, "{}", signed(signingKey!, now))).toMatchObject({ status: 401 });
    expect(await call(path, body, signed("whsec_YWJj", now))).toMatchObject({ status: 401 });
    expect(await call(path, body, signed(signingKey!, now - 400_000))).toMatchObject({
      ...{ status: 401, message: expect.stringMatching(/more than five minutes off/) },
    });
    expect(await call(path, body)).toMatchObject({ status: 401, message: "The call is not signed." });
    const github = (key: string) => ({
      "x-hub-signature-256": `sha256=${createHmac("sha256", key).update(body).digest("hex")}`,
    });
    expect(await call(path, body, github(signingKey!))).toMatchObject({ status: 200 });
    expect(await call(path, body, github("else"))).toMatchObject({ status: 401 });
    expect(await world.firings("signed")).toHaveLength(2);
    await world.client.schedule.delete({ params: named("signed") });
  });

  it("asks for a new address when its calls must be signed from now on", async () => {
    const { path } = await addressOf("signs-later");
    await world.schedule("signs-later", { trigger: { ...webhook, signed: true } });
    expect(await world.client.schedule.get({ params: named("signs-later") })).toMatchObject({ hasAddress: false });
    expect(await call(path, {})).toMatchObject({ status: 409, message: expect.stringMatching(/make a new address/) });
    await world.client.schedule.delete({ params: named("signs-later") });
  });

  const taking = {
    start: {
      inputs: {
        day: "${{creation_context.body.repository.name}}/${{name}}",
        share: "${{creation_context.body.at.0.share}}",
      },
    },
  };
  const push = (name: unknown, share: unknown = 0.25) => ({ repository: { name, secret: "s3" }, at: [{ share }] });

  it("gives inputs what the body of a call says, which stays text whatever it says", async () => {
    const { path } = await addressOf("gives", taking);
    const nasty = "$(touch x); ${{secrets.TOKEN}} ${{creation_context.trigger_time}} $[[--a]]";
    expect(await call(path, push(nasty))).toMatchObject({ status: 200 });
    await startQueued(world.ctx());
    const { jobId } = (await world.firings("gives"))[0]!;
    expect(await inputsOf("gives")).toEqual({
      day: { from: "literal", value: `${nasty}/${jobId}`, given: true },
      share: { from: "literal", value: 0.25 },
    });
    const { body_values } = await world.app.ctx.db
      .selectFrom("schedule_firing")
      .select("body_values")
      .where("schedule", "=", "gives")
      .executeTakeFirstOrThrow();
    expect(body_values).not.toContain("s3");
    await world.finish();
  });

  it.each([
    [{ repository: {} }, /body.repository.name is missing; input day takes it/],
    [undefined, /body.repository.name is missing/],
    [push({ a: 1 }), /body.repository.name is an object, and no text/],
    [push(null), /body.repository.name is null/],
    [push("x", "much"), /Input share: "much" is no number/],
    [push("x", 2), /Input share: "2" is above 1/],
    [push("x".repeat(10_001)), /Input day has \d+ characters; at most 10000/],
  ])("says what is wrong with a body (%#)", async (body, message) => {
    const { path } = await addressOf("lacks", taking);
    expect(await call(path, body)).toMatchObject({ status: 422, message: expect.stringMatching(message) });
    expect(await world.firings("lacks")).toEqual([]);
  });

  it("says everything that a body lacks", async () => {
    const { path } = await addressOf("lacks", taking);
    expect(await call(path, {})).toMatchObject({
      issues: [{ at: "body.repository.name" }, { at: "body.at.0.share" }],
    });
    await world.client.schedule.delete({ params: named("lacks") });
  });

  it("is started by hand with a body", async () => {
    await world.schedule("by-hand", { trigger: webhook, overlap: "allow", ...taking });
    const fire = (body: object) => world.client.schedule.fire({ params: named("by-hand"), body });
    await expect(fire({})).rejects.toMatchObject({ code: "unprocessable" });
    await fire({ body: push("main") });
    await startQueued(world.ctx());
    expect(await inputsOf("by-hand")).toMatchObject({ share: { value: 0.25 } });
    await world.finish();
  });

  it.each([
    [{ day: "${{creation_context.data_version}}" }, /only known to a schedule that new data starts/],
    [{ day: "${{creation_context.body}}" }, /is not known when a schedule starts/],
    [{ day: "${{nmae}}" }, /\{\{nmae\}\} is not known when a schedule starts/],
    [{ dya: "${{name}}" }, /no input "dya"/],
    [{ share: "much" }, /Input share: "much" is no number/],
  ])("cannot be made with %j", async (inputs, message) => {
    const body = { pipeline: "daily", trigger: webhook, start: { inputs } };
    await expect(world.client.schedule.put({ params: named("wrong"), body })).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringMatching(message),
    });
  });

  it("keeps the newest call that comes while its job runs", async () => {
    const { path } = await addressOf("newest", { overlap: "skip", ...taking });
    for (const name of ["one", "two", "three"]) {
      await call(path, push(name));
      await startQueued(world.ctx());
    }
    expect(await world.states("newest")).toEqual(["started", "skipped", "queued"]);
    await world.finish();
    await world.jobs.ended((await world.firings("newest")).at(-1)!.jobId!);
    await startQueued(world.ctx());
    expect((await inputsOf("newest")).day).toMatchObject({ value: expect.stringMatching(/^three/) });
    await world.finish();
  });

  it("is created once, and publishes what it starts under a name that nobody else's pipeline has", async () => {
    const { client } = world;
    const body = { trigger: webhook, pipeline: "own", definition: daily, name: "creates" };
    const create = (more: object) =>
      client.schedule.create({ params: { workspace: "default" }, body: { ...body, ...more } });
    await create({});
    await expect(create({})).rejects.toThrow(/There is a schedule "creates" already; it starts own/);
    const changed = { ...daily, description: "changed" };
    await client.schedule.put({
      params: named("creates"),
      body: { trigger: webhook, pipeline: "own", definition: changed },
    });
    expect((await client.pipeline.versions({ params: named("own") })).items).toHaveLength(2);
    await expect(create({ name: "other", definition: { ...daily, description: "else" } })).rejects.toThrow(
      /There is a pipeline "own" already, with another definition/,
    );
    await expect(create({ name: "other", pipeline: "new", start: { inputs: { dya: 1 } } })).rejects.toThrow(
      /no input "dya"/,
    );
    const { items } = await client.pipeline.list({ params: { workspace: "default" } });
    expect(items.map(({ name }) => name)).not.toContain("new");
  });
});
