import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import { definition, out, params, step } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";
import { type PurgeJobs, purgeJobs } from "./purge.ts";

describe.each(databases)("a purge of many jobs on %s", (database) => {
  let { app, client, jobs, worker } = {} as JobBench;
  beforeAll(async () => {
    ({ app, client, jobs, worker } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());

  const submit = async (command: string) => {
    const { id } = await jobs.submit(definition({ one: step(command, { outputs: out }) }));
    await worker.fail(await worker.claim(), "no luck", { retryable: false });
    return (await jobs.ended(id)).id;
  };
  const remove = (ids: string[]) => Promise.all(ids.map((id) => client.job.delete({ params: { ...params, id } })));
  const purge = (more: Partial<PurgeJobs> = {}) => {
    const nothing: PurgeJobs["needed"] = async () => new Set();
    const before = Date.now() + 1000;
    return { workspace: "default", before, dryRun: true, needed: nothing, ...more };
  };
  /** Only reading is allowed. */
  const readOnly = () => {
    const db = app.ctx.db.withPlugin({
      transformQuery({ node }) {
        if (node.kind !== "SelectQueryNode") throw new Error(`a dry run sends a ${node.kind}`);
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    return { ...app.ctx, db };
  };

  it("says without writing anything what would go, also of jobs that are not looked at together", async () => {
    const [origin, kept] = [await submit("origin"), await submit("kept")];
    const later: string[] = [];
    for (const from of [origin, kept]) {
      const { id } = await client.job.resume({ params: { ...params, id: from }, body: {} });
      await worker.fail(await worker.claim(), "no luck", { retryable: false });
      later.push((await jobs.ended(id)).id);
    }
    // More jobs than are listed together lie between those two and what goes on with the first.
    await remove([origin, kept, later[0]!]);
    const row = await app.ctx.db.selectFrom("job").selectAll().where("id", "=", kept).executeTakeFirstOrThrow();
    const between = Array.from({ length: 120 }, (_, index) => ({
      ...row,
      id: `${kept}-${index}`,
      origin_job_id: null,
    }));
    await app.ctx.db.insertInto("job").values(between).execute();
    expect(await purgeJobs(readOnly(), purge())).toEqual({ purged: 122, kept: 1 });
    expect(await purgeJobs(app.ctx, purge({ dryRun: false }))).toEqual({ purged: 122, kept: 1 });
    await remove([later[1]!]);
    expect(await purgeJobs(readOnly(), purge())).toEqual({ purged: 2, kept: 0 });
    expect(await purgeJobs(app.ctx, purge({ dryRun: false }))).toEqual({ purged: 2, kept: 0 });
  });

  it("decides on some thousand parts at a time", async () => {
    const ids: string[] = [];
    for (const size of [0, 2000, 2000, 2000, 6000]) {
      const id = await submit(`${ids.length} of ${size}`);
      const row = await app.ctx.db.selectFrom("job").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
      const parts = Array.from({ length: size }, (_, index) => ({ ...row, id: `${id}-${index}`, parent_job_id: id }));
      for (let from = 0; from < size; from += 500) {
        await app.ctx.db
          .insertInto("job")
          .values(parts.slice(from, from + 500))
          .execute();
      }
      ids.push(id);
    }
    await remove(ids);
    const together: string[][] = [];
    const needed: PurgeJobs["needed"] = async (_, jobs) => {
      together.push(jobs.map(({ id }) => id).sort());
      return new Set();
    };
    expect(await purgeJobs(readOnly(), purge({ needed }))).toEqual({ purged: 5, kept: 0 });
    const [none, first, second, third, largest] = ids as [string, string, string, string, string];
    expect(together).toEqual([[largest], [second, third], [none, first]]);
  });
});
