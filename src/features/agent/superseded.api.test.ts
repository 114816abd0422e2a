import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { ClaimedTask, StepPayload } from "../../contract/agent.ts";
import type { Client } from "../../contract/client.ts";
import { sleep } from "../../platform/clock.ts";
import { createJobs, definition, params, step } from "../job/job.fixture.ts";
import { log } from "./service.ts";
import { createWorker, leaseOf } from "./worker.fixture.ts";

/** An agent that slept, or was cut off, goes on with what another one has been given meanwhile. */
describe.each(databases)("an attempt that was given to somebody else, on %s", (database) => {
  let app: TestApp;
  let owner: Client;
  let agent: Client;
  beforeAll(async () => {
    app = await createTestApp({ database, loops: true });
    owner = await app.as("owner");
    agent = await app.as("agent");
  });
  afterAll(() => app.stop());

  const logMetric = async ({ token, payload }: ClaimedTask): Promise<number> => {
    const { status } = await app.fetch("http://localhost/w/default/api/2.0/mlflow/runs/log-metric", {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ run_id: (payload as StepPayload).runId, key: "loss", value: 1, timestamp: 1, step: 0 }),
    });
    return status;
  };

  it("reports nothing over its successor: no result, failure, log or metric", async () => {
    const jobs = createJobs(owner);
    const worker = createWorker(agent, owner);
    const { id } = await jobs.submit(definition({ one: step("x", { deterministic: false }) }));
    const late = await worker.claim();
    expect(await logMetric(late)).toBe(200);
    await app.ctx.db
      .updateTable("task")
      .set({ lease_expires_at: 1 })
      .where("execution_id", "=", late.execution)
      .where("state", "=", "running")
      .execute();
    const heir = await worker.claim();
    expect(heir).toMatchObject({ task: late.task, epoch: late.epoch + 1 });

    expect(await agent.agent.heartbeat({ body: { agent: "worker", leases: [leaseOf(late)] } })).toEqual({
      lost: [leaseOf(late)],
      cancel: [],
    });
    const reports = [
      () => worker.complete(late),
      () => worker.fail(late, "too late"),
      () => worker.log(late, 0, ["too late"]),
    ];
    for (const report of reports) await expect(report()).rejects.toMatchObject({ code: "stale" });
    // What a token may is remembered for a second.
    await expect.poll(() => logMetric(late), { timeout: 5000 }).toBe(401);

    expect(await logMetric(heir)).toBe(200);
    await worker.log(heir, 0, ["mine"]);
    await worker.complete(heir);
    expect(await jobs.ended(id)).toMatchObject({ state: "succeeded", steps: [{ attempt: 2 }] });
    const { lines } = await owner.job.logs({ params: { ...params, id, step: "one" }, query: {} });
    expect(lines.map(({ text }) => text)).toEqual(["mine"]);
  });

  it("says nothing more with its token once it has ended, however", async () => {
    const jobs = createJobs(owner);
    const worker = createWorker(agent, owner);
    const cancel = (id: string) => owner.job.cancel({ params: { ...params, id }, body: {} });
    const ends = [
      (_: string, task: ClaimedTask) => worker.complete(task),
      (_: string, task: ClaimedTask) => worker.fail(task, "broken"),
      (id: string, task: ClaimedTask) => cancel(id).then(() => worker.fail(task, "cancelled")),
    ];
    for (const end of ends) {
      const { id } = await jobs.submit(definition({ one: step("z", { deterministic: false }) }));
      const task = await worker.claim();
      expect(await logMetric(task)).toBe(200);
      await end(id, task);
      await expect.poll(() => logMetric(task), { timeout: 5000 }).toBe(401);
    }
  });

  it("has its last lines before its successor's, or not at all", async () => {
    const jobs = createJobs(owner);
    const worker = createWorker(agent, owner);
    const { id } = await jobs.submit(definition({ one: step("y", { deterministic: false }) }));
    const late = await worker.claim();
    const heir = Promise.withResolvers<ClaimedTask>();
    const looked = Promise.withResolvers<void>();
    const longest = sleep(1500);
    /** Between the look at the lease and the lines, somebody else gets the task, or waits for the lines. */
    const slowly = app.ctx.db.withPlugin({
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        looked.resolve();
        await Promise.race([heir.promise, longest]);
        return result;
      },
    });
    const lines = [{ at: 1, stream: "stdout" as const, text: "the last line" }];
    const logged = log({ ...app.ctx, db: slowly }, { ...leaseOf(late), offset: 0, lines });
    await looked.promise;
    await worker.fail(late, "lost", { fault: "system" });
    heir.resolve(await worker.claim());
    await logged;
    const { logOffset } = await heir.promise;
    expect(logOffset).toBe(1);
    await worker.log(await heir.promise, logOffset, ["mine"]);
    await worker.complete(await heir.promise);
    const read = await owner.job.logs({ params: { ...params, id, step: "one" } });
    expect(read.lines.map(({ text }) => text)).toEqual(["the last line", "mine"]);
  });
});
