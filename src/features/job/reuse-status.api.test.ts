import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import { definition, literal, out, params, step } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";

describe.each(databases)("what reuse says on %s", (database) => {
  let { app, client, jobs, worker, run } = {} as JobBench;
  const one = (command: string, more = {}) =>
    definition({ one: step(command, { outputs: out, ...more }) }, { experiment: command });
  const explain = (id: string) => client.job.explain({ params: { ...params, id, step: "one" } });

  beforeAll(async () => {
    ({ app, client, jobs, worker, run } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());

  it("evicts what is too old, and reuses it where its age does not matter", async () => {
    const origin = await run(one("old"));
    await sql`update step_result set created_at = created_at - 7200000 where job_id = ${origin.id}`.execute(app.ctx.db);
    const again = await run(one("old", { maxAgeSeconds: 3600 }), "newer");
    expect(again.steps[0]!.reuse).toMatchObject({
      status: "evicted",
      reason: expect.stringMatching(
        new RegExp(`^the result of job ${origin.id} is 720\\d seconds old, and 3600 is the most$`),
      ),
    });
    const young = await jobs.ended((await jobs.submit(one("old", { maxAgeSeconds: 3600 }))).id);
    expect(young.steps[0]!.reuse).toMatchObject({ status: "hit", originJobId: again.id, originStep: "one" });
  });

  it("runs when the lookup fails, and keeps the result", async () => {
    const origin = await run(one("broken"));
    await sql`update step_result set outputs = '{"o": ' where job_id = ${origin.id}`.execute(app.ctx.db);
    const again = await run(one("broken"), "again");
    expect(again.steps[0]!.reuse).toMatchObject({
      status: "lookup_failed",
      reason: expect.stringMatching(/^earlier results could not be looked up: /),
    });
    const third = await jobs.ended((await jobs.submit(one("broken"))).id);
    expect(third.steps[0]!.reuse).toMatchObject({ status: "hit", originJobId: again.id });
  });

  describe("when results cannot be kept", () => {
    const run = (text: string) => sql.raw(text).execute(app.ctx.db);
    beforeAll(async () => {
      if (database === "sqlite") {
        await run("create trigger no_room before insert on step_result begin select raise(abort, 'no room left'); end");
        return;
      }
      await run(
        "create function no_room() returns trigger as 'begin raise exception ''no room left''; end' language plpgsql",
      );
      await run("create trigger no_room before insert on step_result for each row execute function no_room()");
    });
    afterEach(() => run(database === "sqlite" ? "drop trigger no_room" : "drop trigger no_room on step_result"));

    it("ends the step well, and says so", async () => {
      const { id } = await jobs.submit(one("put"));
      await worker.complete(await worker.claim(), { o: { f: "x" } });
      expect(await jobs.ended(id)).toMatchObject({
        state: "succeeded",
        steps: [
          {
            state: "succeeded",
            reuse: {
              status: "put_failed",
              reason: expect.stringMatching(/could not be kept for reuse: .*no room left/),
            },
          },
        ],
      });
    });
  });

  it("replays what the step found out: params, metrics, tags, artifacts, in any experiment", async () => {
    const { id } = await jobs.submit(one("track"));
    const claim = await worker.claim();
    const { runId } = claim.payload as { runId: string };
    const log = { metrics: [0.5, 0.7].map((value, step) => ({ key: "auc", value, timestamp: 1, step })) };
    const logged = await app.fetch("http://localhost/api/2.0/mlflow/runs/log-batch", {
      method: "POST",
      headers: { authorization: `Bearer ${await app.tokenOf("owner")}`, "content-type": "application/json" },
      body: JSON.stringify({
        run_id: runId,
        ...log,
        params: [{ key: "alpha", value: "1" }],
        tags: [{ key: "colour", value: "blue" }],
      }),
    });
    expect(logged.status).toBe(200);
    await worker.complete(claim, { o: { f: "tracked" } });
    const origin = await jobs.ended(id);
    for (const experiment of ["track", "elsewhere"]) {
      const again = await jobs.ended((await jobs.submit({ ...one("track"), experiment })).id);
      const reused = again.steps[0]!;
      expect(reused).toMatchObject({ state: "reused", reuse: { status: "hit", originJobId: origin.id } });
      expect(reused.runId).not.toBe(runId);
      const copy = await client.run.get({ params: { ...params, id: reused.runId! } });
      expect(copy).toMatchObject({
        state: "FINISHED",
        jobId: again.id,
        parentRunId: again.runId,
        params: { alpha: "1" },
        metrics: { auc: 0.7 },
        tags: { colour: "blue", "trainyard.step": "one", "trainyard.reusedRun": runId },
      });
      const history = await app.fetch(
        `http://localhost/api/2.0/mlflow/metrics/get-history?run_id=${reused.runId}&metric_key=auc`,
        { headers: { authorization: `Bearer ${await app.tokenOf("owner")}` } },
      );
      expect(((await history.json()) as { metrics: unknown[] }).metrics).toHaveLength(2);
    }
  });

  it("says after an update that the key is made in another way, and that nothing else changed", async () => {
    const inputs = { alpha: literal("1") };
    const origin = await run(one("updated", { inputs }));
    const { preimage } = await explain(origin.id);
    const { network: _, gpus: __, processes: ___, ...first } = { ...preimage, schema: 1 } as Record<string, unknown>;
    await app.ctx.db
      .updateTable("job_step")
      .set({ preimage: JSON.stringify(first) })
      .where("job_id", "=", origin.id)
      .execute();
    await app.ctx.db.updateTable("step_result").set({ key: "of format 1" }).where("job_id", "=", origin.id).execute();
    const same = await run(one("updated", { inputs }));
    expect(same.steps[0]!.reuse).toMatchObject({
      status: "miss",
      reason: `the key's format changed since job ${origin.id}, from 1 to 2; nothing else did`,
    });
    expect((await explain(same.id)).differences).toEqual([{ part: "key format", now: 2, before: 1 }]);
    await app.ctx.db.deleteFrom("job_step").where("job_id", "=", same.id).execute();
    const other = await run(one("updated", { inputs: { alpha: literal("2") } }));
    expect(other.steps[0]!.reuse!.reason).toMatch(/from 1 to 2; so did: input alpha$/);
  });

  it("compares a miss with the earlier step that is nearest, not with the newest", async () => {
    const near = await run(one("nearest", { inputs: { alpha: literal("1") } }));
    await run(
      one("nearest", { inputs: { alpha: literal("2"), beta: literal("3") }, environmentVariables: { A: "b" } }),
    );
    const miss = await run(one("nearest", { inputs: { alpha: literal("4") } }));
    expect(miss.steps[0]!.reuse!.reason).toBe(`changed since job ${near.id}: input alpha`);
    expect(await explain(miss.id)).toMatchObject({
      compared: { jobId: near.id },
      differences: [{ part: "input alpha", now: { value: "4" }, before: { value: "1" } }],
    });
  });

  it("explains a miss beside the step before, file by file", async () => {
    const tree = async (files: Record<string, string>) => {
      const stored = await Promise.all(
        Object.entries(files).map(async ([path, text]) => {
          const body = new TextEncoder().encode(text);
          const { createHash } = await import("node:crypto");
          const digest = createHash("sha256").update(body).digest("hex");
          return { path, ...(await client.blob.put({ params: { ...params, digest }, body })) };
        }),
      );
      return (await client.blob.createTree({ params, body: { files: stored } })).digest;
    };
    const code = await tree({ "train.py": "1", "util.py": "2" });
    const changed = await tree({ "train.py": "3", "new.py": "4" });
    const origin = await run(one("explained", { code, inputs: { alpha: literal("1") } }));
    expect(await explain(origin.id)).toMatchObject({
      reuse: { status: "miss", reason: "it has not run before" },
      preimage: { schema: 2, command: "explained", code },
      compared: null,
      differences: [],
    });
    const miss = await run(one("explained", { code: changed, inputs: { alpha: literal("2"), beta: literal("3") } }));
    expect(await explain(miss.id)).toMatchObject({
      compared: { jobId: origin.id, step: "one", preimage: { code } },
      differences: [
        {
          part: "code",
          now: changed,
          before: code,
          files: [
            { path: "new.py", change: "added" },
            { path: "train.py", change: "changed" },
            { path: "util.py", change: "removed" },
          ],
        },
        { part: "input alpha", now: { value: "2" }, before: { value: "1" } },
        { part: "input beta", now: { value: "3" } },
      ],
    });
    const hit = await jobs.ended((await jobs.submit(one("explained", { code, inputs: { alpha: literal("1") } }))).id);
    expect(await explain(hit.id)).toMatchObject({
      reuse: { status: "hit", originJobId: origin.id },
      compared: { jobId: origin.id },
      differences: [],
    });
    await expect(client.job.explain({ params: { ...params, id: hit.id, step: "two" } })).rejects.toThrow(/no step/i);
  });
});
