// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import { createJobWatch } from "../../contract/job-watch.ts";
import { definition, params, step } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";

describe.each(databases)("jobs in parts on %s", (database) => {
  let { app, client, jobs, worker } = {} as JobBench;

  beforeAll(async () => {
    ({ app, client, jobs, worker } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());

  const each = (items: number) => ({
    ...{
      type: "foreach" as const,
      item: "i",
      items: Array.from({ length: items }, (_, item) => item),
      after: ["hold"],
    },
    body: {
      inputs: { i: { type: "integer" as const, binding: null } },
      steps: {
        one: step("echo ${{inputs.i}}", {
          inputs: { i: { type: "integer" as const, binding: { from: "input" as const, input: "i" } } },
        }),
      },
    },
  });

  it("says that a step is not there when it is not, and nothing of the kind when the database fails", async () => {
    const { id } = await jobs.submit(definition({ only: step("echo", { deterministic: false }) }));
    await worker.complete(await worker.claim());
    await jobs.ended(id);
    const look = (name: string) =>
      Promise.allSettled([
        client.job.logs({ params: { ...params, id, step: name }, query: {} }),
        client.job.explain({ params: { ...params, id, step: name } }),
      ]).then((answers) => answers.map((answer) => answer.status === "rejected" && answer.reason.code));
    expect(await look("other")).toEqual(["not_found", "not_found"]);
    await app.ctx.db.schema.alterTable("task").renameTo("task_away").execute();
    const answers = await look("only");
    await app.ctx.db.schema.alterTable("task_away").renameTo("task").execute();
    expect(answers).toEqual(["internal", "internal"]);
  });

  it("shows a large job in parts, and only what changed to who watches it", async () => {
    const held = Array.from({ length: 1200 }, (_, index) => [`s${index}`, step(`run ${index}`, { after: ["hold"] })]);
    const submitted = definition({
      each: each(250),
      hold: { type: "gate" },
      now: step("first", { deterministic: false }),
      ...Object.fromEntries(held),
    });
    const { id } = await jobs.submit(submitted);
    const at = { ...params, id };
    const watch = createJobWatch(client, at);
    expect((await watch.look()).steps.map(({ name }) => name)).toEqual(Object.keys(submitted.steps));

    const detail = await jobs.get(id);
    expect(detail.omitted).toEqual({ steps: 203, items: 150 });
    expect(detail.steps).toHaveLength(1000);
    expect(Object.keys(detail.definition.steps)).toEqual(detail.steps.map(({ name }) => name));
    expect(detail.definition.steps.each).toMatchObject({ items: Array.from({ length: 100 }, (_, item) => item) });
    const whole = await client.job.definition({ params: at });
    expect(Object.keys(whole.steps)).toHaveLength(1203);
    expect(whole.steps.each).toMatchObject({ items: expect.objectContaining({ length: 250 }) });
    const last = await client.job.step({ params: { ...at, step: "s1199" } });
    expect(last).toMatchObject({ step: { name: "s1199", state: "pending" }, definition: { command: "run 1199" } });
    await expect(client.job.step({ params: { ...at, step: "no" } })).rejects.toMatchObject({ code: "not_found" });

    const task = await worker.claim();
    await watch.look();
    await worker.complete(task);
    const seen = await watch.look();
    expect(seen.changed.map(({ name, state }) => [name, state])).toEqual([
      ["hold", "waiting"],
      ["now", "succeeded"],
    ]);
    expect(seen.steps).toHaveLength(1203);
    expect(seen.job).toMatchObject({ state: "running", waiting: [{ step: "hold" }] });
    const { counts } = await client.job.steps({ params: at, query: { limit: 1 } });
    expect(counts).toEqual({ pending: 1201, waiting: 1, succeeded: 1 });
  });
});
