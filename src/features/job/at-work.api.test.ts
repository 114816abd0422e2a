import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import { definition, params, step } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";

describe.each(databases)("what a compute works at on %s", (database) => {
  let { app, client, jobs, worker } = {} as JobBench;

  beforeAll(async () => {
    ({ app, client, jobs, worker } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());

  const atWork = async (name: string, workspace = "default") =>
    (await client.job.atWork({ params: { workspace, name } })).items;

  it("is what runs, with its agent, and what waits, with the reason, the next first", async () => {
    await client.compute.create({ body: { name: "far", kind: "local", dedicated: true } });
    const { id } = await jobs.submit(definition({ one: step("one") }, { displayName: "First" }));
    const claim = await worker.claim();
    const urgent = definition({ two: step("two") }, { displayName: "Urgent", priority: 10 });
    const later = await jobs.submit(definition({ two: step("a"), three: step("b", { compute: "far" }) }));
    const next = await jobs.submit(urgent);
    await jobs.until(next.id, ({ steps }) => steps.every(({ state }) => state === "queued"));
    await jobs.until(later.id, ({ steps }) => steps.every(({ state }) => state === "queued"));
    const items = await atWork("local");
    expect(items).toMatchObject([
      { jobId: id, jobName: "First", step: "one", state: "running", agent: "worker", waitsFor: null },
      { jobId: next.id, jobName: "Urgent", step: "two", state: "queued", agent: null },
      { jobId: later.id, step: "two", state: "queued", resources: { cpus: 1, memoryMb: 0, gpus: 0 } },
    ]);
    const { steps } = await jobs.get(next.id);
    expect(items[1]!.waitsFor).toBe(steps[0]!.waitsFor);
    expect(await atWork("far")).toMatchObject([{ step: "three", waitsFor: "no agent serves the compute far" }]);
    await client.workspace.create({ body: { name: "other" } });
    expect(await atWork("local", "other")).toEqual([]);
    await worker.complete(claim);
    for (const job of [later, next]) await client.job.cancel({ params: { ...params, id: job.id }, body: {} });
    await jobs.ended(later.id);
    expect(await atWork("local")).toEqual([]);
  });
});
