// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import type { ClaimedTask } from "../../contract/agent.ts";
import { definition, literal, logMetric, out, outputOf, params, step, valueIn } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";

/** Nothing is reused by its key: what is not run again was taken over. */
const fresh = { outputs: out, deterministic: false };

describe.each(databases)("going on with jobs of many on %s", (database) => {
  let { app, client, jobs, worker } = {} as JobBench;

  beforeAll(async () => {
    ({ app, client, jobs, worker } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());
  afterEach(async () => {
    expect(await worker.finds(), "a test left work behind").toBe(0);
  });

  const at = (id: string, step?: string) => ({ params: { ...params, id, ...(step ? { step } : {}) } as never });
  const childrenOf = async (id: string, step: string) =>
    (await client.job.children({ ...at(id, step), query: {} })).items;
  const take = async (expected: string): Promise<ClaimedTask> => {
    const claim = await worker.claim();
    expect(claim.task).toBe(expected);
    return claim;
  };
  const finish = async (expected: string, more: Record<string, string> = {}) => {
    const claim = await take(expected);
    for (const [name, value] of Object.entries(more)) expect(valueIn(claim, name)).toBe(value);
    await worker.complete(claim, { o: { f: `${claim.task} ${Object.values(more)}` } });
  };
  const breakDown = async (expected: string) => worker.fail(await take(expected), "out of luck", { retryable: false });

  const region = { type: "string" as const, binding: { from: "input" as const, input: "region" } };
  const loop = (more: object = {}) => ({
    ...{ type: "foreach" as const, item: "region", items: ["north", "south", "west"], outputs: out, maxConcurrent: 1 },
    body: {
      inputs: { region: { type: "string" as const, binding: null } },
      outputs: { o: { step: "fit", output: "o" } },
      steps: {
        load: step("load", { ...fresh, inputs: { region } }),
        fit: step("fit", { ...fresh, inputs: { region, data: outputOf("load") } }),
      },
    },
    ...more,
  });

  it("runs of a loop the items that failed or were not begun, and of those what had not ended well", async () => {
    const { id } = await jobs.submit(definition({ each: loop() }));
    await finish("load", { region: "north" });
    await finish("fit", { region: "north" });
    await finish("load", { region: "south" });
    await breakDown("fit");
    expect((await jobs.ended(id)).error).toMatch(/1 of 3 items failed; 0 may/);

    const second = await client.job.resume({ ...at(id), body: {} });
    await breakDown("fit");
    await jobs.ended(second.id);

    const third = await client.job.resume({ ...at(second.id), body: {} });
    await finish("fit", { region: "south" });
    await finish("load", { region: "west" });
    await finish("fit", { region: "west" });
    const job = await jobs.ended(third.id);
    expect(job).toMatchObject({
      state: "succeeded",
      steps: [{ children: { total: 3, succeeded: 3, failed: 0 }, outputs: { o: { files: 3 } } }],
    });
    const [first] = await childrenOf(id, "each");
    const [north, south, west] = await childrenOf(third.id, "each");
    expect(north).toMatchObject({ jobId: first!.jobId, note: `taken over from job ${id}`, given: "north" });
    expect(west).toMatchObject({ note: null, given: "west" });
    const [before] = (await childrenOf(second.id, "each")).slice(1);
    expect(await jobs.get(south!.jobId)).toMatchObject({
      origin: { jobId: before!.jobId, relation: "resume" },
      steps: [
        { name: "load", reuse: { status: "recovered" } },
        { name: "fit", state: "succeeded" },
      ],
    });
    expect((await jobs.get(id)).state).toBe("failed");
  });

  it("takes no items over from a loop that is defined in another way, also after another resume", async () => {
    const { id } = await jobs.submit(definition({ each: loop({ items: ["north", "south"] }) }));
    await finish("load", { region: "north" });
    await finish("fit", { region: "north" });
    await breakDown("load");
    await jobs.ended(id);
    const second = await client.job.resume({ ...at(id), body: {} });
    await breakDown("load");
    await jobs.ended(second.id);
    const changed = definition({ each: loop({ items: ["north", "south"] }) });
    const { steps } = (changed.steps!.each as ReturnType<typeof loop>).body;
    steps.fit = { ...steps.fit, command: "fit --mended" };
    const third = await client.job.resume({ ...at(second.id), body: { changed: { definition: changed } } });
    for (const region of ["north", "south"]) {
      await finish("load", { region });
      await finish("fit", { region });
    }
    expect((await jobs.ended(third.id)).state).toBe("succeeded");
  });

  it("makes an item again whose result is damaged", async () => {
    const { id } = await jobs.submit(definition({ each: loop({ items: ["east", "south"] }) }));
    await finish("load", { region: "east" });
    await finish("fit", { region: "east" });
    await breakDown("load");
    await jobs.ended(id);
    const [east] = await childrenOf(id, "each");
    const { digest } = (await jobs.get(east!.jobId)).steps.find(({ name }) => name === "fit")!.outputs.o!;
    const [file] = (await client.blob.getTree({ params: { ...params, digest } })).files;
    await app.ctx.blobs.remove(file!.digest, Number.MAX_SAFE_INTEGER);
    const { id: again } = await client.job.resume({ ...at(id), body: {} });
    for (const region of ["east", "south"]) {
      await finish("load", { region });
      await finish("fit", { region });
    }
    expect((await jobs.ended(again)).state).toBe("succeeded");
  });

  it("runs of a sweep the trials that failed, were stopped or not begun, with the values that they had", async () => {
    const tune = {
      ...{ type: "sweep" as const, outputs: out, limits: { maxTotalTrials: 4, maxConcurrentTrials: 1 } },
      trial: step("train ${{search_space.lr}}", fresh),
      searchSpace: { lr: { type: "uniform" as const, min: 0, max: 1 } },
      objective: { goal: "minimize" as const, primaryMetric: "loss" },
    };
    const trial = async (loss: number) => {
      const task = await take("main");
      await logMetric(app, task, "loss", loss);
      await worker.complete(task, { o: { model: String(loss) } });
      return Number(valueIn(task, "lr"));
    };
    const { id } = await jobs.submit(definition({ tune }));
    await trial(0.1);
    await breakDown("main");
    const running = await take("main");
    await client.job.cancel({ ...at(id), body: {} });
    await worker.fail(running, "ended by SIGTERM");
    await jobs.ended(id);
    const before = await childrenOf(id, "tune");
    expect(before.map(({ state }) => state)).toEqual([
      "succeeded",
      "failed",
      expect.stringMatching(/running|cancelled|failed/),
    ]);

    const { id: again } = await client.job.resume({ ...at(id), body: {} });
    const values = [await trial(0.4), await trial(0.3), await trial(0.2)];
    expect(await jobs.ended(again)).toMatchObject({ state: "succeeded", steps: [{ children: { succeeded: 4 } }] });
    const after = await childrenOf(again, "tune");
    expect(after.map(({ given }) => given).slice(0, 3)).toEqual(before.map(({ given }) => given));
    expect(values).toEqual(after.slice(1).map(({ given }) => (given as { lr: number }).lr));
    expect(after[0]).toMatchObject({ jobId: before[0]!.jobId, metric: 0.1, note: `taken over from job ${id}` });
    expect((await client.job.sweep(at(again, "tune"))).best).toMatchObject({ number: 0, metric: 0.1 });
  });

  it("runs all of a loop again when it is run again from it", async () => {
    const { id } = await jobs.submit(
      definition({ each: loop({ items: ["north"] }), after: step("report", { ...fresh, after: ["each"] }) }),
    );
    for (const name of ["load", "fit", "after"]) await finish(name);
    await jobs.ended(id);
    const { id: report } = await client.job.rerun({ ...at(id), body: { from: "after" } });
    await finish("after");
    expect((await jobs.ended(report)).steps[0]).toMatchObject({ state: "reused", reuse: { status: "recovered" } });
    const { id: all } = await client.job.rerun({ ...at(id), body: { from: "each" } });
    for (const name of ["load", "fit", "after"]) await finish(name);
    expect((await jobs.ended(all)).state).toBe("succeeded");
  });

  it("runs mini-batches again all together, or takes all of them over", async () => {
    const batches = (name: string, more: object = {}) =>
      step(name, {
        ...{ ...fresh, inputs: { data: { ...outputOf("prepare") } } },
        parallel: { input: "data", entryScript: "score.py" },
        ...more,
      });
    const body = { prepare: step("prepare", fresh), one: batches("one"), two: batches("two", { after: ["one"] }) };
    const { id } = await jobs.submit(definition(body));
    for (const name of ["prepare", "one"]) await finish(name);
    await breakDown("two");
    await jobs.ended(id);
    const { id: again } = await client.job.resume({ ...at(id), body: {} });
    await finish("two");
    expect((await jobs.ended(again)).steps.map(({ state }) => state)).toEqual(["reused", "reused", "succeeded"]);
  });

  it("asks again at a gate that was rejected, and decides conditions anew", async () => {
    const when = {
      left: { from: "step" as const, step: "prepare", output: "share" },
      operator: ">=" as const,
      right: 0.5,
    };
    const { id } = await jobs.submit(
      definition({
        prepare: step("prepare", { deterministic: false, outputs: { share: { type: "number" } } }),
        seldom: step("seldom", { ...fresh, when }),
        review: { type: "gate", inputs: { share: { type: "number", binding: when.left } } },
        deploy: step("deploy", { ...fresh, after: ["review"], inputs: { n: literal("1") } }),
      }),
    );
    await worker.complete(await take("prepare"), { share: { share: "0.2" } });
    const waits = (job: string) => jobs.until(job, ({ waiting }) => waiting.length === 1);
    const decide = (job: string, verdict: "approve" | "reject") =>
      client.job.decide({ ...at(job, "review"), body: { verdict } });
    await waits(id);
    await decide(id, "reject");
    await jobs.ended(id);
    const { id: again } = await client.job.resume({ ...at(id), body: {} });
    await waits(again);
    await decide(again, "approve");
    await finish("deploy");
    expect((await jobs.ended(again)).steps).toMatchObject([
      { state: "reused", reuse: { status: "recovered" } },
      { state: "skipped", error: expect.stringMatching(/does not hold/) },
      { state: "succeeded", gate: { decisions: [{ verdict: "approve" }] } },
      { state: "succeeded" },
    ]);
  });
});
