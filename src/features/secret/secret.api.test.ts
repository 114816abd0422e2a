import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { createWorker, type Worker } from "../agent/worker.fixture.ts";
import { submitJob } from "../job/index.ts";
import { createJobs, type DefinitionInput, definition, params, step } from "../job/job.fixture.ts";

const out = { o: { type: "uri_folder" as const } };

describe.each(databases)("secrets on %s", (database) => {
  let app: TestApp;
  let client: Client;
  let jobs: ReturnType<typeof createJobs>;
  let worker: Worker;

  beforeAll(async () => {
    app = await createTestApp({ database, loops: true });
    client = await app.as("contributor");
    jobs = createJobs(client);
    worker = createWorker(await app.as("agent"), client);
  });
  afterAll(() => app.stop());

  const at = (name: string) => ({ params: { ...params, name } });
  const set = (name: string, value: string, more: { description?: string; rotated?: boolean } = {}) =>
    client.secret.set({ ...at(name), body: { value, ...more } });
  const namesOf = async () => (await client.secret.list({ params })).items.map(({ name }) => name);
  const auditOf = async (name: string) =>
    (await (await app.as("owner")).audit.list({ query: { subject: `secret/${name}` } })).items;
  const load = (secret: string) => definition({ load: step("load", { outputs: out, secrets: { DOOR: secret } }) });
  /** Runs a job to its end, with its one step where that has to run. */
  const run = async (body: DefinitionInput) => {
    const { id } = await jobs.submit(body);
    const job = await jobs.until(id, ({ steps }) => steps[0]!.reuse !== null);
    if (job.steps[0]!.reuse!.status !== "hit") await worker.complete(await worker.claim(), { o: { f: "rows" } });
    return jobs.ended(id);
  };

  it("are listed by name, and their values are told to nobody", async () => {
    const kept = await set("door", "open sesame", { description: "the cave" });
    expect(kept).toMatchObject({ name: "door", version: 1, description: "the cave", setBy: { name: "contributor" } });
    const reader = await app.as("reader");
    expect((await reader.secret.list({ params })).items).toEqual([kept]);
    await expect(set("short", "12345")).rejects.toThrow(/at least 6 characters/);
  });

  it("are set by those who may, and given to steps by those who may", async () => {
    const scientist = await app.as("data-scientist");
    const body = { value: "open sesame" };
    await expect(scientist.secret.set({ ...at("door"), body })).rejects.toMatchObject({ code: "forbidden" });
    await expect(scientist.secret.delete(at("door"))).rejects.toMatchObject({ code: "forbidden" });
    const reader = { id: (await (await app.as("reader")).access.me()).id, name: "reader" };
    const wanted = { workspace: "default", trigger: "person", definition: load("door") as never };
    await expect(submitJob({ ...app.ctx, actor: reader }, wanted)).rejects.toMatchObject({
      code: "forbidden",
      message: "steps.load.secrets: reader may not give a step the secrets door.",
      hint: expect.stringContaining("secret:use"),
    });
  });

  it("reach the agent with the claim, and are stored nowhere else", async () => {
    const { id } = await jobs.submit(load("door"));
    const claim = await worker.claim();
    expect(claim.secrets).toEqual({ DOOR: { value: "open sesame" } });
    expect(claim.payload).toMatchObject({ secrets: { DOOR: "door" } });
    await worker.complete(claim, { o: { f: "rows" } });
    await jobs.ended(id);
    const [used] = (await auditOf("door")).filter(({ type }) => type === "secret.used");
    expect(used).toMatchObject({ actor: { name: "agent" }, data: { job: id, step: "load", attempt: 1, version: 1 } });
    for (const { name } of await app.ctx.db.introspection.getTables()) {
      const rows = await app.ctx.db
        .selectFrom(name as never)
        .selectAll()
        .execute();
      expect(JSON.stringify(rows), name).not.toContain("sesame");
    }
  });

  it("make a step run again when they are set, and not when they are rotated", async () => {
    await set("lock", "first value");
    const made = await run(load("lock"));
    expect((await run(load("lock"))).steps[0]!.reuse).toMatchObject({ status: "hit", originJobId: made.id });
    expect((await set("lock", "second value", { rotated: true })).version).toBe(1);
    expect((await run(load("lock"))).steps[0]!.reuse).toMatchObject({ status: "hit", originJobId: made.id });
    expect((await set("lock", "third value")).version).toBe(2);
    const again = await run(load("lock"));
    expect(again.steps[0]!.reuse!.status).toBe("miss");
    const explained = await client.job.explain({ params: { ...params, id: again.id, step: "load" } });
    expect(explained.differences).toEqual([
      { part: "secret in DOOR", now: { name: "lock", version: 2 }, before: { name: "lock", version: 1 } },
    ]);
    expect((await auditOf("lock")).filter(({ type }) => type === "secret.set").map(({ data }) => data)).toEqual([
      { version: 2, rotated: false },
      { version: 1, rotated: true },
      { version: 1, rotated: false },
    ]);
  });

  it("never mean two values by one version, also when they were deleted in between", async () => {
    await set("gone", "first value");
    await client.secret.delete(at("gone"));
    expect(await namesOf()).not.toContain("gone");
    await expect(client.secret.delete(at("gone"))).rejects.toMatchObject({ code: "not_found" });
    await expect(set("gone", "second value", { rotated: true })).rejects.toMatchObject({ code: "not_found" });
    expect(await set("gone", "second value")).toMatchObject({ version: 2, description: "" });
  });

  it("leave no result for reuse when they changed while the step ran", async () => {
    await set("moving", "first value");
    const { id } = await jobs.submit(load("moving"));
    const claim = await worker.claim();
    await set("moving", "second value");
    await worker.complete(claim, { o: { f: "rows" } });
    expect((await jobs.ended(id)).steps[0]).toMatchObject({
      state: "succeeded",
      reuse: { status: "put_failed", reason: expect.stringContaining("the secret moving was changed while it ran") },
    });
  });

  it.each([
    ["was deleted", () => client.secret.delete(at("lost")), /There is no secret "lost"/],
    [
      "was sealed with another key",
      () => app.ctx.db.updateTable("secret").set({ sealed: "x.y" }).where("name", "=", "lost").execute(),
      /The secret for default\/secret\/lost cannot be opened .* Restore the file secret.key/,
    ],
  ])("fail the step alone when what it needs %s before it began", async (_, lose, why) => {
    await set("lost", "first value");
    const { id } = await jobs.submit({ ...load("lost"), forceRerun: true });
    await jobs.until(id, ({ steps }) => steps[0]!.state === "queued");
    await lose();
    const claim = await worker.claim();
    expect(claim.secrets).toEqual({ DOOR: { missing: expect.stringMatching(why) } });
    await worker.fail(claim, "it said so");
  });

  it.each([
    [
      "a secret that there is not",
      { secrets: { DOOR: "nothing" } },
      /steps.load.secrets: There is no secret "nothing"/,
    ],
    [
      "a variable that is a secret and a text",
      { secrets: { DOOR: "door" }, environmentVariables: { DOOR: "open" } },
      /steps.load.environmentVariables.DOOR: it is also a secret/,
    ],
    [
      "a secret that is written as text",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: how the YAML language names a secret
      { environmentVariables: { DOOR: "${{ secrets.door }}" } },
      /environmentVariables.DOOR: a secret goes under "secrets"/,
    ],
    ["a variable that others read", { secrets: { HTTPS_PROXY: "door" } }, /HTTPS_PROXY: no variable for a secret/],
  ])("refuse %s", async (_, fields, message) => {
    await expect(jobs.submit(definition({ load: step("load", fields) }))).rejects.toThrow(message);
  });

  it("are looked for in trials too", async () => {
    const tune = {
      ...{ type: "sweep" as const, trial: step("train", { secrets: { DOOR: "nothing" } }) },
      searchSpace: { a: { type: "choice" as const, values: [1] } },
      objective: { goal: "minimize" as const, primaryMetric: "loss" },
    };
    await expect(jobs.submit(definition({ tune }))).rejects.toThrow(/steps.tune.trial.secrets: There is no secret/);
  });
});
