// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { databases } from "../../../test/support/app.ts";
import type { ClaimedTask, StepPayload } from "../../contract/agent.ts";
import { runEngine } from "../../engine/index.ts";
import { sha256 } from "../../platform/digest.ts";
import { createWorker, leaseOf } from "../agent/worker.fixture.ts";
import { definition, literal, logMetric, out, outputOf, params, step, valueIn } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";

const payloadOf = (task: ClaimedTask): StepPayload => task.payload as StepPayload;

describe.each(databases)("jobs of many on %s", (database) => {
  let { app, client, jobs, worker } = {} as JobBench;

  beforeAll(async () => {
    ({ app, client, jobs, worker } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());
  afterEach(async () => {
    expect(await worker.finds(), "a test left work behind").toBe(0);
  });

  const sweep = (more: object = {}) => ({
    ...{ type: "sweep" as const, outputs: out },
    trial: step("train --lr ${{search_space.lr}} --data ${{inputs.data}}", {
      outputs: out,
      inputs: { data: { type: "uri_folder" as const, binding: null } },
      deterministic: false,
    }),
    searchSpace: { lr: { type: "choice" as const, values: [0.1, 0.2, 0.3] } },
    objective: { goal: "minimize" as const, primaryMetric: "loss" },
    sampling: { type: "grid" as const },
    limits: { maxConcurrentTrials: 2 },
    inputs: { data: outputOf("prepare") },
    ...more,
  });

  /** The trials of a running sweep, one after the other, with `loss` for each value of `lr`. */
  const runTrials = async (count: number, loss: (lr: number) => number) => {
    for (let at = 0; at < count; at++) {
      const trial = await worker.claim();
      const lr = Number(valueIn(trial, "lr"));
      await logMetric(app, trial, "loss", loss(lr));
      await worker.complete(trial, { o: { model: `lr ${lr}` } });
    }
  };

  it("a sweep tries each value and gives what the best trial made", async () => {
    const { id } = await jobs.submit(
      definition({
        prepare: step("prepare", { outputs: out, deterministic: false }),
        tune: sweep(),
        after: step("use", { inputs: { model: outputOf("tune") }, deterministic: false }),
      }),
    );
    await worker.complete(await worker.claim(), { o: { "a.csv": "a\n1\n" } });
    const first = await worker.claim();
    expect(payloadOf(first)).toMatchObject({
      command: "train --lr ${{inputs.lr}} --data ${{inputs.data}}",
      inputs: { lr: { kind: "value", value: "0.1" }, data: { kind: "files" } },
    });
    const second = await worker.claim();
    expect(await worker.finds(), "no more than two run at once").toBe(0);
    for (const trial of [first, second]) {
      const lr = Number(valueIn(trial, "lr"));
      await logMetric(app, trial, "loss", Math.abs(lr - 0.2));
      await worker.complete(trial, { o: { model: `lr ${lr}` } });
    }
    await runTrials(1, (lr) => Math.abs(lr - 0.2));
    const user = await worker.claim();
    const tree = payloadOf(user).inputs.model as { tree: string };
    const files = await client.blob.getTree({ params: { ...params, digest: tree.tree } });
    expect(files.files).toMatchObject([{ path: "model", size: "lr 0.2".length }]);
    await worker.complete(user);
    const job = await jobs.ended(id);
    const tune = job.steps.find(({ name }) => name === "tune")!;
    expect(tune).toMatchObject({
      ...{ kind: "sweep", state: "succeeded" },
      children: { total: 3, succeeded: 3, running: 0, failed: 0 },
    });
    const { items } = await client.job.children({ params: { ...params, id, step: "tune" }, query: {} });
    expect(items.map(({ given, metric }) => [given, metric])).toEqual([
      [{ lr: 0.1 }, 0.1],
      [{ lr: 0.2 }, 0],
      [{ lr: 0.3 }, expect.closeTo(0.1)],
    ]);
    const status = await client.job.sweep({ params: { ...params, id, step: "tune" } });
    expect(status.best).toMatchObject({ number: 1, given: { lr: 0.2 } });
    const run = await client.run.get({ params: { ...params, id: items[0]!.runId! } });
    expect(run.tags).toMatchObject({ "mlflow.parentRunId": tune.runId, "trainyard.sweep.lr": "0.1" });
    const listed = await client.job.list({ params, query: {} });
    expect(listed.items.filter(({ parent }) => parent !== null)).toEqual([]);
    expect((await client.job.get({ params: { ...params, id: items[0]!.jobId } })).parent).toEqual({
      jobId: id,
      step: "tune",
    });
  });

  it("a sweep goes on when a trial fails, and fails when none succeeds", async () => {
    const alone = sweep({ inputs: {}, limits: { maxConcurrentTrials: 1 } });
    const trial = step("train ${{search_space.lr}}", { outputs: out, deterministic: false });
    const submitted = await jobs.submit(definition({ tune: { ...alone, trial } }));
    await worker.fail(await worker.claim(), "out of memory", { retryable: false });
    await runTrials(2, (lr) => lr);
    const job = await jobs.ended(submitted.id);
    expect(job.state).toBe("succeeded");
    expect(job.steps[0]!.children).toMatchObject({ failed: 1, succeeded: 2 });

    const second = await jobs.submit(definition({ tune: { ...alone, trial } }));
    for (let at = 0; at < 3; at++) await worker.fail(await worker.claim(), "out of memory", { retryable: false });
    const failed = await jobs.ended(second.id);
    expect(failed.error).toMatch(/None of 3 trials succeeded\. Trial 0: main: out of memory/);
  });

  it("a sweep whose trials log no metric says which one it looked for", async () => {
    const trial = step("train ${{search_space.lr}}", { outputs: out, deterministic: false });
    const one = sweep({ inputs: {}, trial, limits: { maxTotalTrials: 1 } });
    const { id } = await jobs.submit(definition({ tune: one }));
    await worker.complete(await worker.claim(), { o: { model: "m" } });
    expect((await jobs.ended(id)).error).toMatch(/No trial logged the metric "loss"/);
  });

  it("a trial that does worse than the others is ended, and counts as stopped", async () => {
    const trial = step("train ${{search_space.lr}}", { outputs: out, deterministic: false });
    const { id } = await jobs.submit(
      definition({
        tune: sweep({
          ...{ inputs: {}, trial, limits: { maxConcurrentTrials: 2, maxTotalTrials: 2 } },
          earlyTermination: { type: "bandit", slackAmount: 0.1 },
        }),
      }),
    );
    const [good, bad] = [await worker.claim(), await worker.claim()];
    await logMetric(app, good, "loss", 0.1);
    await logMetric(app, bad, "loss", 0.9);
    const agent = await app.as("agent");
    await expect
      .poll(
        async () => {
          const leases = [{ execution: bad.execution, task: bad.task, epoch: bad.epoch }];
          return (await agent.agent.heartbeat({ body: { agent: "worker", leases } })).cancel.length;
        },
        { timeout: 20_000, interval: 200 },
      )
      .toBe(1);
    await worker.fail(bad, "cancelled");
    await worker.complete(good, { o: { model: "good" } });
    const job = await jobs.ended(id);
    expect(job.state).toBe("succeeded");
    expect(job.steps[0]!.children).toMatchObject({ succeeded: 1, stopped: 1 });
    const { items } = await client.job.children({ params: { ...params, id, step: "tune" }, query: {} });
    expect(items[1]!.note).toMatch(/its best is 0\.9; the best trial had 0\.1, and the slack ends at 0\.2/);
  });

  const loop = (more: object = {}) => ({
    ...{ type: "foreach" as const, item: "region", items: ["north", "south", "west"], outputs: out },
    body: {
      inputs: { region: { type: "string" as const, binding: null } },
      outputs: { o: { step: "fit", output: "o" } },
      steps: {
        fit: step("fit ${{inputs.region}}", {
          ...{ outputs: out, deterministic: false },
          inputs: { region: { type: "string", binding: { from: "input" as const, input: "region" } } },
        }),
      },
    },
    ...more,
  });

  it("a loop runs its body for each item, and gathers what came of it", async () => {
    const { id } = await jobs.submit(definition({ each: loop({ maxConcurrent: 2 }) }));
    const first = await worker.claim();
    const second = await worker.claim();
    expect(await worker.finds()).toBe(0);
    for (const task of [second, first]) await worker.complete(task, { o: { m: valueIn(task, "region") } });
    const third = await worker.claim();
    await worker.complete(third, { o: { m: valueIn(third, "region") } });
    const job = await jobs.ended(id);
    expect(job.state).toBe("succeeded");
    const { digest } = job.steps[0]!.outputs.o!;
    const { files } = await client.blob.getTree({ params: { ...params, digest } });
    expect(files.map(({ path, size }) => [path, size])).toEqual([
      ["0/m", 5],
      ["1/m", 5],
      ["2/m", 4],
    ]);
  });

  it("a loop says of each item what had to run, and pages those in one state", async () => {
    const { body, ...rest } = loop({ maxConcurrent: 1, maxFailures: 1 });
    const fit = { ...body.steps.fit, command: "fit again ${{inputs.region}}", deterministic: true };
    const each = { ...rest, body: { ...body, steps: { fit } } };
    const { id } = await jobs.submit(definition({ each }));
    await worker.fail(await worker.claim(), "no such region", { retryable: false });
    for (let item = 0; item < 2; item++) {
      const task = await worker.claim();
      await worker.complete(task, { o: { m: valueIn(task, "region") } });
    }
    expect((await jobs.ended(id)).steps[0]!.children).toMatchObject({ succeeded: 2, failed: 1, reused: 0 });
    const again = (await jobs.submit(definition({ each }))).id;
    const redone = await worker.claim();
    await worker.complete(redone, { o: { m: valueIn(redone, "region") } });
    expect((await jobs.ended(again)).steps[0]!.children).toMatchObject({ succeeded: 3, reused: 2 });
    const page = async (job: string, query: { state?: "succeeded" | "failed"; after?: number; limit?: number }) => {
      const { items, next } = await client.job.children({ params: { ...params, id: job, step: "each" }, query });
      return { items: items.map(({ number, steps }) => [number, steps && `${steps.reused} of ${steps.done}`]), next };
    };
    expect((await page(again, {})).items).toEqual([
      [0, "0 of 1"],
      [1, "1 of 1"],
      [2, "1 of 1"],
    ]);
    expect(await page(id, { state: "failed" })).toEqual({ items: [[0, "0 of 0"]], next: undefined });
    expect(await page(id, { state: "succeeded", limit: 1 })).toEqual({ items: [[1, "0 of 1"]], next: 1 });
    expect(await page(id, { state: "succeeded", limit: 1, after: 1 })).toEqual({
      items: [[2, "0 of 1"]],
      next: undefined,
    });
    const told = await client.job.explain({ params: { ...params, id: again, step: "each" } });
    expect(told.reuse).toBeNull();
    expect(told.note).toMatch(/Of 3 items 3 have succeeded; in 2 nothing had to run\.$/);
  });

  it("a loop that two servers plan, and several agents work on, runs each item once", async () => {
    const stopping = new AbortController();
    onTestFinished(() => stopping.abort());
    const other = runEngine(app.ctx, app.hooks, stopping.signal);
    const items = Array.from({ length: 60 }, (_, item) => `item-${item}`);
    const { id } = await jobs.submit(definition({ each: loop({ items, maxConcurrent: 20 }) }));
    const ran: string[] = [];
    const work = async (name: string): Promise<void> => {
      const own = createWorker(await app.as("agent"), client, name);
      while (ran.length < items.length) {
        const task = await own.claim("step", 1000).catch(() => undefined);
        if (!task) continue;
        ran.push(valueIn(task, "region"));
        await own.complete(task, { o: { m: valueIn(task, "region") } });
      }
    };
    await Promise.all(["a", "b", "c", "d"].map(work));
    const job = await jobs.ended(id);
    stopping.abort();
    await other;
    expect(ran.toSorted()).toEqual(items.toSorted());
    expect(job.steps[0]).toMatchObject({ state: "succeeded", children: { total: 60, succeeded: 60 } });
    const { digest } = job.steps[0]!.outputs.o!;
    const { files } = await client.blob.getTree({ params: { ...params, digest } });
    expect(files.map(({ path }) => path)).toEqual(items.map((_, number) => `${String(number).padStart(2, "0")}/m`));
  });

  it("a loop whose items together wrote too much for a folder fails, and says so", async () => {
    const { digest, size } = await client.blob.put({
      params: { ...params, digest: sha256("x") },
      body: new TextEncoder().encode("x"),
    });
    const folder = async (paths: string[]) => {
      const files = paths.map((path) => ({ path, digest, size }));
      const tree = await client.blob.createTree({ params, body: { files } });
      return { digest: tree.digest, files: files.length, size: files.length };
    };
    const many = await folder(Array.from({ length: 70_000 }, (_, index) => `f${index}`));
    const deep = await folder(["d".repeat(1024)]);
    const agent = await app.as("agent");
    const failing = async (o: object): Promise<string | null> => {
      const { id } = await jobs.submit(definition({ each: loop() }));
      for (let item = 0; item < 3; item++) {
        const task = await worker.claim();
        await agent.agent.complete({ body: { ...leaseOf(task), result: { outputs: { o } } } });
      }
      return (await jobs.ended(id)).error;
    };
    expect(await failing(many)).toMatch(/output "o" of the loop has 210,000 files or more; a folder may have 200,000/);
    expect(await failing(deep)).toMatch(/output "o" of the loop has a path of 1026 characters/);
  });

  it("a loop takes its items from the file of an earlier step, fields by their names", async () => {
    const bound = (input: string) => ({ type: "string" as const, binding: { from: "input" as const, input } });
    const body = {
      ...loop().body,
      inputs: { region: literal("none"), size: { type: "integer" as const, binding: null } },
      steps: {
        fit: step("fit", {
          ...{ outputs: out, deterministic: false },
          inputs: { region: bound("region"), size: bound("size") },
        }),
      },
    };
    const { id } = await jobs.submit(
      definition({
        list: step("list", { outputs: out, deterministic: false }),
        each: loop({ body, items: { from: "step", step: "list", output: "o" } }),
      }),
    );
    // The second is no double: 9007199254740992 and …994 are next to it.
    const items = '[{ "region": "east", "size": 3 }, { "region": "west", "size": 9007199254740993 }]';
    await worker.complete(await worker.claim(), { o: { "items.json": items } });
    for (const [region, size] of [
      ["east", "3"],
      ["west", "9007199254740993"],
    ]) {
      const task = await worker.claim();
      expect([valueIn(task, "region"), valueIn(task, "size")]).toEqual([region, size]);
      await worker.complete(task, { o: { m: "x" } });
    }
    const job = await jobs.ended(id);
    expect(job.state).toBe("succeeded");
    const page = await client.job.children({ params: { ...params, id, step: "each" }, query: {} });
    expect(page.items.map(({ given }) => given)).toEqual([
      { region: "east", size: 3 },
      { region: "west", size: "9007199254740993" },
    ]);
  });

  it("a loop over an empty list is done at once", async () => {
    const { id } = await jobs.submit(definition({ each: loop({ items: [] }) }));
    expect(await jobs.ended(id)).toMatchObject({ state: "succeeded", steps: [{ outputs: { o: { files: 0 } } }] });
  });

  it("a loop whose items cannot be read says what is wrong", async () => {
    const { id } = await jobs.submit(
      definition({
        list: step("list", { outputs: out, deterministic: false }),
        each: loop({ items: { from: "step", step: "list", output: "o" } }),
      }),
    );
    await worker.complete(await worker.claim(), { o: { "items.json": '[{"a": []}]' } });
    expect((await jobs.ended(id)).error).toMatch(/The items of the loop are not a list: item 0/);
  });

  it("a loop of more items than there may be is refused, and says how many there are", async () => {
    const items = { from: "literal" as const, value: JSON.stringify(new Array(100_001).fill(1)) };
    const { id } = await jobs.submit(definition({ each: loop({ items }) }));
    expect(await jobs.ended(id)).toMatchObject({
      state: "failed",
      steps: [{ error: "The loop would have 100,001 items; it may have 100,000." }],
    });
  });

  it("a loop with more failed items than it allows ends the others and fails", async () => {
    const { id } = await jobs.submit(definition({ each: loop({ maxConcurrent: 1, maxFailures: 1 }) }));
    for (let at = 0; at < 2; at++) await worker.fail(await worker.claim(), "no data", { retryable: false });
    const job = await jobs.ended(id);
    expect(job.error).toMatch(/2 of 3 items failed; 1 may\. Item 0 \(north\): fit: no data/);
    expect(job.steps[0]!.children).toMatchObject({ total: 3, failed: 2 });
  });

  it("an item with a value that its body does not take fails alone, before any of it runs", async () => {
    const taken = (input: string) => ({ type: "integer" as const, binding: { from: "input" as const, input } });
    const body = {
      inputs: {
        n: { type: "integer" as const, min: 1, max: 9, binding: null },
        k: { type: "integer" as const, enum: [1, 2], binding: literal("1").binding },
      },
      steps: {
        load: step("load", { outputs: out, deterministic: false }),
        fit: step("fit", { deterministic: false, inputs: { n: taken("n"), k: taken("k"), o: outputOf("load") } }),
      },
    };
    const list = step("list", { outputs: out, deterministic: false });
    const items = { from: "step" as const, step: "list", output: "o" };
    const { id } = await jobs.submit(
      definition({ list, each: loop({ body, items, outputs: {}, maxConcurrent: 1, maxFailures: 3 }) }),
    );
    const text = '[{ "n": "abc" }, { "n": 10 }, { "n": 2, "k": 3 }, { "n": 3 }]';
    await worker.complete(await worker.claim(), { o: { "items.json": text } });
    await worker.complete(await worker.claim(), { o: { m: "x" } });
    const fit = await worker.claim();
    expect(valueIn(fit, "n")).toBe("3");
    await worker.complete(fit);
    const job = await jobs.ended(id);
    expect(job.state).toBe("succeeded");
    const page = await client.job.children({ params: { ...params, id, step: "each" }, query: {} });
    expect(page.items.map(({ state, note }) => [state, note])).toEqual([
      ["failed", 'load: inputs.n: it must be an integer, but it is "abc".'],
      ["failed", "load: inputs.n: it must be at most 9, but it is 10."],
      ["failed", "load: inputs.k: it must be one of 1, 2, but it is 3."],
      ["succeeded", null],
    ]);
    const rerun = client.job.rerun({ params: { ...params, id }, body: { only: "each", item: 1 } });
    await expect(rerun).rejects.toThrow(/it must be at most 9, but it is 10/);
  });

  it("cancelling a job cancels what it started", async () => {
    const { id } = await jobs.submit(definition({ each: loop() }));
    const tasks = [await worker.claim(), await worker.claim(), await worker.claim()];
    await client.job.cancel({ params: { ...params, id }, body: {} });
    expect((await jobs.ended(id)).state).toBe("cancelled");
    const agent = await app.as("agent");
    const leases = tasks.map(({ execution, task, epoch }) => ({ execution, task, epoch }));
    await expect
      .poll(async () => (await agent.agent.heartbeat({ body: { agent: "worker", leases } })).cancel.length)
      .toBe(3);
    for (const task of tasks) await worker.fail(task, "cancelled");
    await expect
      .poll(async () => {
        const { items } = await client.job.children({ params: { ...params, id, step: "each" }, query: {} });
        return items.map(({ state }) => state);
      })
      .toEqual(["cancelled", "cancelled", "cancelled"]);
  });

  it.each([
    [
      { tune: sweep({ searchSpace: {}, inputs: {}, trial: step("x") }) },
      /steps\.tune\.searchSpace: a sweep needs at least one parameter/,
    ],
    [
      { tune: sweep({ searchSpace: { rate: { type: "uniform", min: 1, max: 0 } }, inputs: {}, sampling: undefined }) },
      /searchSpace\.rate: min \(1\) must be below max \(0\)/,
    ],
    [
      {
        tune: sweep({
          ...{ inputs: {}, trial: step("x ${{search_space.depth}}") },
        }),
      },
      /trial\.command: "depth" is not a parameter of the search space/,
    ],
    [{ each: loop({ outputs: { p: { type: "uri_folder" } } }) }, /outputs\.p: the body of the loop has no such output/],
    [
      { each: loop({ body: { ...loop().body, steps: { fit: step("x", { inputs: { i: outputOf("no") } }) } } }) },
      /steps\.each\.body\.steps\.fit\.inputs\.i: there is no output "o" of a step "no"/,
    ],
  ])("refuses what cannot run: %#", async (steps, message) => {
    await expect(jobs.submit(definition(steps as never))).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringMatching(message),
    });
  });
});
