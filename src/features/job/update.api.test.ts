import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import type { StepPayload } from "../../contract/agent.ts";
import { definition, literal, out, params, step } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";
import { jobTagSchema } from "./tag.ts";

describe.each(databases)("what is said of a job, on %s", (database) => {
  let { app, client, jobs, worker, run } = {} as JobBench;

  beforeAll(async () => {
    ({ app, client, jobs, worker, run } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());

  const at = (id: string) => ({ params: { ...params, id } });
  /** Names of the runs that MLflow finds by a tag. */
  const found = async (filter: string, runId: string): Promise<string[]> => {
    const { experimentId } = await client.run.get({ params: { ...params, id: runId } });
    const response = await app.fetch("http://localhost/api/2.0/mlflow/runs/search", {
      method: "POST",
      headers: { authorization: `Bearer ${await app.tokenOf("owner")}`, "content-type": "application/json" },
      body: JSON.stringify({ experiment_ids: [experimentId], filter }),
    });
    const { runs = [] } = (await response.json()) as { runs?: { info: { run_name: string } }[] };
    return runs.map(({ info }) => info.run_name).sort();
  };
  const listed = async (...tag: string[]) =>
    (await client.job.list({ params, query: { tag } })).items.map(({ displayName }) => displayName).sort();

  it("is on the runs of its steps and trials, and finds it", async () => {
    const trial = step("train", { outputs: out, deterministic: false });
    const tune = {
      ...{ type: "sweep" as const, trial, outputs: out, sampling: { type: "grid" as const } },
      searchSpace: { lr: { type: "choice" as const, values: [0.1] } },
      objective: { goal: "minimize" as const, primaryMetric: "loss" },
      limits: { maxConcurrentTrials: 1 },
    };
    const tags = { team: "fraud", stage: "trial" };
    const { id } = await jobs.submit(definition({ tune }, { displayName: "tagged", description: "why", tags }));
    const task = await worker.claim();
    const main = (task.payload as StepPayload).runId;
    expect((await client.run.get({ params: { ...params, id: main } })).tags).toMatchObject(tags);
    await worker.fail(task, "enough", { retryable: false });
    expect(await jobs.ended(id)).toMatchObject({ description: "why", tags });
    expect(await found("tags.team = 'fraud'", main)).toEqual(["tagged", "tagged", "tagged/tune/0"]);
    expect(await listed("team=fraud", "stage")).toEqual(["tagged"]);
    expect(await listed("team=fraud", "stage=live")).toEqual([]);
    expect(await listed("team=frau")).toEqual([]);
  });

  it("can be changed, on its run too, and stays with what goes on with it", async () => {
    const first = await run(definition({ one: step("x") }, { displayName: "before", tags: { a: "1", b: "2" } }));
    const change = { displayName: "after", description: "said later", tags: { a: null, b: "3", c: "=,x" } };
    const said = { displayName: "after", description: "said later", tags: { b: "3", c: "=,x" } };
    expect(await client.job.update({ ...at(first.id), body: change })).toMatchObject(said);
    expect(await jobs.get(first.id)).toMatchObject({ ...said, definition: { displayName: "before" } });
    expect(await listed("c==,x")).toEqual(["after"]);
    expect(await listed("a")).toEqual([]);
    const own = await client.run.get({ params: { ...params, id: first.runId! } });
    expect(own).toMatchObject({ name: "after", tags: { b: "3", c: "=,x" } });
    expect(own.tags).not.toHaveProperty("a");
    const again = await client.job.rerun({ ...at(first.id), body: { reuse: true } });
    expect(await jobs.ended(again.id)).toMatchObject(said);
  });

  it("is on the trials and items that start later", async () => {
    const each = {
      ...{ type: "foreach" as const, item: "i", items: [1, 2], maxConcurrent: 1 },
      body: {
        inputs: { i: { type: "integer" as const, binding: null } },
        steps: { fit: step("fit", { deterministic: false }) },
      },
    };
    const { id } = await jobs.submit(definition({ each }, { displayName: "old", tags: { a: "1" } }));
    const first = await worker.claim();
    await client.job.update({ ...at(id), body: { displayName: "new", tags: { a: null, b: "2" } } });
    await worker.complete(first);
    const second = await worker.claim();
    const run = await client.run.get({ params: { ...params, id: (second.payload as StepPayload).runId } });
    expect(run).toMatchObject({ name: "new/each/1/fit", tags: { b: "2" } });
    expect(run.tags).not.toHaveProperty("a");
    const { items } = await client.job.children({ params: { ...params, id, step: "each" }, query: {} });
    expect(await jobs.get(items[1]!.jobId)).toMatchObject({ displayName: "new/each/1", tags: { b: "2" } });
    await worker.complete(second);
    await jobs.ended(id);
  });

  it("of a command is that of its run", async () => {
    const command = definition({ main: step("x", { deterministic: false }) }, { type: "command", displayName: "c" });
    const { id } = await jobs.submit(command);
    const task = await worker.claim();
    await client.job.update({ ...at(id), body: { displayName: "d", tags: { k: "v" } } });
    const { runId } = task.payload as StepPayload;
    expect(await client.run.get({ params: { ...params, id: runId } })).toMatchObject({ name: "d", tags: { k: "v" } });
    await worker.complete(task);
    await jobs.ended(id);
  });

  it("is not taken over with the result of a step", async () => {
    const one = (tags: Record<string, string>) =>
      definition({ one: step("shared", { inputs: { a: literal("1") } }) }, { tags });
    const first = await run(one({ owner: "ada", both: "old" }));
    const second = await jobs.ended((await jobs.submit(one({ both: "new" }))).id);
    expect(second.steps[0]).toMatchObject({ state: "reused" });
    const { tags } = await client.run.get({ params: { ...params, id: second.steps[0]!.runId! } });
    expect(tags).toMatchObject({ both: "new", "trainyard.reusedRun": first.steps[0]!.runId });
    expect(tags).not.toHaveProperty("owner");
  });

  it("is read out of the definitions of earlier jobs", async () => {
    const { id } = await run(
      definition({ one: step("old") }, { displayName: "old", description: "d", tags: { x: "y" } }),
    );
    await app.ctx.db.schema.dropTable("job_tag").execute();
    for (const column of ["tags", "description"]) {
      await app.ctx.db.schema.alterTable("job").dropColumn(column).execute();
    }
    await jobTagSchema.up(app.ctx.db as never);
    expect(await jobs.get(id)).toMatchObject({ description: "d", tags: { x: "y" } });
    expect(await listed("x=y")).toEqual(["old"]);
  });
});
