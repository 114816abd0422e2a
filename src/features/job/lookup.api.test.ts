import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import { plansOf } from "../../../test/support/plan.ts";
import type { Ctx } from "../../platform/context.ts";
import { createWorker, type Worker } from "../agent/worker.fixture.ts";
import { createJobs, definition, step } from "./job.fixture.ts";
import * as store from "./store.ts";
import { listJobs, showJob } from "./view.ts";

const workspace = "default";

describe.each(databases)("finding jobs among many on %s", (database) => {
  let app: TestApp;
  let worker: Worker;
  let jobs: ReturnType<typeof createJobs>;

  beforeAll(async () => {
    app = await createTestApp({ database, loops: true });
    const client = await app.as("owner");
    jobs = createJobs(client);
    worker = createWorker(await app.as("agent"), client);
  });
  afterAll(() => app.stop());

  /** The jobs of a server that has been used for a while: copies of one that ran, mostly in one experiment. */
  const copyJob = async (id: string, count: number) => {
    const { db } = app.ctx;
    const row = await store.getJobRow(db, id);
    const known = (await store.findStep(db, id, "one"))!;
    const ids = Array.from({ length: count }, (_, number) => `${id.slice(0, 20)}${String(number).padStart(6, "0")}`);
    const rows = ids.map((copy) => ({ ...row, id: copy, name: copy, idempotency_key: copy }));
    await db.insertInto("job").values(rows).execute();
    await db
      .insertInto("job_step")
      .values(ids.map((copy) => ({ ...known, job_id: copy })))
      .execute();
    await sql`analyze`.execute(db);
  };

  it("reads no more jobs than it shows, whatever is asked for", async () => {
    const { id } = await jobs.submit(definition({ one: step("train") }));
    await worker.complete(await worker.claim());
    await jobs.ended(id);
    await copyJob(id, 500);
    const list = (query: object) => (ctx: Ctx) => listJobs(ctx, workspace, { limit: 20, ...query });
    const asked: [index: RegExp, work: (ctx: Ctx) => Promise<unknown>][] = [
      [/job_by_state/, list({ state: "running" })],
      [/job_by_experiment/, list({ experiment: "none" })],
      [/job_archived/, list({ archived: "only" })],
      [/job_by_origin/, (ctx) => showJob(ctx, workspace, id)],
      [/job_by_name/, (ctx) => store.findNamed(ctx.db, workspace, "nothing")],
      [/job_step_by_name/, (ctx) => store.listEarlierSteps(ctx.db, { id, workspace, experiment: "none" }, "one", 10)],
    ];
    for (const [index, work] of asked) {
      const plans = (await plansOf(app.ctx, work)).join("\n");
      expect(plans).toMatch(index);
      expect(plans).not.toMatch(/SCAN job|Seq Scan on job/);
    }
    const atGates = (await plansOf(app.ctx, list({ waiting: "true" }))).join("\n");
    // Those at gates lead to their jobs, one by one.
    expect(atGates).toMatch(/SEARCH job .*\bid=\?|Index Scan using job_\w+ on job.*\n\s+Index Cond: .*\bid\b/);
  });
});
