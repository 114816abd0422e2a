// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import type { ClaimedTask } from "../../contract/agent.ts";
import { type CommandStep, longestSeconds, type RerunBody } from "../../contract/job.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { cancelJob } from "./handlers.ts";
import { definition, literal, logMetric, out, outputOf, params, step, valueIn } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";
import { resumeJob } from "./rerun.ts";

describe.each(databases)("going on with jobs on %s", (database) => {
  let { app, client, jobs, worker } = {} as JobBench;

  beforeAll(async () => {
    ({ app, client, jobs, worker } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());

  let made = 0;
  /** prepare → train → report; nothing is deterministic, so nothing is reused by its key. */
  const three = () => {
    const some = { deterministic: false, outputs: out };
    return definition({
      prepare: step(`prepare ${++made}`, some),
      train: step("train", { ...some, inputs: { data: outputOf("prepare"), alpha: literal("1") } }),
      report: step("report", { ...some, inputs: { model: outputOf("train") } }),
    });
  };
  const complete = async (expected: string): Promise<ClaimedTask> => {
    const claim = await worker.claim();
    expect(claim.task).toBe(expected);
    await worker.complete(claim, { o: { f: `${claim.task} ${claim.execution}` } });
    return claim;
  };
  const failed = async () => {
    const { id } = await jobs.submit(three());
    await complete("prepare");
    await worker.fail(await worker.claim(), "out of luck");
    return jobs.ended(id);
  };
  const succeeded = async () => {
    const { id } = await jobs.submit(three());
    for (const name of ["prepare", "train", "report"]) await complete(name);
    return jobs.ended(id);
  };
  const at = (id: string) => ({ params: { ...params, id } });

  it("resumes a failed job: what ended well is taken over, also when it is not deterministic", async () => {
    const origin = await failed();
    const { id } = await client.job.resume({ ...at(origin.id), body: {} });
    await complete("train");
    await complete("report");
    const job = await jobs.ended(id);
    expect(job).toMatchObject({
      state: "succeeded",
      origin: { jobId: origin.id, relation: "resume", step: null },
      steps: [
        {
          state: "reused",
          outputs: origin.steps[0]!.outputs,
          reuse: { status: "recovered", originJobId: origin.id, originStep: "prepare" },
        },
        { state: "succeeded", reuse: { status: "disabled" } },
        { state: "succeeded" },
      ],
    });
    expect(job.steps[0]!.runId).not.toBe(origin.steps[0]!.runId);
    expect((await jobs.get(origin.id)).related).toEqual([
      { id, relation: "resume", step: null, state: "succeeded", createdAt: job.createdAt },
    ]);
    await expect(client.job.resume({ ...at(id), body: {} })).rejects.toThrow(/nothing to go on with/);
  });

  it("goes on as a changed definition says, and says what was defined in another way", async () => {
    const origin = await failed();
    const { steps, ...same } = await client.job.definition(at(origin.id));
    const { prepare, train, report } = steps as Record<string, CommandStep>;
    const mended = { ...train!, command: "train --mended", outputs: { ...out, log: out.o } };
    const changed = { definition: { ...same, steps: { prepare: prepare!, train: mended, report: report! } } };
    const { id } = await client.job.resume({ ...at(origin.id), body: { changed } });
    const claim = await worker.claim();
    expect(claim).toMatchObject({ task: "train", payload: { command: "train --mended" } });
    await worker.complete(claim, { o: { f: "mended" }, log: { f: "log" } });
    await complete("report");
    const job = await jobs.ended(id);
    expect(job.state).toBe("succeeded");
    expect(job.steps[0]!.reuse!.reason).toBe(`taken over from job ${origin.id}, with which this one goes on`);

    const otherwise = { ...prepare!, command: "prepare --mended" };
    const asked = { ...report!, outputs: { ...out, more: out.o } };
    const both = { definition: { ...same, steps: { prepare: otherwise, train: mended, report: asked } } };
    const again = await client.job.rerun({ ...at(id), body: { from: "report", changed: both } });
    const last = await worker.claim();
    expect(last.task).toBe("report");
    await worker.complete(last, { o: { f: "x" }, more: { f: "y" } });
    expect((await jobs.ended(again.id)).steps.map(({ reuse }) => reuse!.reason)).toEqual([
      expect.stringMatching(/which this one runs again; there the step was defined in another way$/),
      expect.stringMatching(/which this one runs again$/),
      expect.anything(),
    ]);
    const alone = await client.job.rerun({ ...at(id), body: { only: "prepare", changed: both } });
    expect((await worker.claim()).payload).toMatchObject({ command: "prepare --mended" });
    await client.job.cancel({ ...at(alone.id), body: {} });
    await jobs.ended(alone.id);
    const wrong = { definition: { ...both.definition, steps: { train: step("x ${{inputs.no}}") } } };
    await expect(client.job.resume({ ...at(origin.id), body: { changed: wrong } })).rejects.toThrow(
      /"no" is not an input of the step/,
    );
    await expect(client.job.resume({ ...at(origin.id), body: { changed: {} } })).rejects.toThrow(/exactly one of them/);
  });

  it("takes over from further back when the job between was stopped before it had taken anything over", async () => {
    const origin = await failed();
    // In one transaction, so that it is not planned in between.
    const stopped = await transaction(app.ctx, async (tx) => {
      const { id } = await resumeJob(tx, "default", origin.id, {});
      return cancelJob(tx, "default", id, "changed my mind");
    });
    expect((await jobs.ended(stopped.id)).steps.map(({ state }) => state)).toEqual(Array(3).fill("cancelled"));
    const third = await client.job.resume({ ...at(stopped.id), body: {} });
    await complete("train");
    await complete("report");
    const prepared = { reuse: { status: "recovered", originJobId: origin.id }, outputs: origin.steps[0]!.outputs };
    expect((await jobs.ended(third.id)).steps).toMatchObject([
      prepared,
      { state: "succeeded" },
      { state: "succeeded" },
    ]);

    const fourth = await client.job.rerun({ ...at(third.id), body: { from: "report" } });
    await complete("report");
    expect((await jobs.ended(fourth.id)).steps).toMatchObject([
      prepared,
      { reuse: { status: "recovered", originJobId: third.id } },
      { state: "succeeded", reuse: { status: "disabled" } },
    ]);
  });

  it("says of what was taken over twice where it was made", async () => {
    const origin = await failed();
    const second = await client.job.resume({ ...at(origin.id), body: {} });
    await worker.fail(await worker.claim(), "again");
    await jobs.ended(second.id);
    const third = await client.job.resume({ ...at(second.id), body: {} });
    await complete("train");
    await complete("report");
    expect((await jobs.ended(third.id)).steps[0]!.reuse).toMatchObject({
      status: "recovered",
      originJobId: origin.id,
      reason: `taken over from job ${second.id}, with which this one goes on`,
    });
  });

  it("does again what it cannot take over whole", async () => {
    const origin = await failed();
    const [file] = (await client.blob.getTree({ params: { ...params, digest: origin.steps[0]!.outputs.o!.digest } }))
      .files;
    const digest = file!.digest;
    await rm(join(app.ctx.config.home, "blobs", digest.slice(0, 2), digest.slice(2)));
    const { id } = await client.job.resume({ ...at(origin.id), body: {} });
    for (const name of ["prepare", "train", "report"]) await complete(name);
    expect(await jobs.ended(id)).toMatchObject({ state: "succeeded", steps: [{ state: "succeeded" }, {}, {}] });
  });

  it("runs again from a step on", async () => {
    const origin = await succeeded();
    const { id } = await client.job.rerun({ ...at(origin.id), body: { from: "train" } });
    await complete("train");
    await complete("report");
    expect(await jobs.ended(id)).toMatchObject({
      state: "succeeded",
      origin: { jobId: origin.id, relation: "rerun-from", step: "train" },
      steps: [{ reuse: { status: "recovered" } }, { state: "succeeded" }, { state: "succeeded" }],
    });
  });

  it("runs all again, whatever there is to be reused, or with what there is", async () => {
    const { id } = await jobs.submit(definition({ only: step(`again ${database}`, { outputs: out }) }));
    await complete("only");
    await jobs.ended(id);
    const again = await client.job.rerun({ ...at(id), body: {} });
    await complete("only");
    expect((await jobs.ended(again.id)).steps[0]!.reuse).toMatchObject({ status: "forced" });
    const reusing = await client.job.rerun({ ...at(again.id), body: { reuse: true } });
    expect((await jobs.ended(reusing.id)).steps[0]!.reuse).toMatchObject({ status: "hit" });
    await expect(client.job.rerun({ ...at(id), body: { reuse: true, from: "only" } })).rejects.toThrow(/as a whole/);
  });

  it("runs one step alone with the inputs that it had, and registers nothing", async () => {
    const body = three();
    body.steps.train = {
      ...step("train", { deterministic: false, inputs: { data: outputOf("prepare"), alpha: literal("1") } }),
      outputs: { o: { type: "uri_folder", register: { name: `trained-${database}` } } },
    };
    const { id } = await jobs.submit(body);
    for (const name of ["prepare", "train", "report"]) await complete(name);
    const origin = await jobs.ended(id);
    expect(origin.registered).toEqual([`data/trained-${database}/1`]);
    const again = await client.job.rerun({ ...at(id), body: { only: "train", debug: { port: 5678 } } });
    const claim = await complete("train");
    expect(claim.payload).toMatchObject({
      debug: { port: 5678 },
      inputs: {
        data: { kind: "files", tree: origin.steps[0]!.outputs.o!.digest },
        alpha: { kind: "value", value: "1" },
      },
    });
    expect(await jobs.ended(again.id)).toMatchObject({
      state: "succeeded",
      displayName: "test: train",
      registered: [],
      origin: { relation: "rerun-only", step: "train" },
      steps: [{ name: "train" }],
    });
  });

  it("runs one step alone with what an earlier one wrote, whatever the limits of its input", async () => {
    const value = { type: "integer" as const };
    const { id } = await jobs.submit(
      definition({
        count: step("count", { outputs: { o: value }, deterministic: false }),
        use: step("use", { inputs: { n: { ...outputOf("count"), ...value, max: 10 } }, deterministic: false }),
      }),
    );
    await worker.complete(await worker.claim(), { o: { n: "50" } });
    await complete("use");
    await jobs.ended(id);
    const again = await client.job.rerun({ ...at(id), body: { only: "use" } });
    expect((await complete("use")).payload).toMatchObject({ inputs: { n: { value: "50" } } });
    expect((await jobs.ended(again.id)).state).toBe("succeeded");
  });

  const regions = {
    ...{ type: "foreach" as const, items: ["north", "south"], item: "region", maxConcurrent: 1 },
    body: {
      inputs: { region: { type: "string" as const, binding: null } },
      steps: {
        fit: step("fit ${{inputs.region}}", {
          ...{ deterministic: false, outputs: out, timeoutSeconds: 60, deadlineSeconds: 90, maxRetries: 2 },
          inputs: { region: { type: "string", binding: { from: "input", input: "region" } } },
        }),
        check: step("check", { deterministic: false, outputs: out, inputs: { o: outputOf("fit") } }),
      },
    },
  };

  it("runs one item alone, with all of its steps", async () => {
    const { id } = await jobs.submit(definition({ each: regions }));
    for (const name of ["fit", "check", "fit", "check"]) await complete(name);
    await jobs.ended(id);
    const again = await client.job.rerun({ ...at(id), body: { only: "each", item: 1 } });
    expect(valueIn(await complete("fit"), "region")).toBe("south");
    await complete("check");
    expect(await jobs.ended(again.id)).toMatchObject({
      ...{ state: "succeeded", displayName: "test/each/1", parent: null },
      ...{ origin: { jobId: id, relation: "rerun-only", step: "each" }, steps: [{ name: "fit" }, { name: "check" }] },
    });
    const rerun = (body: RerunBody) => client.job.rerun({ ...at(id), body });
    await expect(rerun({ only: "each", item: 2 })).rejects.toThrow('no item "2"');
    await expect(rerun({ item: 1 })).rejects.toThrow(/say which one with/);
    await expect(rerun({ only: "each", item: 0, debug: { port: 5678 } })).rejects.toThrow(/has several steps/);
    await expect(rerun({ only: "each" })).rejects.toThrow(/cannot be run alone/);
  });

  it("runs one trial alone, with the values that it had", async () => {
    const trial = step("train --lr ${{search_space.lr}}", { deterministic: false, outputs: out });
    const tune = {
      ...{ type: "sweep" as const, trial, searchSpace: { lr: { type: "choice" as const, values: [0.1, 0.2] } } },
      ...{ objective: { goal: "minimize" as const, primaryMetric: "loss" }, sampling: { type: "grid" as const } },
      limits: { maxConcurrentTrials: 1 },
    };
    const { id } = await jobs.submit(definition({ tune }));
    for (const lr of ["0.1", "0.2"]) {
      const task = await worker.claim();
      expect(valueIn(task, "lr")).toBe(lr);
      await logMetric(app, task, "loss", 1);
      await worker.complete(task, { o: { f: lr } });
    }
    await jobs.ended(id);
    const again = await client.job.rerun({ ...at(id), body: { only: "tune", item: 1 } });
    expect(valueIn(await complete("main"), "lr")).toBe("0.2");
    expect((await jobs.ended(again.id)).definition.steps.main).toMatchObject({ forceRerun: true });
    await expect(client.job.rerun({ ...at(id), body: { only: "tune", item: 2 } })).rejects.toThrow('no trial "2"');
  });

  it("lets a step of a new job wait for a debugger", async () => {
    const submit = (debug: { step: string; port: number }) =>
      client.job.create({ params, body: { definition: three(), debug } });
    const { id } = await submit({ step: "prepare", port: 6000 });
    const claim = await worker.claim();
    expect(claim.payload).toMatchObject({ debug: { port: 6000 } });
    expect(claim.timeoutSeconds).toBe(longestSeconds);
    await client.job.cancel({ ...at(id), body: {} });
    await worker.fail(claim, "cancelled");
    await jobs.ended(id);
    await expect(submit({ step: "no", port: 6000 })).rejects.toMatchObject({
      hint: "The job has the steps prepare, train, report.",
    });
  });

  it("runs a step of an item with a debugger, which has all the time it takes", async () => {
    const { id } = await jobs.submit(definition({ each: { ...regions, items: ["north"] } }, { timeoutSeconds: 600 }));
    for (const name of ["fit", "check"]) await complete(name);
    await jobs.ended(id);
    const { items } = await client.job.children({ params: { ...at(id).params, step: "each" }, query: {} });
    const child = items[0]!.jobId;
    const debugged = await client.job.rerun({ ...at(child), body: { only: "fit", debug: { port: 5678 } } });
    const claim = await complete("fit");
    expect(valueIn(claim, "region")).toBe("north");
    expect(claim.timeoutSeconds).toBe(longestSeconds);
    const { definition: wanted } = await jobs.ended(debugged.id);
    expect(wanted.steps).toMatchObject({ fit: { debug: { port: 5678 }, deadlineSeconds: 90, maxRetries: 2 } });
    const hurried = await client.job.rerun({ ...at(debugged.id), body: {} });
    const next = await complete("fit");
    expect(next).toMatchObject({ timeoutSeconds: 60, payload: { debug: null } });
    await jobs.ended(hurried.id);
    await expect(client.job.rerun({ ...at(child), body: {} })).rejects.toThrow(`Job ${child} is part of job ${id}.`);
  });

  it("takes the decisions at a gate over, and asks again when it is run again", async () => {
    const body = definition({
      review: { type: "gate", message: "Go?" },
      deploy: step("deploy", { deterministic: false, outputs: out, after: ["review"] }),
    });
    const { id } = await jobs.submit(body);
    await jobs.until(id, ({ waiting }) => waiting.length === 1);
    const approve = (job: string) =>
      client.job.decide({ params: { ...params, id: job, step: "review" }, body: { verdict: "approve" } });
    await approve(id);
    await worker.fail(await worker.claim(), "no room", { retryable: false });
    await jobs.ended(id);
    const resumed = await client.job.resume({ ...at(id), body: {} });
    await complete("deploy");
    expect(await jobs.ended(resumed.id)).toMatchObject({
      state: "succeeded",
      steps: [{ state: "reused", gate: { decisions: [{ by: { name: "owner" }, verdict: "approve" }] } }, {}],
    });
    const again = await client.job.rerun({ ...at(id), body: { from: "review" } });
    await jobs.until(again.id, ({ waiting }) => waiting.length === 1);
    await approve(again.id);
    await complete("deploy");
    expect((await jobs.ended(again.id)).state).toBe("succeeded");
  });

  it("asks again at a gate that is changed, or where something else stands to be decided on", async () => {
    const work = { deterministic: false, outputs: out };
    const gate = { type: "gate" as const, message: "Go?", inputs: { o: outputOf("train") } };
    const body = (train: object, review: object) =>
      definition({
        train: step("train", { ...work, ...train }),
        review: { ...gate, ...review },
        deploy: step("deploy", { ...work, after: ["review"] }),
      });
    const { id } = await jobs.submit(body({}, {}));
    await complete("train");
    const isAsked = (job: string) => jobs.until(job, ({ waiting }) => waiting.length === 1);
    const approve = async (job: string) => {
      await isAsked(job);
      await client.job.decide({ params: { ...params, id: job, step: "review" }, body: { verdict: "approve" } });
    };
    await approve(id);
    await worker.fail(await worker.claim(), "out of luck");
    await jobs.ended(id);
    const goOn = async (train: object, review: object) =>
      client.job.resume({ ...at(id), body: { changed: { definition: body(train, review) } } });
    const same = await goOn({}, {});
    await complete("deploy");
    expect((await jobs.ended(same.id)).state).toBe("succeeded");
    const stricter = await goOn({}, { quorum: 2 });
    await isAsked(stricter.id);
    await client.job.cancel({ ...at(stricter.id), body: {} });
    await jobs.ended(stricter.id);
    const other = await goOn({ outputs: { ...out, more: out.o } }, {});
    const claim = await worker.claim();
    await worker.complete(claim, { o: { f: "another model" }, more: { f: "x" } });
    await isAsked(other.id);
    await client.job.cancel({ ...at(other.id), body: {} });
    await jobs.ended(other.id);
  });

  it("refuses what makes no sense", async () => {
    const { id } = await jobs.submit(three());
    await expect(client.job.resume({ ...at(id), body: {} })).rejects.toThrow(/has not ended/);
    await client.job.cancel({ ...at(id), body: {} });
    await jobs.ended(id);
    await expect(client.job.rerun({ ...at(id), body: { from: "trian" } })).rejects.toThrow(/no step "trian"/);
    await expect(client.job.rerun({ ...at(id), body: { from: "train", only: "train" } })).rejects.toThrow(/not both/);
    await expect(client.job.rerun({ ...at(id), body: { debug: { port: 5678 } } })).rejects.toThrow(/say which one/);
    await expect(client.job.rerun({ ...at(id), body: { only: "train" } })).rejects.toThrow(/left no output/);
    const reader = await app.as("reader");
    await expect(reader.job.resume({ ...at(id), body: {} })).rejects.toThrow(/reader may not/);
  });

  it("archives a job out of lists, and restores it", async () => {
    const { id } = await jobs.submit(definition({ a: step("a", { deterministic: false }) }, { experiment: "old" }));
    await expect(client.job.archive(at(id))).rejects.toThrow(/has not ended/);
    await worker.complete(await worker.claim());
    await jobs.ended(id);
    const list = async (archived?: "include" | "only") =>
      (await client.job.list({ params, query: { experiment: "old", archived } })).items.map((job) => job.id);
    expect((await client.job.archive(at(id))).archived).toBe(true);
    expect([await list(), await list("include"), await list("only")]).toEqual([[], [id], [id]]);
    expect((await client.job.restore(at(id))).archived).toBe(false);
    expect([await list(), await list("only")]).toEqual([[id], []]);
  });

  it("tries again as the step says, and bounds the wait and the whole", async () => {
    const wait = definition({ a: step("a", { deterministic: false, queueTimeoutSeconds: 0.3 }) });
    expect(await jobs.ended((await jobs.submit(wait)).id)).toMatchObject({
      state: "failed",
      error: "a: Nobody took it within 0.3 seconds.",
    });
    const whole = definition({ a: step("a", { deterministic: false }) }, { timeoutSeconds: 0.3 });
    expect(await jobs.ended((await jobs.submit(whole)).id)).toMatchObject({
      state: "failed",
      error: "It did not end within its 0.3 seconds.",
    });
    const patient = step("b", { deterministic: false, maxRetries: 1, retry: { delaySeconds: 1.5 } });
    const { id } = await jobs.submit(definition({ b: patient }));
    await worker.fail(await worker.claim(), "busy");
    expect(await worker.finds()).toBe(0);
    await worker.complete(await worker.claim());
    expect((await jobs.ended(id)).steps[0]!.attempt).toBe(2);
  });
});
