import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import { definition, params, step } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";

describe.each(databases)("a job that is named by its name, on %s", (database) => {
  let { app, client, jobs, worker, run } = {} as JobBench;

  beforeAll(async () => {
    ({ app, client, jobs, worker, run } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());

  const named = (name: string) => ({ params: { ...params, id: name } });
  const nightly = (command: string) =>
    definition({ one: step(command, { deterministic: false }) }, { name: "my_night" });

  it("is the newest that has it, whatever is done with it", async () => {
    const first = await run(nightly("x"));
    const { id } = await jobs.submit(nightly("y"));
    const task = await worker.claim();
    await worker.log(task, 0, ["hello"]);
    const at = named("my_night");
    const ofStep = { params: { ...at.params, step: "one" } };
    expect(await client.job.get(at)).toMatchObject({ id, steps: [{ name: "one", state: "running" }] });
    expect((await client.job.steps({ ...at, query: {} })).job.id).toBe(id);
    expect((await client.job.step(ofStep)).definition).toMatchObject({ command: "y" });
    expect((await client.job.definition(at)).steps.one).toMatchObject({ command: "y" });
    expect((await client.job.logs({ ...ofStep, query: {} })).lines.map(({ text }) => text)).toEqual(["hello"]);
    expect((await client.job.explain(ofStep)).preimage).toMatchObject({ command: "y" });
    expect((await client.job.children({ ...ofStep, query: {} })).items).toEqual([]);
    await expect(client.job.archive(at)).rejects.toThrow("has not ended");
    expect((await client.job.cancel({ ...at, body: {} })).id).toBe(id);
    await worker.fail(task, "stopped");
    expect((await jobs.ended(id)).state).toBe("cancelled");
    const resumed = await client.job.resume({ ...at, body: {} });
    expect(resumed.origin).toMatchObject({ jobId: id });
    await worker.complete(await worker.claim());
    await jobs.ended(resumed.id);
    expect((await client.job.get(named(first.id))).id, "an id goes before a name").toBe(first.id);
    expect(await client.job.delete(at)).toMatchObject({ id: resumed.id });
    expect((await client.job.get(at)).id, "one that is not deleted goes before").toBe(id);
    await expect(client.job.get(named("nobody_s"))).rejects.toMatchObject({ code: "not_found" });
  });

  it("may have the id of another job for a name, which goes before", async () => {
    const { id } = await run(definition({ one: step("a") }));
    await run(definition({ one: step("b") }, { name: id }));
    expect((await jobs.get(id)).id).toBe(id);
  });
});
