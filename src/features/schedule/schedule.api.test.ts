// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { sha256 } from "../../platform/digest.ts";
import type { Worker } from "../agent/worker.fixture.ts";
import { storeTree } from "../endpoint/model.fixture.ts";
import { definition, params, step } from "../job/job.fixture.ts";
import { fireDue, reckonSchedules } from "./fire.ts";
import { enqueue } from "./note.ts";
import { createSchedules, daily, hour, hourly, named, type Schedules, start } from "./schedule.fixture.ts";
import { startQueued } from "./start.ts";
import { findSchedule } from "./store.ts";

describe.each(databases)("published pipelines and schedules on %s", (database) => {
  let world: Schedules;
  let app: TestApp;
  let client: Client;
  let jobs: Schedules["jobs"];
  let worker: Worker;
  let ctx: Schedules["ctx"];
  let look: Schedules["look"];
  let firings: Schedules["firings"];
  let schedule: Schedules["schedule"];

  beforeAll(async () => {
    world = await createSchedules(database);
    ({ app, client, jobs, worker, ctx, look, firings, schedule } = world);
  });
  afterAll(() => world.stop());

  it("publishes the same definition once, and another one as the next version", async () => {
    const first = await client.pipeline.publish({ params, body: { name: "twice", definition: daily } });
    const again = await client.pipeline.publish({ params, body: { name: "twice", definition: daily } });
    expect([first.version, again.version]).toEqual([1, 1]);
    const changed = { ...daily, description: "changed" };
    expect((await client.pipeline.publish({ params, body: { name: "twice", definition: changed } })).version).toBe(2);
    const { items } = await client.pipeline.list({ params });
    expect(items.map(({ name, version }) => [name, version])).toEqual([
      ["daily", 1],
      ["twice", 2],
    ]);
  });

  it("gives each of the definitions that are published at once a version of its own", async () => {
    const definitions = ["a", "b", "c", "d"].map((description) => ({ ...daily, description }));
    const made = await Promise.all(
      definitions.map((definition) => client.pipeline.publish({ params, body: { name: "at-once", definition } })),
    );
    expect(made.map(({ version }) => version).sort()).toEqual([1, 2, 3, 4]);
  });

  it("starts a pipeline by name, with values for its inputs", async () => {
    const job = await client.pipeline.start({
      params: named("daily"),
      body: { inputs: { day: "monday", share: "0.25" }, idempotencyKey: "k" },
    });
    const again = await client.pipeline.start({ params: named("daily"), body: { idempotencyKey: "k" } });
    expect(again.id).toBe(job.id);
    const { definition, trigger } = await jobs.get(job.id);
    expect(trigger).toBe("pipeline/daily/1");
    expect(definition.inputs.day!.binding).toEqual({ from: "literal", value: "monday" });
    expect(definition.inputs.share!.binding).toEqual({ from: "literal", value: 0.25 });
    await worker.complete(await worker.claim());
    await jobs.ended(job.id);
  });

  it.each([
    [{ dya: "x" }, /no input "dya"/],
    [{ share: "much" }, /Input share: "much" is no number/],
    [{ share: 2 }, /Input share: 2 is above 1/],
  ])("refuses %j", async (inputs, message) => {
    await expect(client.pipeline.start({ params: named("daily"), body: { inputs } })).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringMatching(message),
    });
  });

  it("starts no version that was withdrawn", async () => {
    await client.pipeline.publish({ params, body: { name: "gone", definition: daily } });
    const at = { ...named("gone"), version: 1 };
    await client.pipeline.withdraw({ params: at, body: { reason: "reads the wrong table" } });
    await expect(client.pipeline.start({ params: named("gone"), body: {} })).rejects.toThrow(/Every version/);
    await expect(client.pipeline.start({ params: named("gone"), body: { version: 1 } })).rejects.toThrow(
      /is withdrawn: reads the wrong table/,
    );
  });

  it("is due at its time, once, whoever looks", async () => {
    await schedule("once", { trigger: hourly, start: { inputs: { day: "at ${{creation_context.trigger_time}}" } } });
    await look(start + hour / 4);
    expect(await firings("once")).toEqual([]);
    world.setClock(start + hour / 2);
    await Promise.all([fireDue(ctx()), fireDue(ctx())]);
    await Promise.all([startQueued(ctx()), startQueued(ctx())]);
    const [firing, ...others] = await firings("once");
    expect(others).toEqual([]);
    expect(firing).toMatchObject({ state: "started", cause: "time", dueAt: start + hour / 2 });
    const { definition, trigger, createdBy } = await jobs.get(firing!.jobId!);
    expect(trigger).toBe("schedule/once");
    expect(createdBy.name).toBe("trainyard");
    expect(definition.inputs.day!.binding).toEqual({
      ...{ from: "literal", value: "at 2026-03-01T01:00:00.000Z", given: true },
    });
    await look(start + hour);
    expect(await firings("once")).toHaveLength(1);
    await client.schedule.delete({ params: named("once") });
    await worker.complete(await worker.claim());
  });

  it.each([
    ["skip", ["started", "skipped"]],
    ["queue", ["started", "queued"]],
    ["allow", ["started", "started"]],
    ["cancel", ["started", "started"]],
  ])("while its last job runs it does as its policy says: %s", async (overlap, states) => {
    const name = `overlap-${overlap}`;
    await schedule(name, { trigger: hourly, overlap });
    await look(start + hour / 2);
    const first = await worker.claim();
    await look(start + hour / 2 + hour);
    expect((await firings(name)).map(({ state }) => state).toReversed()).toEqual(states);
    if (overlap === "cancel") await worker.fail(first, "cancelled");
    else await worker.complete(first);
    const { jobId } = (await firings(name)).at(-1)!;
    expect((await jobs.ended(jobId!)).state).toBe(overlap === "cancel" ? "cancelled" : "succeeded");
    await look(ctx().clock.now() + 1000);
    await client.schedule.delete({ params: named(name) });
    if (overlap !== "skip") await worker.complete(await worker.claim());
  });

  it.each([
    ["none", ["skipped", "skipped", "skipped"]],
    ["last", ["skipped", "skipped", "started"]],
    ["all", ["started", "started", "started"]],
  ])("makes up for the times that passed while no server ran: %s", async (catchUp, states) => {
    const name = `late-${catchUp}`;
    await schedule(name, { trigger: hourly, catchUp, overlap: "allow" });
    await look(start + 3 * hour);
    expect((await firings(name)).map(({ state }) => state).toReversed()).toEqual(states);
    await client.schedule.delete({ params: named(name) });
    for (const state of states) if (state === "started") await worker.complete(await worker.claim());
  });

  it("makes up for the newest when more passed than it makes up for, and says which are left out", async () => {
    await schedule("long-gone", { trigger: { type: "cron", expression: "* * * * *" }, catchUp: "last" });
    const late = start + 3 * 24 * hour;
    world.setClock(late);
    await fireDue(ctx());
    const rows = await app.ctx.db
      .selectFrom("schedule_firing")
      .select(["due_at", "state", "reason"])
      .where("schedule", "=", "long-gone")
      .orderBy("due_at")
      .execute();
    expect(rows).toHaveLength(101);
    expect(rows[0]).toMatchObject({
      due_at: start + 60_000,
      reason: expect.stringMatching(/and those before 2026-03-03T22:51:00.000Z are not looked at again/),
    });
    expect(rows.filter(({ state }) => state === "queued").map(({ due_at }) => due_at)).toEqual([late - 60_000, late]);
    await client.schedule.delete({ params: named("long-gone") });
    await startQueued(ctx());
  });

  it("is due again after its clock was set hours ahead and back, and each time once", async () => {
    await schedule("odd", { trigger: hourly, overlap: "allow", catchUp: "last" });
    await look(start + hour);
    await look(start + 20 * hour);
    world.setClock(start + hour);
    await reckonSchedules(ctx());
    for (const hours of [1, 2, 3]) await look(start + hours * hour);
    const started = (await firings("odd")).filter(({ state }) => state === "started").map(({ dueAt }) => dueAt);
    const at = (hours: number) => Date.parse("2026-03-01T01:00:00Z") + hours * hour;
    expect(started.toSorted()).toEqual([at(0), at(1), at(2), at(19)]);
    for (const _ of started) await worker.complete(await worker.claim());
    await client.schedule.delete({ params: named("odd") });
  });

  it("backfills a span, each time once", async () => {
    await schedule("fill", { trigger: hourly, overlap: "allow" });
    const span = { from: start - 3 * hour, to: start };
    const { due, alreadyThere } = await client.schedule.backfill({ params: named("fill"), body: span });
    expect([due.length, alreadyThere]).toEqual([3, 0]);
    const again = await client.schedule.backfill({ params: named("fill"), body: { ...span, to: start + hour } });
    expect([again.due.length, again.alreadyThere]).toEqual([1, 3]);
    await startQueued(ctx());
    for (let at = 0; at < 4; at++) await worker.complete(await worker.claim());
    await client.schedule.delete({ params: named("fill") });
  });

  it("backfills times that were left out", async () => {
    await schedule("missed", { trigger: hourly, overlap: "allow", catchUp: "none" });
    await look(start + 3 * hour);
    expect((await firings("missed")).map(({ state }) => state)).toEqual(["skipped", "skipped", "skipped"]);
    const span = { from: start, to: start + 3 * hour };
    const { due, alreadyThere } = await client.schedule.backfill({ params: named("missed"), body: span });
    expect([due.length, alreadyThere]).toEqual([3, 0]);
    await startQueued(ctx());
    expect((await firings("missed")).map(({ state }) => state)).toEqual(["started", "started", "started"]);
    expect(await client.schedule.backfill({ params: named("missed"), body: span })).toEqual({
      due: [],
      alreadyThere: 3,
    });
    for (let at = 0; at < 3; at++) await worker.complete(await worker.claim());
    await client.schedule.delete({ params: named("missed") });
  });

  it("backfills times that were left out one after the other, also when a newer one was started", async () => {
    await schedule("behind", { trigger: hourly, overlap: "queue", catchUp: "last" });
    await look(start + 3 * hour);
    await worker.complete(await worker.claim());
    await jobs.ended((await firings("behind"))[0]!.jobId!);
    const inOrder = async () => (await firings("behind")).toSorted((a, b) => a.dueAt - b.dueAt);
    const states = async () => (await inOrder()).map(({ state }) => state);
    expect(await states()).toEqual(["skipped", "skipped", "started"]);
    await client.schedule.backfill({ params: named("behind"), body: { from: start, to: start + 3 * hour } });
    await startQueued(ctx());
    expect(await states()).toEqual(["started", "queued", "started"]);
    await worker.complete(await worker.claim());
    await jobs.ended((await inOrder())[0]!.jobId!);
    await startQueued(ctx());
    expect(await states()).toEqual(["started", "started", "started"]);
    await worker.complete(await worker.claim());
    await client.schedule.delete({ params: named("behind") });
  });

  it("switches off and on, which changes nothing else and not in whose name jobs start", async () => {
    await schedule("switched", { trigger: hourly, description: "first" });
    const params = named("switched");
    const before = await client.schedule.get({ params });
    const engineer = await app.as("ml-engineer");
    const off = await engineer.schedule.switch({ params, body: { enabled: false } });
    expect(off).toMatchObject({ enabled: false, nextAt: null, description: "first", createdBy: before.createdBy });
    const on = await engineer.schedule.switch({ params, body: { enabled: true } });
    expect(on).toMatchObject({ enabled: true, createdBy: before.createdBy });
    expect(on.nextAt).toBeGreaterThan(start);
    await expect(engineer.schedule.switch({ params: named("nowhere"), body: { enabled: true } })).rejects.toThrow(
      /no schedule "nowhere"/i,
    );
    await client.schedule.delete({ params });
  });

  it("backfills a recurrence at the times at which it is due, also before its start", async () => {
    const startTime = start + 10 * 24 * hour + hour / 4;
    await schedule("regular", { trigger: { type: "recurrence", frequency: "hour", interval: 2, startTime } });
    const span = { from: startTime - 4 * hour, to: startTime };
    const { due } = await client.schedule.backfill({ params: named("regular"), body: span });
    expect(due).toEqual([startTime - 4 * hour, startTime - 2 * hour, startTime]);
    await client.schedule.delete({ params: named("regular") });
    await startQueued(ctx());
  });

  it("starts others while one has a long queue, and while one cannot be looked at", async () => {
    await schedule("long", { trigger: hourly, overlap: "queue" });
    await client.schedule.backfill({ params: named("long"), body: { from: start - 150 * hour, to: start } });
    await startQueued(ctx());
    const blocking = await worker.claim();
    await schedule("broken", { trigger: { type: "webhook" } });
    await app.ctx.db.updateTable("schedule").set({ settings: "{" }).where("name", "=", "broken").execute();
    const row = await findSchedule(app.ctx, "default", "broken");
    await transaction(ctx(), (tx) => enqueue(tx, row!, { dueAt: start, cause: "person", key: "person/1" }));
    await schedule("short", { trigger: { type: "webhook" } });
    await client.schedule.fire({ params: named("short"), body: {} });
    await startQueued(ctx());
    expect(await firings("short")).toMatchObject([{ state: "started" }]);
    await app.ctx.db.deleteFrom("schedule").where("name", "in", ["broken", "long"]).execute();
    await startQueued(ctx());
    await worker.complete(blocking);
    await worker.complete(await worker.claim());
    await client.schedule.delete({ params: named("short") });
  });

  it("starts in the name of who asks, whom and whose pipeline a gate for others keeps out", async () => {
    const gate = { type: "gate" as const, excludeSubmitter: true };
    const gated = definition({ ...daily.steps, review: { ...gate, after: ["load"] } }, { inputs: daily.inputs });
    const publish = (by: Client, description: string) =>
      by.pipeline.publish({ params, body: { name: "gated", definition: { ...gated, description } } });
    await publish(client, "first");
    await schedule("gated", { pipeline: "gated", trigger: { type: "webhook" } });
    const [author, asker, other] = await Promise.all(
      (["data-scientist", "contributor", "approver"] as const).map((role) => app.as(role)),
    );
    await publish(author!, "another version");
    const { id: firing } = await asker!.schedule.fire({ params: named("gated"), body: {} });
    await startQueued(ctx());
    const found = (await firings("gated")).find(({ id }) => id === firing)!;
    await worker.complete(await worker.claim());
    const at = { ...params, id: found.jobId! };
    expect((await client.job.get({ params: at })).createdBy.name).toBe("contributor");
    const decide = (by: Client) => by.job.decide({ params: { ...at, step: "review" }, body: { verdict: "approve" } });
    await expect.poll(() => decide(author!).catch((error) => error.message)).toMatch(/You published the pipeline/);
    await expect(decide(asker!)).rejects.toThrow(/You submitted this job/);
    await decide(other!);
    expect((await jobs.ended(found.jobId!)).state).toBe("succeeded");
    const { items } = await client.audit.list({ query: { subject: "schedule/gated" } });
    expect(items.map(({ type, actor }) => [type, actor.name])).toEqual(
      expect.arrayContaining([
        ["schedule.fire-requested", "contributor"],
        ["schedule.fired", "contributor"],
      ]),
    );
    await client.schedule.delete({ params: named("gated") });
  });

  it("waits for a model that is being checked, and not for ever", async () => {
    const register = async (content: string) => {
      const tree = await storeTree(client, { "model.bin": content });
      await client.model.createVersion({ params: { ...params, name: "late" }, body: { tree } });
    };
    await register("checked long ago");
    await app.ctx.db.updateTable("model_check").set({ state: "accepted" }).where("name", "=", "late").execute();
    const latest = { from: "asset" as const, kind: "model" as const, name: "late", label: "latest" };
    const inputs = { model: { type: "custom_model" as const, binding: latest } };
    const pipeline = { name: "checked", definition: definition({ score: step("true", { inputs }) }) };
    await client.pipeline.publish({ params, body: pipeline });
    await register("not checked yet");
    await schedule("checked", { pipeline: "checked", trigger: { type: "webhook" } });
    await transaction(ctx(), async (tx) => {
      const row = await findSchedule(tx, "default", "checked");
      await enqueue(tx, row!, { dueAt: start, cause: "webhook", key: "call/1" });
    });
    await startQueued(ctx());
    expect(await firings("checked")).toMatchObject([{ state: "queued" }]);
    await look(start + 16 * 60_000);
    expect(await firings("checked")).toMatchObject([
      { state: "failed", reason: "Version 2 of model late is still being checked." },
    ]);
    await client.schedule.delete({ params: named("checked") });
  });

  it("starts when its address is called, and says nothing to whoever does not know it", async () => {
    await client.schedule.put({
      params: named("hooked"),
      body: { trigger: { type: "webhook" }, pipeline: "daily", overlap: "allow" },
    });
    const first = await client.schedule.renewHook({ params: named("hooked") });
    const { path } = await client.schedule.renewHook({ params: named("hooked") });
    const call = (to: string) => app.fetch(`http://localhost${to}`, { method: "POST" });
    expect((await call(path)).status).toBe(200);
    expect((await call(first.path)).status).toBe(404);
    expect((await call("/api/v1/hooks/default/nothing/secret")).status).toBe(404);
    await startQueued(ctx());
    expect(await firings("hooked")).toMatchObject([{ state: "started", cause: "webhook" }]);
    await worker.complete(await worker.claim());
  });

  it("notes why a job could not be started", async () => {
    await client.pipeline.publish({ params, body: { name: "short-lived", definition: daily } });
    await client.schedule.put({
      params: named("fails"),
      body: { trigger: { type: "webhook" }, pipeline: "short-lived" },
    });
    await client.pipeline.withdraw({ params: { ...named("short-lived"), version: 1 }, body: { reason: "old" } });
    await client.schedule.fire({ params: named("fails"), body: {} });
    await startQueued(ctx());
    expect(await firings("fails")).toMatchObject([{ state: "failed", reason: expect.stringMatching(/withdrawn/) }]);
  });

  it("refuses what can never be due, and pipelines that are not there", async () => {
    const put = (body: object) => client.schedule.put({ params: named("wrong"), body: body as never });
    await schedule("once-a-minute", { trigger: { type: "cron", expression: "* * * * *" } });
    await expect(put({ pipeline: "daily", trigger: { type: "cron", expression: "x" } })).rejects.toThrow(/cron/);
    const never = { type: "cron", expression: "0 0 31 4 *" };
    await expect(put({ pipeline: "daily", trigger: never })).rejects.toThrow(/never due/);
    const span = { from: 0, to: start };
    await expect(client.schedule.backfill({ params: named("once-a-minute"), body: span })).rejects.toThrow(
      /more than 1000 times/,
    );
    await expect(put({ pipeline: "nothing", trigger: hourly })).rejects.toThrow(/no pipeline "nothing"/i);
    await expect(put({ pipeline: "daily", trigger: { ...hourly, timeZone: "Mars/Phobos" } })).rejects.toThrow(
      /not a time zone/,
    );
  });

  it("is told by a check of its file what would be refused: its trigger, and what it starts", async () => {
    const look = async (trigger: string, job: string) => {
      const bytes = new TextEncoder().encode(
        `name: s\ntrigger: { type: cron, ${trigger} }\ncreate_job: azureml:${job}`,
      );
      const file = await client.blob.put({ params: { ...params, digest: sha256(bytes) }, body: bytes });
      const tree = await client.blob.createTree({ params, body: { files: [{ path: "s.yml", ...file }] } });
      const { issues } = await client.job.validate({ params, body: { tree: tree.digest, file: "s.yml" } });
      return issues.map(({ at, message }) => `${at} ${message}`);
    };
    expect(await look("expression: '0 6 * * 1'", "daily:1")).toEqual([]);
    expect(await look("expression: '0 6 * * 1'", "daily:7")).toEqual([
      's.yml:3:13 there is no version of pipeline daily "7"',
    ]);
    expect(await look("expression: '0 0 30 2 *'", "nothing")).toEqual([
      "s.yml:2:10 the trigger is never due: no day is what it asks for",
      's.yml:3:13 there is no pipeline "nothing"',
    ]);
  });

  it("is not for those who may only read", async () => {
    const reader = await app.as("reader");
    await expect(
      reader.schedule.put({ params: named("r"), body: { pipeline: "daily", trigger: { type: "webhook" } } }),
    ).rejects.toMatchObject({ code: "forbidden" });
    await expect(reader.pipeline.start({ params: named("daily"), body: {} })).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});
