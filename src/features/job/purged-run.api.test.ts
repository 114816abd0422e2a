// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import type { ClaimedTask } from "../../contract/agent.ts";
import { deleteExperiment } from "../run/index.ts";
import { definition, logMetric, out, params, step } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";

describe.each(databases)("jobs whose runs are gone on %s", (database) => {
  let { app, client, jobs, worker } = {} as JobBench;
  beforeAll(async () => {
    ({ app, client, jobs, worker } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());

  const purge = () => client.gc.collect({ params, body: { olderThanDays: 0 } });
  const hide = async (experiment: string) => {
    const { items } = await client.run.listExperiments({ params });
    await deleteExperiment(app.ctx, params.workspace, items.find(({ name }) => name === experiment)!.id);
  };
  const sweep = (limits: object) => ({
    ...{ type: "sweep" as const, outputs: out, limits },
    trial: step("train ${{search_space.lr}}", { outputs: out, deterministic: false }),
    searchSpace: { lr: { type: "choice" as const, values: [0.1] } },
    objective: { goal: "minimize" as const, primaryMetric: "loss" },
    sampling: { type: "grid" as const },
  });
  /** The only trial of a sweep, running and with a report. */
  const startSweep = async (experiment: string): Promise<{ id: string; trial: ClaimedTask }> => {
    const { id } = await jobs.submit(definition({ tune: sweep({ maxConcurrentTrials: 1 }) }, { experiment }));
    const trial = await worker.claim();
    await logMetric(app, trial, "loss", 0.5);
    return { id, trial };
  };

  it("keeps deleted runs for as long as their job runs", async () => {
    const { id, trial } = await startSweep("hidden");
    await hide("hidden");
    expect(await purge()).toMatchObject({ runs: 0, kept: 3 });
    await worker.complete(trial, { o: { f: "model" } });
    expect(await jobs.ended(id)).toMatchObject({ state: "succeeded" });
    expect(await purge()).toMatchObject({ runs: 3, kept: 0 });
  });

  it("ends a job whose runs are not there any more", async () => {
    const { id, trial } = await startSweep("lost");
    await app.ctx.db.deleteFrom("run").execute();
    await worker.complete(trial, { o: { f: "model" } });
    expect((await jobs.ended(id)).error).toMatch(/No trial logged the metric "loss"/);
  });
});
