// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import type { Kysely } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../../test/support/app.ts";
import type { SweepStep } from "../../../contract/job.ts";
import { definition, logMetric, out, step } from "../job.fixture.ts";
import { type JobBench, startJobBench } from "../job-bench.fixture.ts";
import { submittedJob } from "../known.ts";
import { keepMarks, losing } from "./early-end.ts";
import { trialMarkFillSchema } from "./mark-fill-schema.ts";

describe.each(databases)("early termination on %s", (database) => {
  let { app, jobs, worker } = {} as JobBench;
  beforeAll(async () => {
    ({ app, jobs, worker } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());

  const sweep = {
    ...{ type: "sweep" as const, outputs: out, limits: { maxConcurrentTrials: 1 } },
    trial: step("train ${{search_space.lr}}", { outputs: out, deterministic: false }),
    searchSpace: { lr: { type: "choice" as const, values: [0.1, 0.2] } },
    objective: { goal: "minimize" as const, primaryMetric: "loss" },
    sampling: { type: "grid" as const },
    earlyTermination: { type: "bandit" as const, slackAmount: 0.1 },
  };

  it("goes on with a sweep that was under way before marks were kept", async () => {
    const { id } = await jobs.submit(definition({ tune: sweep }));
    const good = await worker.claim();
    for (const value of [0.1, 0.3]) await logMetric(app, good, "loss", value);
    await worker.complete(good, { o: { model: "good" } });
    const ended = await worker.claim();
    const marks = () =>
      app.ctx.db.selectFrom("trial_mark").selectAll().where("job_id", "=", id).orderBy("at").execute();
    const kept = await marks();
    expect(kept).toMatchObject([
      { step: "tune", number: 0, at: 1, best: -0.1, mean: -0.1 },
      { step: "tune", number: 0, at: 2, best: -0.1, mean: -0.2 },
    ]);
    for (const left of [kept.slice(1), []]) {
      await app.ctx.db.deleteFrom("trial_mark").where("job_id", "=", id).execute();
      for (const mark of left) await app.ctx.db.insertInto("trial_mark").values(mark).execute();
      await trialMarkFillSchema.up(app.ctx.db as Kysely<unknown>);
      expect(await marks()).toEqual(kept);
    }
    await worker.complete(ended, { o: { model: "ended" } });
    await jobs.ended(id);
    await app.ctx.db.deleteFrom("trial_mark").where("job_id", "=", id).execute();
    await trialMarkFillSchema.up(app.ctx.db as Kysely<unknown>);
    expect(await marks(), "nobody is compared with them any more").toEqual([]);
  });

  it("compares with trials that have ended, and does not read their reports again", async () => {
    const { id } = await jobs.submit(definition({ tune: sweep }));
    const good = await worker.claim();
    await logMetric(app, good, "loss", 0.1);
    await worker.complete(good, { o: { model: "good" } });
    const bad = await worker.claim();
    await logMetric(app, bad, "loss", 0.9);
    const { row, definition: submitted } = await submittedJob(app.ctx, id);
    const look = () => losing(app.ctx, { row, name: "tune", step: submitted.steps.tune as SweepStep });
    const reason = "after 1 reports its best is 0.9; the best trial had 0.1, and the slack ends at 0.2";
    expect([...(await look())]).toEqual([[1, reason]]);

    const bytesRead = async (): Promise<number> => {
      let bytes = 0;
      const db = app.ctx.db.withPlugin({
        transformQuery: ({ node }) => node,
        async transformResult({ result }) {
          bytes += JSON.stringify(result.rows).length;
          return result;
        },
      });
      await losing({ ...app.ctx, db }, { row, name: "tune", step: submitted.steps.tune as SweepStep });
      return bytes;
    };
    const few = await bytesRead();
    const reports = Array.from({ length: 1000 }, (_, index) => 1 / (index + 1));
    const child = await app.ctx.db
      .selectFrom("job_child")
      .selectAll()
      .where("job_id", "=", id)
      .where("number", "=", 0)
      .executeTakeFirstOrThrow();
    for (let number = 2; number < 22; number++) {
      const ended = { ...child, number, child_id: `${child.child_id}-${number}`, reports: JSON.stringify(reports) };
      await app.ctx.db.insertInto("job_child").values(ended).execute();
      await keepMarks(app.ctx, ended, reports);
    }
    expect((await bytesRead()) - few, "twenty more trials of a thousand reports").toBeLessThan(20 * 200);
    await worker.complete(bad, { o: { model: "bad" } });
    await jobs.ended(id);
  });
});
