// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import type { JobDetail } from "../../contract/job.ts";
import { sha256 } from "../../platform/digest.ts";
import { leaseOf } from "../agent/worker.fixture.ts";
import { definition, literal, out, outputOf, params, step } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";

describe.each(databases)("running jobs on %s", (database) => {
  let { app, client, jobs, worker, run } = {} as JobBench;
  const one = (command: string, more = {}) => definition({ one: step(command, { outputs: out, ...more }) });

  beforeAll(async () => {
    ({ app, client, jobs, worker, run } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());

  it("hands a step what came out of the one before", async () => {
    const body = definition({
      first: step("make", { outputs: out }),
      second: step("use ${{inputs.i}}", { inputs: { i: outputOf("first"), n: literal("3") } }),
    });
    const { id } = await jobs.submit(body);
    await worker.complete(await worker.claim(), { o: { "a.csv": "a\n1\n" } });
    const claim = await worker.claim();
    const first = (await jobs.get(id)).steps[0]!;
    expect(first).toMatchObject({ state: "succeeded", attempt: 1, outputs: { o: { files: 1, size: 4 } } });
    expect(claim.payload).toMatchObject({
      inputs: {
        i: { kind: "files", tree: first.outputs.o!.digest },
        n: { kind: "value", value: "3" },
      },
    });
    await worker.complete(claim);
    const job = await jobs.ended(id);
    expect(job).toMatchObject({ state: "succeeded", steps: [{}, { state: "succeeded", needs: ["first"] }] });
    const { items } = await client.run.list({ params });
    expect(items.find((run) => run.id === job.steps[1]!.runId)).toMatchObject({ jobId: id, state: "FINISHED" });
  });

  it("fails when a step left no declared output", async () => {
    const body = definition({
      first: step("nothing", { outputs: out, deterministic: false }),
      second: step("use", { inputs: { i: outputOf("first") } }),
    });
    const { id } = await jobs.submit(body);
    await worker.complete(await worker.claim());
    expect(await jobs.ended(id)).toMatchObject({
      state: "failed",
      steps: [{ state: "succeeded" }, { state: "failed", error: 'Step first left no output "o".' }],
    });
  });

  it("does not take what the machine's interpreter made for what an image makes", async () => {
    await client.compute.create({ body: { name: "boxed", kind: "container" } });
    const environment = { name: null, condaFile: null, image: "python:3.12" };
    const on = (compute: string | null) => ({
      ...one("print version", { environment, compute }),
      experiment: "images",
    });
    const agent = await app.as("agent");
    /** Says what the name of the image means now. */
    const resolveImage = async () => {
      const task = await worker.claim("environment");
      const lock = `sha256:${"a".repeat(64)}`;
      await agent.agent.complete({ body: { ...leaseOf(task), result: { platform: "container", lock } } });
    };
    const reuseOf = (job: JobDetail) => job.steps.find(({ name }) => name === "one")!.reuse!;
    expect(reuseOf(await run(on(null))).status).toBe("miss");
    const { id } = await jobs.submit(on("boxed"));
    await resolveImage();
    await worker.complete(await worker.claim(), { o: { f: "boxed" } });
    expect(reuseOf(await jobs.ended(id))).toMatchObject({
      status: "miss",
      reason: expect.stringMatching(/environment/),
    });
    for (const compute of [null, "boxed"]) {
      const again = await jobs.submit(on(compute));
      if (compute) await resolveImage();
      expect(reuseOf(await jobs.ended(again.id)).status).toBe("hit");
    }
  });

  it("reuses an equal step, and says of which job", async () => {
    const origin = await run(one("train"));
    expect(origin.steps[0]!.reuse).toMatchObject({ status: "miss", reason: "it has not run before" });
    const { id } = await jobs.submit({ ...one("train"), displayName: "another name", tags: { a: "b" } });
    const again = await jobs.ended(id);
    expect(again).toMatchObject({
      state: "succeeded",
      steps: [
        {
          state: "reused",
          outputs: origin.steps[0]!.outputs,
          reuse: {
            status: "hit",
            originJobId: origin.id,
            reason: `same command, code, environment and inputs as step one of job ${origin.id}`,
          },
        },
      ],
    });
    expect(await worker.finds()).toBe(0);
  });

  it("says what changed when it runs a step again", async () => {
    const inputs = { alpha: literal("1") };
    const origin = await run({ ...one("explain", { inputs }), experiment: "explained" });
    const changed = { inputs: { alpha: literal("2") }, environmentVariables: { A: "b" } };
    const again = await run({ ...one("explain -v", changed), experiment: "explained" });
    expect(again.steps[0]!.reuse).toMatchObject({
      status: "miss",
      reason: `changed since job ${origin.id}: command, environment variable A, input alpha`,
    });
  });

  it("runs again what is told to, or is declared not deterministic", async () => {
    await run(one("always"));
    const forced = await run({ ...one("always"), forceRerun: true });
    expect(forced.steps[0]!.reuse).toMatchObject({ status: "forced", reason: expect.stringContaining("run again") });
    const told = await run(one("always", { forceRerun: true }));
    expect(told.steps[0]!.reuse).toMatchObject({ status: "forced", reason: "the step is told to run again" });
    const after = await jobs.ended((await jobs.submit(one("always"))).id);
    expect(after.steps[0]!.reuse).toMatchObject({ status: "hit", originJobId: told.id });
    const chance = one("always", { deterministic: false });
    const random = await run(chance);
    expect(random.steps[0]!.reuse).toMatchObject({
      status: "disabled",
      reason: "the step is declared not deterministic",
    });
  });

  it("reuses no damaged output, and mends it by running again", async () => {
    const content = `only here ${database}`;
    const origin = await run(one("damage"), content);
    const digest = sha256(content);
    const file = join(app.ctx.config.home, "blobs", digest.slice(0, 2), digest.slice(2));
    const whole = await readFile(file, "utf8");
    await writeFile(file, whole.replace("only", "ONLY"));
    const again = await run(one("damage"), content);
    expect(again.steps[0]).toMatchObject({
      state: "succeeded",
      reuse: { status: "evicted", reason: `files of the result of job ${origin.id} are gone or damaged` },
    });
    expect(await (await client.blob.get({ params: { ...params, digest } })).text()).toBe(content);
    const third = await jobs.ended((await jobs.submit(one("damage"))).id);
    expect(third.steps[0]!.reuse).toMatchObject({ status: "hit", originJobId: again.id });
  });

  it("runs one of several equal steps, and gives its result to all", async () => {
    const made = await Promise.all(Array.from({ length: 4 }, () => jobs.submit(one("flight"))));
    const claim = await worker.claim();
    expect(await worker.finds()).toBe(0);
    const waiting = await Promise.all(
      made.map(({ id }) => jobs.until(id, (job) => ["waiting", "running"].includes(job.steps[0]!.state))),
    );
    expect(waiting.map((job) => job.steps[0]!.state).sort()).toEqual(["running", "waiting", "waiting", "waiting"]);
    expect(waiting.find((job) => job.steps[0]!.state === "waiting")!.steps[0]!.reuse).toMatchObject({
      status: "waiting",
      reason: expect.stringMatching(/^step one of job \S+ does the same and (is queued before it|runs now)$/),
    });
    await worker.complete(claim, { o: { f: "once" } });
    const ended = await Promise.all(made.map(({ id }) => jobs.ended(id)));
    expect(ended.map((job) => job.steps[0]!.state).sort()).toEqual(["reused", "reused", "reused", "succeeded"]);
  });

  it("lets the next one run when the first of several equal steps fails or is cancelled", async () => {
    const [a, b, c] = await Promise.all(["1", "2", "3"].map(() => jobs.submit(one("relay"))));
    const first = await worker.claim();
    await worker.fail(first, "broken");
    const second = await worker.claim();
    const holder = (await Promise.all([a!, b!, c!].map(({ id }) => jobs.get(id)))).find(
      (job) => job.steps[0]!.state === "running",
    )!;
    await client.job.cancel({ params: { ...params, id: holder.id }, body: { reason: "enough" } });
    await worker.fail(second, "ended by SIGTERM");
    await worker.complete(await worker.claim(), { o: { f: "third" } });
    const ended = await Promise.all([a!, b!, c!].map(({ id }) => jobs.ended(id)));
    expect(ended.map((job) => job.state).sort()).toEqual(["cancelled", "failed", "succeeded"]);
    expect(ended.find((job) => job.state === "cancelled")).toMatchObject({ steps: [{ error: "enough" }] });
  });

  it("takes the place of an equal step that is queued where no agent can run it", async () => {
    await client.compute.create({ body: { name: "gpu-box", kind: "local", dedicated: true } });
    const stuck = await jobs.submit(one("box", { compute: "gpu-box" }));
    await jobs.until(stuck.id, (job) => job.steps[0]!.state === "queued");
    const { id } = await jobs.submit(one("box"));
    const waiting = await jobs.until(id, (job) => job.steps[0]!.state === "waiting");
    expect(waiting.steps[0]!.reuse?.reason).toBe(`step one of job ${stuck.id} does the same and is queued before it`);
    // A minute goes by.
    const tasks = app.ctx.db.updateTable("task").set((eb) => ({ available_at: eb("available_at", "-", 61_000) }));
    await tasks.where("state", "in", ["queued", "waiting"]).execute();
    await jobs.until(id, (job) => job.steps[0]!.state === "queued");
    await client.job.cancel({ params: { ...params, id: stuck.id }, body: {} });
    await jobs.ended(stuck.id);
    await worker.complete(await worker.claim(), { o: { f: "made" } });
    expect((await jobs.ended(id)).steps[0]).toMatchObject({ state: "succeeded", reuse: { status: "miss" } });
  });

  it("does not wait for an equal step that was refused before it could run", async () => {
    const refused = { ...one("refused"), type: "command" as const, experiment: "gone" };
    const { id: experiment } = await client.experiment.create({ params, body: { name: "gone" } });
    await client.experiment.delete({ params: { ...params, id: experiment } });
    const { id } = await jobs.submit(refused);
    expect(await jobs.ended(id)).toMatchObject({ state: "failed", error: expect.stringMatching(/deleted/) });
    expect(await app.ctx.db.selectFrom("step_flight").selectAll().execute()).toEqual([]);
    expect((await run({ ...refused, experiment: "kept" })).state).toBe("succeeded");
  });

  it("does not wait for a step of which only the claim to be first is left", async () => {
    const { id } = await jobs.submit(one("left"));
    const claim = await worker.claim();
    const rows = await app.ctx.db.selectFrom("step_flight").selectAll().execute();
    await worker.fail(claim, "exit code 1");
    await jobs.ended(id);
    await app.ctx.db.insertInto("step_flight").values(rows).execute();
    expect((await run(one("left"))).state).toBe("succeeded");
  });

  it("never leaves an equal step waiting for one that has ended", async () => {
    for (let round = 0; round < 10; round++) {
      const first = await jobs.submit(one(`race ${round}`));
      const claim = await worker.claim();
      const [second] = await Promise.all([
        jobs.submit(one(`race ${round}`)),
        worker.complete(claim, { o: { f: "raced" } }),
      ]);
      expect((await jobs.ended(first.id)).state).toBe("succeeded");
      expect((await jobs.ended(second.id)).steps[0]!.state).toBe("reused");
    }
  });

  it("tries a step again as often as it may, keeping one log", async () => {
    const { id } = await jobs.submit(one("flaky", { maxRetries: 1 }));
    const first = await worker.claim();
    await worker.log(first, 0, ["first attempt"]);
    await worker.fail(first, "exit code 1");
    const second = await worker.claim();
    expect(second).toMatchObject({ attempt: 2, logOffset: 1 });
    await worker.log(second, second.logOffset, ["second attempt"]);
    await worker.fail(second, "exit code 2");
    expect(await jobs.ended(id)).toMatchObject({
      state: "failed",
      error: "one: exit code 2",
      steps: [{ state: "failed", attempt: 2, error: "exit code 2" }],
    });
    const at = { params: { ...params, id, step: "one" } };
    const { lines, ended } = await client.job.logs({ ...at });
    expect(lines.map(({ offset, text }) => [offset, text])).toEqual([
      [0, "first attempt"],
      [1, "second attempt"],
    ]);
    expect(ended).toBe(true);
  });

  it("keeps each log line once, and gives them page by page", async () => {
    const { id } = await jobs.submit(one("chatty"));
    const claim = await worker.claim();
    const texts = Array.from({ length: 25 }, (_, index) => `line ${index}`);
    await worker.log(claim, 0, texts.slice(0, 10));
    await worker.log(claim, 0, texts.slice(0, 10));
    await worker.log(claim, 10, texts.slice(10));
    const at = { params: { ...params, id, step: "one" } };
    const seen: string[] = [];
    for (let offset = 0; ; ) {
      const page = await client.job.logs({ ...at, query: { offset, limit: 7 } });
      if (page.lines.length === 0) break;
      expect(page.lines[0]!.offset).toBe(offset);
      seen.push(...page.lines.map(({ text }) => text));
      offset = page.next;
    }
    expect(seen).toEqual(texts);
    const last = await client.job.logs({ ...at, query: { tail: 3 } });
    expect(last.lines.map(({ offset, text }) => [offset, text])).toEqual([22, 23, 24].map((n) => [n, texts[n]]));
    expect(last.next).toBe(25);
    expect((await client.job.logs({ ...at, query: { tail: 100 } })).lines).toHaveLength(25);
    const waiting = client.job.logs({ ...at, query: { offset: 25, wait: 20 } });
    const started = Date.now();
    await worker.log(claim, 25, ["late\u0000\u001b[0m"]);
    expect((await waiting).lines.map(({ text }) => text)).toEqual(["late\u0000\u001b[0m"]);
    expect(Date.now() - started).toBeLessThan(5000);
    await worker.complete(claim, { o: { f: "x" } });
    await jobs.ended(id);
    expect(await client.job.logs({ ...at, query: { offset: 26, wait: 20 } })).toEqual({
      lines: [],
      next: 26,
      ended: true,
    });
    const unknown = client.job.logs({ params: { ...at.params, step: "nothing" } });
    await expect(unknown).rejects.toMatchObject({ code: "not_found" });
    await expect(worker.log(claim, 26, ["after the end"])).rejects.toMatchObject({ code: "stale" });
  });

  it("cancels a job that has not begun, and one that has", async () => {
    const queued = await jobs.submit(one("cancelled"));
    await jobs.until(queued.id, (job) => job.steps[0]!.state === "queued");
    await client.job.cancel({ params: { ...params, id: queued.id }, body: {} });
    expect(await jobs.ended(queued.id)).toMatchObject({
      state: "cancelled",
      error: "cancelled by owner",
      steps: [{ state: "cancelled" }],
    });
    expect(await worker.finds()).toBe(0);
    const again = await client.job.cancel({ params: { ...params, id: queued.id }, body: {} });
    expect(again.state).toBe("cancelled");
    const { items } = await client.audit.list({ query: { subject: `job/${queued.id}` } });
    expect(items.map(({ type }) => type)).toEqual(["job.cancelled", "job.cancel-requested", "job.created"]);
  });
});
