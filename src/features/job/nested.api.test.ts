// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import type { ClaimedTask } from "../../contract/agent.ts";
import { leaseOf } from "../agent/worker.fixture.ts";
import { definition, logMetric, out, outputOf, params, step, valueIn } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";

describe.each(databases)("loops in loops on %s", (database) => {
  let { app, client, jobs, worker } = {} as JobBench;

  beforeAll(async () => {
    ({ app, client, jobs, worker } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());
  afterEach(async () => {
    expect(await worker.finds(), "a test left work behind").toBe(0);
  });

  const open = { type: "string" as const, binding: null };
  const from = (input: string) => ({ type: "string" as const, binding: { from: "input" as const, input } });
  let made = 0;

  /** For each region each year is fitted; one at a time, so that they come in order. */
  const regions = (fit: Parameters<typeof step>[1] = {}) => {
    const years = {
      ...{ type: "foreach" as const, items: ["2023", "2024"], item: "year", maxConcurrent: 1 },
      ...{ inputs: { region: from("region") }, outputs: out },
      body: {
        inputs: { region: open, year: open },
        outputs: { o: { step: "fit", output: "o" } },
        steps: {
          fit: step(`fit ${made} \${{inputs.region}} \${{inputs.year}}`, {
            ...{ outputs: out, inputs: { region: from("region"), year: from("year") } },
            ...fit,
          }),
        },
      },
    };
    return {
      ...{ type: "foreach" as const, items: ["north", "south"], item: "region", maxConcurrent: 1, outputs: out },
      body: { inputs: { region: open }, outputs: { o: { step: "years", output: "o" } }, steps: { years } },
    };
  };
  const whichOf = (task: ClaimedTask): string => `${valueIn(task, "region")} ${valueIn(task, "year")}`;
  const complete = async (): Promise<string> => {
    const task = await worker.claim();
    await worker.complete(task, { o: { "m.txt": whichOf(task) } });
    return whichOf(task);
  };
  const completeAll = async (count: number) => {
    const done: string[] = [];
    for (let at = 0; at < count; at++) done.push(await complete());
    return done;
  };
  const childrenOf = async (id: string, name: string) =>
    (await client.job.children({ params: { ...params, id, step: name }, query: {} })).items;
  const all = ["north 2023", "north 2024", "south 2023", "south 2024"];

  it("run every item of every item, and give what they made in folders of folders", async () => {
    made++;
    const { id } = await jobs.submit(definition({ each: regions() }));
    expect(await completeAll(4)).toEqual(all);
    const job = await jobs.ended(id);
    expect(job.steps).toMatchObject([{ name: "each", state: "succeeded", children: { total: 2, succeeded: 2 } }]);
    const { files } = await client.blob.getTree({ params: { ...params, digest: job.steps[0]!.outputs.o!.digest } });
    expect(files.map(({ path }) => path)).toEqual(["0/0/m.txt", "0/1/m.txt", "1/0/m.txt", "1/1/m.txt"]);
    const [north] = await childrenOf(id, "each");
    const inner = await jobs.get(north!.jobId);
    expect(inner).toMatchObject({
      parent: { jobId: id, step: "each" },
      steps: [{ name: "years", kind: "foreach", children: { total: 2, succeeded: 2 } }],
    });
    const [first] = await childrenOf(inner.id, "years");
    expect(await jobs.get(first!.jobId)).toMatchObject({ parent: { jobId: inner.id, step: "years" } });
    const runOf = async (runId: string | null) => (await client.run.get({ params: { ...params, id: runId! } })).tags;
    expect(await runOf(inner.steps[0]!.runId)).toMatchObject({ "mlflow.parentRunId": north!.runId });
    expect(await runOf(north!.runId)).toMatchObject({ "mlflow.parentRunId": job.steps[0]!.runId });
    const listed = await client.job.list({ params, query: {} });
    expect(listed.items.filter(({ parent }) => parent !== null)).toEqual([]);
  });

  it("reuse what there is, and explain it", async () => {
    const before = await jobs.submit(definition({ each: regions() }));
    const again = await jobs.ended(before.id);
    expect(again.state).toBe("succeeded");
    const [north] = await childrenOf(again.id, "each");
    const [first] = await childrenOf(north!.jobId, "years");
    const why = await client.job.explain({ params: { ...params, id: first!.jobId, step: "fit" } });
    expect(why).toMatchObject({ reuse: { status: "hit" } });
  });

  it("end all that runs when the job is cancelled", async () => {
    made++;
    const { id } = await jobs.submit(definition({ each: regions() }));
    const task = await worker.claim();
    const [north] = await jobs.until(id, (job) => job.steps[0]!.children !== null).then(() => childrenOf(id, "each"));
    const [first] = await childrenOf(north!.jobId, "years");
    await client.job.cancel({ params: { ...params, id }, body: {} });
    const agent = await app.as("agent");
    const beat = () => agent.agent.heartbeat({ body: { agent: "worker", leases: [leaseOf(task)] } });
    await expect.poll(async () => (await beat()).cancel, { timeout: 10_000 }).toHaveLength(1);
    await worker.fail(task, "stopped");
    for (const one of [first!.jobId, north!.jobId, id]) expect((await jobs.ended(one)).state).toBe("cancelled");
  });

  it("say which item of which item failed, and go on with that one alone", async () => {
    made++;
    const { id } = await jobs.submit(definition({ each: regions({ maxRetries: 0 }) }));
    await completeAll(3);
    await worker.fail(await worker.claim(), "out of memory", { retryable: false });
    expect((await jobs.ended(id)).error).toMatch(
      /each: 1 of 2 items failed; 0 may\. Item 1 \(south\): years: 1 of 2 items failed; 0 may\. Item 1 \(2024\): .*out of memory/,
    );
    const resumed = await client.job.resume({ params: { ...params, id }, body: {} });
    expect(await complete()).toBe("south 2024");
    const job = await jobs.ended(resumed.id);
    expect(job.state).toBe("succeeded");
    const { files } = await client.blob.getTree({ params: { ...params, digest: job.steps[0]!.outputs.o!.digest } });
    expect(files).toHaveLength(4);
  });

  it("run one item again with all that it repeats, and register nothing of it", async () => {
    made++;
    const named = { o: { type: "uri_folder" as const, register: { name: `models-${database}` } } };
    const { id } = await jobs.submit(definition({ each: { ...regions({ outputs: named }), outputs: named } }));
    await completeAll(4);
    expect((await jobs.ended(id)).registered).toHaveLength(1);
    const again = await client.job.rerun({ params: { ...params, id }, body: { only: "each", item: 1 } });
    expect(await completeAll(2)).toEqual(all.slice(2));
    expect(await jobs.ended(again.id)).toMatchObject({ state: "succeeded", registered: [] });
    const [, south] = await childrenOf(id, "each");
    const inner = await client.job.rerun({ params: { ...params, id: south!.jobId }, body: { only: "years", item: 0 } });
    expect(await complete()).toBe("south 2023");
    expect(await jobs.ended(inner.id)).toMatchObject({ state: "succeeded", registered: [] });
  });

  it("repeat a sweep, and give what the best trial of each item made", async () => {
    const tune = {
      ...{ type: "sweep" as const, outputs: out, inputs: { region: from("region") } },
      trial: step("tune ${{search_space.lr}} ${{inputs.region}}", { outputs: out, deterministic: false }),
      searchSpace: { lr: { type: "choice" as const, values: [1, 2] } },
      ...{ objective: { goal: "minimize" as const, primaryMetric: "loss" }, sampling: { type: "grid" as const } },
    };
    const { id } = await jobs.submit(
      definition({
        each: {
          ...{ type: "foreach", items: ["north", "south"], item: "region", outputs: out },
          body: { inputs: { region: open }, outputs: { o: { step: "tune", output: "o" } }, steps: { tune } },
        },
        use: step("use", { inputs: { models: outputOf("each") }, deterministic: false }),
      }),
    );
    for (let at = 0; at < 4; at++) {
      const task = await worker.claim();
      const [lr, region] = [valueIn(task, "lr"), valueIn(task, "region")];
      await logMetric(app, task, "loss", region === "north" ? Number(lr) : -Number(lr));
      await worker.complete(task, { o: { [`${region}-${lr}`]: "" } });
    }
    const use = await worker.claim();
    await worker.complete(use);
    const { steps } = await jobs.ended(id);
    const { files } = await client.blob.getTree({ params: { ...params, digest: steps[0]!.outputs.o!.digest } });
    expect(files.map(({ path }) => path)).toEqual(["0/north-1", "1/south-2"]);
  });

  it("go three deep, and ask nobody", async () => {
    const nest = (depth: number): object => ({
      ...{ type: "foreach", items: [1], item: "i" },
      body: {
        inputs: { i: { type: "integer", binding: null } },
        steps: { inner: depth === 1 ? step("true") : nest(depth - 1) },
      },
    });
    const wanted = (each: object) => definition({ each: each as never });
    const check = (each: object) => client.job.validate({ params, body: { definition: wanted(each) } });
    expect(await check(nest(3))).toMatchObject({ valid: true });
    expect((await check(nest(4))).issues).toMatchObject([
      { at: expect.stringContaining("each.body.steps.inner"), message: "loops in loops go 3 deep at most" },
    ]);
    const gate = { ...nest(1), body: { inputs: {}, steps: { inner: { type: "gate" } } } };
    await expect(jobs.submit(wanted(gate))).rejects.toThrow(/each\.body\.steps\.inner/);
  });
});
