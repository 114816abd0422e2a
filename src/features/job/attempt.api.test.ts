// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import type { ClaimedTask, StepPayload } from "../../contract/agent.ts";
import { reportsOf } from "./fan-out/reports.ts";
import { findChild } from "./fan-out/store.ts";
import { definition, logMetric, out, params, step } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";

const runOf = (task: ClaimedTask): string => (task.payload as StepPayload).runId;

describe.each(databases)("attempts at a step, on %s", (database) => {
  let { app, client, jobs, worker } = {} as JobBench;

  beforeAll(async () => {
    ({ app, client, jobs, worker } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());

  /** Calls the tracking API as the script of a step does. */
  const track = async ({ token }: { token: string }, path: string, body: object) => {
    const response = await app.fetch(`http://localhost/w/default/api/2.0/mlflow/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, said: (await response.json()) as { run?: { info: { run_id: string } } } };
  };
  const ownersToken = async () => ({ token: await app.tokenOf("owner") });
  const logParam = async (task: ClaimedTask, value: string) =>
    (await track(task, "runs/log-parameter", { run_id: runOf(task), key: "output", value })).status;
  const finish = async (task: ClaimedTask, run = runOf(task)) =>
    (await track(task, "runs/update", { run_id: run, status: "FINISHED" })).status;
  const startInside = async (task: ClaimedTask, run_name: string): Promise<string> => {
    const { experimentId: experiment_id } = await get(runOf(task));
    const tags = [{ key: "mlflow.parentRunId", value: runOf(task) }];
    const { said } = await track(task, "runs/create", { experiment_id, run_name, start_time: 1, tags });
    return said.run!.info.run_id;
  };
  const get = (id: string) => client.run.get({ params: { ...params, id } });
  const lose = async ({ execution, task }: ClaimedTask) => {
    const lost = app.ctx.db.updateTable("task").set({ lease_expires_at: 1 });
    await lost.where("execution_id", "=", execution).where("name", "=", task).execute();
  };

  it("have a run each: what one logged does not stop the next one", async () => {
    const one = definition({ train: step("train --to ${{outputs.o}}", { outputs: out, maxRetries: 2 }) });
    const { id } = await jobs.submit(one);
    const first = await worker.claim();
    expect(await logParam(first, "work/1/o")).toBe(200);
    await logMetric(app, first, "loss", 0.1);
    // `with mlflow.start_run():` has ended when the script fails.
    expect(await finish(first)).toBe(200);
    await worker.fail(first, "KeyError: colour");
    expect(await get(runOf(first))).toMatchObject({
      state: "FAILED",
      tags: {
        ...{ "trainyard.attempt": "1", "trainyard.attempt.fault": "user" },
        "trainyard.attempt.error": "KeyError: colour",
      },
    });

    const second = await worker.claim();
    expect(second).toMatchObject({ task: "train", attempt: 2 });
    expect(runOf(second)).not.toBe(runOf(first));
    expect(await logParam(second, "work/2/o")).toBe(200);
    await logMetric(app, second, "loss", 0.2);
    expect((await jobs.get(id)).steps[0]).toMatchObject({ state: "running", runId: runOf(second) });
    await worker.complete(second, { o: { model: "m" } });

    const job = await jobs.ended(id);
    expect(job.steps[0]).toMatchObject({
      ...{ state: "succeeded", attempt: 2, runId: runOf(second) },
      earlierAttempts: [{ attempt: 1, runId: runOf(first), fault: "user", error: "KeyError: colour" }],
    });
    expect(await get(runOf(second))).toMatchObject({
      ...{ state: "FINISHED", jobId: id, parentRunId: job.runId, name: (await get(runOf(first))).name },
      ...{ params: { output: "work/2/o" }, metrics: { loss: 0.2 } },
      tags: { "trainyard.attempt": "2", "trainyard.attempt.earlierRun": runOf(first) },
    });
    expect((await get(runOf(first))).metrics).toEqual({ loss: 0.1 });

    const again = await jobs.ended((await jobs.submit(one)).id);
    const reused = await get(again.steps[0]!.runId!);
    expect(reused.tags).toMatchObject({ "trainyard.reusedRun": runOf(second) });
    expect(Object.keys(reused.tags).filter((key) => key.startsWith("trainyard.attempt"))).toEqual([]);
  });

  it("that are lost count as killed, whatever they say of themselves until their token ends", async () => {
    const { id } = await jobs.submit(definition({ train: step("train", { deterministic: false }) }));
    const first = await worker.claim();
    const fold = await startInside(first, "fold 1");
    const left = await startInside(first, "fold 2");
    expect(await finish(first, fold)).toBe(200);
    await lose(first);
    await expect.poll(async () => (await get(runOf(first))).state).toBe("KILLED");
    expect((await get(left)).state, "what it left running").toBe("KILLED");
    expect((await get(fold)).state, "what it had finished").toBe("FINISHED");
    // Cut off from the server, it goes on; a server remembers its token for a moment.
    await finish(first);
    const second = await worker.claim();
    expect((await get(runOf(first))).state).toBe("KILLED");
    await expect.poll(() => logParam(first, "late"), { timeout: 5000 }).toBe(401);
    await lose(second);
    const third = await worker.claim();
    await worker.complete(third);
    const ended = (await jobs.ended(id)).steps[0]!;
    expect(ended.runId).toBe(runOf(third));
    expect(ended.earlierAttempts).toMatchObject([
      { attempt: 1, runId: runOf(first), fault: "system" },
      { attempt: 2, runId: runOf(second), fault: "system" },
    ]);
    expect(new Set([first, second, third].map(runOf)).size).toBe(3);
  });

  it("end as failed with the last of them, although the script had ended its run well", async () => {
    const { id } = await jobs.submit(definition({ train: step("train", { deterministic: false }) }));
    const only = await worker.claim();
    await finish(only);
    await worker.fail(only, "output o is not there");
    expect((await jobs.ended(id)).steps[0]).toMatchObject({ state: "failed", earlierAttempts: [] });
    expect(await get(runOf(only))).toMatchObject({ state: "FAILED" });
  });

  it("hold up no other task when their experiment was deleted meanwhile", async () => {
    const gone = definition({ train: step("train", { deterministic: false, maxRetries: 1 }) }, { experiment: "gone" });
    const { id } = await jobs.submit(gone);
    const first = await worker.claim();
    await worker.fail(first, "KeyError: colour");
    const { experimentId: experiment_id } = await get(runOf(first));
    expect((await track(await ownersToken(), "experiments/delete", { experiment_id })).status).toBe(200);
    const second = await worker.claim();
    expect(runOf(second), "there is no place for a new one").toBe(runOf(first));
    await worker.complete(second);
    expect((await jobs.ended(id)).steps[0]).toMatchObject({ state: "succeeded", attempt: 2 });
    expect((await get(runOf(first))).state, "what it says of the first attempt stays").toBe("FAILED");
  });

  it("of a trial count one by one: a sweep looks at the newest", async () => {
    const trial = step("train ${{search_space.lr}}", { outputs: out, deterministic: false, maxRetries: 1 });
    const { id } = await jobs.submit(
      definition({
        tune: {
          ...{ type: "sweep" as const, trial, outputs: out, sampling: { type: "grid" as const } },
          searchSpace: { lr: { type: "choice" as const, values: [0.1] } },
          limits: { maxConcurrentTrials: 1 },
          objective: { goal: "minimize" as const, primaryMetric: "loss" },
        },
      }),
    );
    const reports = async () => {
      const { items } = await client.job.children({ params: { ...params, id, step: "tune" }, query: {} });
      const child = await findChild(app.ctx.db, items[0]!.jobId);
      return reportsOf(app.ctx, "default", child!, "loss");
    };
    const first = await worker.claim();
    await logMetric(app, first, "loss", 0.01);
    expect(await reports()).toEqual([0.01]);
    await worker.fail(first, "out of memory");
    expect(await reports(), "between two attempts").toEqual([]);
    const second = await worker.claim();
    expect(await reports()).toEqual([]);
    await logMetric(app, second, "loss", 0.5);
    expect(await reports()).toEqual([0.5]);
    await worker.complete(second, { o: { model: "m" } });
    await jobs.ended(id);
    const { items } = await client.job.children({ params: { ...params, id, step: "tune" }, query: {} });
    expect(items).toMatchObject([{ runId: runOf(second), metric: 0.5, state: "succeeded" }]);
    expect((await get(runOf(second))).tags).toMatchObject({ "trainyard.sweep.lr": "0.1", "trainyard.attempt": "2" });
  });
});
