import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import { createJobWatch } from "../../contract/job-watch.ts";
import type { FailpointName } from "../../platform/failpoint.ts";
import { definition, out, params, step } from "../job/job.fixture.ts";
import { type JobBench, startJobBench } from "../job/job-bench.fixture.ts";
import { collectIn } from "./collect.fixture.ts";

describe.each(databases)("history that a workspace keeps no longer on %s", (database) => {
  let { app, client, jobs, worker } = {} as JobBench;

  beforeAll(async () => {
    ({ app, client, jobs, worker } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());

  const at = (id: string, step: string) => ({ params: { ...params, id, step } });
  const logOf = async (id: string, step: string) =>
    (await client.job.logs({ ...at(id, step), query: {} })).lines.map(({ text }) => text);
  /** Of two steps: one that prints five lines in two pieces, and one that prints one. */
  const twoSteps = async (mark: string) => {
    const long = step(`long ${mark}`, { outputs: out });
    const { id } = await jobs.submit(definition({ long, short: step("short", { after: ["long"] }) }));
    const first = await worker.claim();
    await worker.log(first, 0, ["1", "2", "3"]);
    await worker.log(first, 3, ["4", "5"]);
    await worker.complete(first, { o: { f: "x" } });
    const second = await worker.claim();
    await worker.log(second, 0, ["only line"]);
    await worker.fail(second, "no luck", { retryable: false });
    return jobs.ended(id);
  };
  const keep = (body: object) => client.gc.setRetention({ params, body });
  const forever = { logsDays: null, eventsDays: null, firingsDays: null };

  it("is kept for ever unless somebody who may collect says otherwise, which is audited", async () => {
    const { id } = await twoSteps("for ever");
    expect(await client.gc.getRetention({ params })).toEqual(forever);
    expect(await collectIn(app.ctx, 4000)).toMatchObject({ logs: 0, events: 0, firings: 0 });
    expect(await logOf(id, "long")).toEqual(["1", "2", "3", "4", "5"]);
    const contributor = await app.as("contributor");
    await expect(contributor.gc.setRetention({ params, body: { logsDays: 1 } })).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(await keep({ logsDays: 90 })).toEqual({ ...forever, logsDays: 90 });
    expect(await keep({ eventsDays: 30 })).toEqual({ ...forever, logsDays: 90, eventsDays: 30 });
    expect(await contributor.gc.getRetention({ params })).toMatchObject({ logsDays: 90 });
    expect(await keep(forever)).toEqual(forever);
    const { items } = await client.audit.list({ query: { type: "retention.changed" } });
    expect(items).toHaveLength(3);
    expect(items[0]!.data).toMatchObject({ retention: forever, before: { logsDays: 90, eventsDays: 30 } });
  });

  it("leaves all that explains a job, and a line in place of each log", async () => {
    await keep({ logsDays: 90, eventsDays: 90 });
    await collectIn(app.ctx, 100);
    const job = await twoSteps("explained");
    const explanation = await client.job.explain(at(job.id, "long"));
    expect(await collectIn(app.ctx, 89)).toMatchObject({ logs: 0, events: 0 });
    const dry = await collectIn(app.ctx, 100, { dryRun: true });
    expect(dry.logs).toBe(1);
    expect(dry.events).toBeGreaterThan(4);
    expect(await logOf(job.id, "long")).toHaveLength(5);
    const report = await collectIn(app.ctx, 100);
    expect(report).toMatchObject({ logs: 1, events: dry.events });
    expect(await logOf(job.id, "long")).toEqual([
      expect.stringMatching(
        /^The log of 5 lines was removed on \d{4}-\d\d-\d\d: this workspace keeps logs for 90 days\.$/,
      ),
    ]);
    expect(await logOf(job.id, "short")).toEqual(["only line"]);
    expect(await jobs.get(job.id)).toEqual(job);
    expect(await client.job.explain(at(job.id, "long"))).toEqual(explanation);
    expect(await collectIn(app.ctx, 4000)).toMatchObject({ logs: 0, events: 0 });
    const { items } = await client.audit.list({ query: { type: "storage.collected", limit: 2 } });
    expect(items[1]!.data).toMatchObject({ logs: 1, events: dry.events });
    // Whoever begins to watch the job now reads all of its steps.
    const { steps } = await createJobWatch(client, { ...params, id: job.id }).look();
    expect(steps.map(({ state }) => state)).toEqual(job.steps.map(({ state }) => state));
    await keep(forever);
  });

  it("says once how long a log was, wherever its removal was stopped", async () => {
    await keep({ logsDays: 90 });
    await collectIn(app.ctx, 100);
    const { id } = await twoSteps("stopped");
    for (let stopAt = 1, stopped = true; stopped; stopAt++) {
      let writes = 0;
      const db = app.ctx.db.withPlugin({
        transformQuery({ node }) {
          const writing = ["DeleteQueryNode", "RawNode", "InsertQueryNode", "UpdateQueryNode"].includes(node.kind);
          if (writing && ++writes > stopAt) throw new Error("stopped");
          return node;
        },
        transformResult: async ({ result }) => result,
      });
      stopped = await collectIn({ ...app.ctx, db }, 100).then(
        () => false,
        () => true,
      );
      expect((await logOf(id, "long")).length).toBeGreaterThan(0);
    }
    expect(await logOf(id, "long")).toEqual([expect.stringMatching(/^The log of 5 lines was removed/)]);
    await keep(forever);
  });

  it("does not keep others from writing for long, and reads some logs of a large job at a time", async () => {
    await collectIn(app.ctx, 100);
    const { id } = await twoSteps("large");
    const { execution_id } = await app.ctx.db
      .selectFrom("job")
      .select("execution_id")
      .where("id", "=", id)
      .executeTakeFirstOrThrow();
    const piece = { execution_id, count: 2, lines: JSON.stringify([{}, {}]) };
    const pieces = Array.from({ length: 1400 }, (_, index) => ({ ...piece, task: `t${index >> 1}`, first: index % 2 }));
    for (let from = 0; from < pieces.length; from += 200) {
      const some = pieces.slice(from, from + 200);
      await app.ctx.db.insertInto("step_log").values(some).execute();
    }
    const [writes, reads] = [[0], [0]];
    const db = app.ctx.db.withPlugin({
      transformQuery({ node }) {
        if (node.kind === "UpdateQueryNode") writes.push(writes.pop()! + 1);
        return node;
      },
      async transformResult({ result }) {
        reads.push(result.rows.length);
        return result;
      },
    });
    const failpoint = (name: FailpointName) => {
      if (name === "transaction.beforeCommit") writes.push(0);
    };
    await keep({ logsDays: 90 });
    expect(await collectIn({ ...app.ctx, db, failpoint }, 100)).toMatchObject({ logs: 701 });
    expect(Math.max(...writes)).toBe(300);
    expect(Math.max(...reads)).toBeLessThanOrEqual(300);
    const left = await app.ctx.db
      .selectFrom("step_log")
      .select(["first", "count"])
      .where("execution_id", "=", execution_id)
      .execute();
    expect(left).toEqual(Array.from({ length: 702 }, () => ({ first: 0, count: 1 })));
    await keep(forever);
  });

  it("leaves what has not ended, and other workspaces, alone", async () => {
    await client.workspace.create({ body: { name: "other" } });
    await client.gc.setRetention({ params: { workspace: "other" }, body: { logsDays: 1, eventsDays: 1 } });
    const { id } = await jobs.submit(definition({ runs: step("runs") }));
    const claim = await worker.claim();
    await worker.log(claim, 0, ["1", "2"]);
    expect(await collectIn(app.ctx, 400, { workspace: "other" })).toMatchObject({ logs: 0, events: 0, tokens: 0 });
    await keep({ logsDays: 1, eventsDays: 1 });
    await collectIn(app.ctx, 400);
    await worker.log(claim, 2, ["3"]);
    await worker.complete(claim);
    expect(await jobs.ended(id)).toMatchObject({ state: "succeeded" });
    expect(await logOf(id, "runs")).toEqual(["1", "2", "3"]);
    await keep(forever);
  });

  it("leaves of each schedule the newest firing, and those that wait", async () => {
    const greet = definition({ hello: step("hello", { deterministic: false }) });
    await client.pipeline.publish({ params, body: { name: "greet", definition: greet } });
    const named = { params: { ...params, name: "greeting" } };
    const trigger = { type: "webhook" as const };
    await client.schedule.put({ ...named, body: { pipeline: "greet", trigger, overlap: "allow" } });
    for (let count = 0; count < 3; count++) {
      await client.schedule.fire({ ...named, body: {} });
      await worker.complete(await worker.claim());
    }
    const firings = async () => (await client.schedule.get(named)).firings;
    const [newest, ...older] = await firings();
    await app.ctx.db.updateTable("schedule_firing").set({ state: "queued" }).where("id", "=", older[1]!.id).execute();
    await keep({ firingsDays: 10 });
    expect(await collectIn(app.ctx, 9)).toMatchObject({ firings: 0 });
    expect(await collectIn(app.ctx, 11, { dryRun: true })).toMatchObject({ firings: 1 });
    expect(await collectIn(app.ctx, 11)).toMatchObject({ firings: 1 });
    expect((await firings()).map(({ id }) => id)).toEqual([newest!.id, older[1]!.id]);
    const jobId = older[0]!.jobId!;
    expect(await jobs.get(jobId)).toMatchObject({ trigger: "schedule/greeting", state: "succeeded" });
  });

  it("takes the tokens of tasks that have ended with it", async () => {
    const tokens = () => app.ctx.db.selectFrom("credential").select("id").where("kind", "=", "task").execute();
    const before = (await tokens()).length;
    await twoSteps("tokens");
    expect((await collectIn(app.ctx, 400)).tokens).toBe(before + 2);
    expect(await tokens()).toEqual([]);
  });
});
