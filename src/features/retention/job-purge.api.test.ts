import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import type { JobDetail } from "../../contract/job.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { withFamily } from "../job/family.ts";
import { type DefinitionInput, definition, out, params, step } from "../job/job.fixture.ts";
import { type JobBench, startJobBench } from "../job/job-bench.fixture.ts";
import { resumeJob } from "../job/rerun.ts";
import { collectIn } from "./collect.fixture.ts";

describe.each(databases)("jobs that are deleted on %s", (database) => {
  let { app, client, jobs, worker } = {} as JobBench;

  beforeAll(async () => {
    ({ app, client, jobs, worker } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());

  const at = (id: string) => ({ params: { ...params, id } });
  /** A job of which each command that is claimed writes a file with this content. */
  const run = async (body: DefinitionInput, commands: number, content: string) => {
    const { id } = await jobs.submit(body);
    for (let count = 0; count < commands; count++) {
      const claim = await worker.claim();
      await worker.log(claim, 0, ["a line"]);
      await worker.complete(claim, { o: { f: content } });
    }
    return jobs.ended(id);
  };
  const one = (command: string, more: object = {}) => definition({ one: step(command, { outputs: out, ...more }) });
  const failed = async (command: string) => {
    const { id } = await jobs.submit(one(command));
    await worker.fail(await worker.claim(), "exit code 1");
    return jobs.ended(id);
  };
  const loop = <S>(items: number[], one: S) => ({
    ...{ type: "foreach" as const, item: "i", items, outputs: out },
    body: {
      inputs: { i: { type: "integer" as const, binding: null } },
      outputs: { o: { step: "one", output: "o" } },
      steps: { one },
    },
  });
  /** Each with a loop of its own, of one item. */
  const twoItems = () => {
    const each = loop([1, 2], loop([1], step("item", { outputs: out, deterministic: false })));
    return definition({ first: step("first of many", { outputs: out }), each: { ...each, after: ["first"] } });
  };
  const collect = (days: number, more: { dryRun?: boolean } = {}) => collectIn(app.ctx, days, more);
  /** The job, those of its items and of theirs, and their executions. */
  const familyOf = async ({ id }: JobDetail): Promise<string[]> => {
    const rows = await withFamily(app.ctx, "default", [id])
      .selectFrom("job")
      .innerJoin("family", "family.id", "job.id")
      .select(["job.id", "job.execution_id"])
      .execute();
    return rows.flatMap((row) => [row.id, row.execution_id]);
  };
  /** Tables in which one of the texts is. Runs are deleted by themselves, and what happened is not forgotten. */
  const tablesWith = async (texts: string[]) => {
    const found: string[] = [];
    for (const { name } of await app.ctx.db.introspection.getTables()) {
      const { rows } = await sql`select * from ${sql.table(name)}`.execute(app.ctx.db);
      const all = JSON.stringify(rows);
      if (texts.some((text) => all.includes(text))) found.push(name);
    }
    return found.filter((table) => !/^(audit_event|run|run_.*)$/.test(table));
  };
  const idsOf = async (query: object) => (await client.job.list({ params, query })).items.map((job) => job.id);

  it("are in no list but their own, from where they are restored", async () => {
    const { id } = await run(one("restored"), 1, "restored");
    expect(await client.job.delete(at(id))).toMatchObject({ archived: true, deletedAt: expect.any(Number) });
    await client.job.delete(at(id));
    for (const archived of [undefined, "include", "only"]) expect(await idsOf({ archived })).not.toContain(id);
    expect(await idsOf({ deleted: "only" })).toEqual([id]);
    expect(await client.job.restore(at(id))).toMatchObject({ archived: false, deletedAt: null });
    expect(await idsOf({})).toContain(id);
    expect(await idsOf({ deleted: "only" })).toEqual([]);
    const { items } = await client.audit.list({ query: { subject: `job/${id}` } });
    expect(items.map(({ type }) => type).slice(0, 2)).toEqual(["job.restored", "job.deleted"]);
  });

  it("have ended, are nobody's part, and are deleted by who may write jobs", async () => {
    const { id } = await jobs.submit(one("still running"));
    const claim = await worker.claim();
    await expect(client.job.delete(at(id))).rejects.toMatchObject({
      code: "conflict",
      hint: expect.stringContaining(`trainyard job cancel ${id}`),
    });
    await worker.complete(claim, { o: { f: "x" } });
    await jobs.ended(id);
    const reader = await app.as("reader");
    for (const verb of ["delete", "restore"] as const)
      await expect(reader.job[verb](at(id))).rejects.toMatchObject({ code: "forbidden" });
    const loop = await run(twoItems(), 3, "part");
    const { items } = await client.job.children({ params: { ...params, id: loop.id, step: "each" } });
    await expect(client.job.delete(at(items[0]!.jobId))).rejects.toThrow(`is part of job ${loop.id}`);
    await expect(client.job.delete({ params: { workspace: "default", id: "nobody" } })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it("are purged with all that was theirs, and what they wrote is freed", async () => {
    const job = await run({ ...twoItems(), forceRerun: true }, 3, "purged");
    expect(job.state).toBe("succeeded");
    const digest = job.steps.find(({ name }) => name === "first")!.outputs.o!.digest;
    const family = await familyOf(job);
    expect(family).toHaveLength(10);
    expect(await tablesWith(family)).toEqual(expect.arrayContaining(["step_log", "execution_event", "credential"]));
    await client.job.delete(at(job.id));
    expect(await collect(2)).toMatchObject({ jobs: 0 });
    expect(await collect(40, { dryRun: true })).toMatchObject({ jobs: 1 });
    expect((await client.job.restore(at(job.id))).deletedAt).toBeNull();
    await client.job.delete(at(job.id));
    const report = await collect(40);
    expect(report).toMatchObject({ jobs: 1, kept: 0 });
    expect(report.blobs).toBeGreaterThan(0);
    expect(await app.ctx.blobs.size(digest)).toBeUndefined();
    await expect(client.job.get(at(job.id))).rejects.toMatchObject({ code: "not_found" });
    expect(await tablesWith(family)).toEqual([]);
    const { items } = await client.audit.list({ query: { type: "job.purged" } });
    expect(items.map(({ subject }) => subject)).toEqual([`job/${job.id}`]);
    expect(await collect(40)).toMatchObject({ jobs: 0, blobs: 0 });
  });

  it("cannot be restored once some of them is gone; the next collection goes on where one was stopped", async () => {
    const job = await run({ ...twoItems(), forceRerun: true }, 3, "stopped");
    const family = await familyOf(job);
    await client.job.delete(at(job.id));
    // Killed before one deletion after the other.
    const isGone = async () => (await idsOf({ deleted: "only" })).length === 0;
    let refusals = 0;
    for (let stopAt = 1; !(await isGone()); stopAt++) {
      let deletions = 0;
      const db = app.ctx.db.withPlugin({
        transformQuery({ node }) {
          const deletes = node.kind === "DeleteQueryNode" || node.kind === "RawNode";
          if (deletes && ++deletions > stopAt) throw new Error("stopped");
          return node;
        },
        transformResult: async ({ result }) => result,
      });
      await collectIn({ ...app.ctx, db }, 40).catch(() => undefined);
      const left = await app.ctx.db.selectFrom("job").select("purging").where("id", "=", job.id).executeTakeFirst();
      if (!left?.purging) continue;
      await expect(client.job.restore(at(job.id))).rejects.toThrow(/is being purged/);
      const change = { tags: { left: "behind" } };
      await expect(client.job.update({ ...at(job.id), body: change })).rejects.toThrow(/is being purged/);
      refusals++;
    }
    expect(refusals).toBeGreaterThan(2);
    expect(await tablesWith(family)).toEqual([]);
    expect((await client.audit.list({ query: { subject: `job/${job.id}`, type: "job.purged" } })).items).toHaveLength(
      1,
    );
  });

  it("leave steps that reused their results able to say so, and the files with those", async () => {
    const origin = await run(one("reused later"), 1, "reused later");
    const again = await run(one("reused later"), 0, "");
    await client.job.delete(at(origin.id));
    const whileDeleted = await run(one("reused later"), 0, "");
    expect(whileDeleted.steps[0]!.reuse).toMatchObject({ status: "hit", originJobId: origin.id });
    expect(await collect(40)).toMatchObject({ jobs: 1 });
    for (const job of [again, whileDeleted]) {
      expect(await client.job.explain({ params: { ...params, id: job.id, step: "one" } })).toMatchObject({
        reuse: { status: "hit", originJobId: origin.id },
        compared: null,
      });
      expect(await app.ctx.blobs.size(job.steps[0]!.outputs.o!.digest)).toBeGreaterThan(0);
    }
    const third = await run(one("reused later"), 1, "made anew");
    expect(third.steps[0]!.reuse?.status).toBe("miss");
  });

  it("stay as long as something comes from them, or names them", async () => {
    const register = { o: { type: "uri_folder" as const, register: { name: "kept" } } };
    const maker = await run(one("make data", { outputs: register }), 1, "data");
    expect(maker.registered).toEqual(["data/kept/1"]);
    const named = await run({ ...one("named"), outputs: { o: { step: "one", output: "o" } } }, 1, "named");
    const reads = { i: { type: "uri_folder" as const, binding: { from: "job" as const, job: named.id, output: "o" } } };
    const body = { name: "reader", definition: one("read", { inputs: reads }) };
    await client.pipeline.publish({ params, body });
    for (const { id } of [maker, named]) await client.job.delete(at(id));
    expect(await collect(40)).toMatchObject({ jobs: 0, kept: 2 });
    expect((await client.job.get(at(maker.id))).deletedAt).not.toBeNull();
    // What a published pipeline names can be read as before.
    const started = await client.pipeline.start({ params: { ...params, name: "reader" }, body: {} });
    await worker.complete(await worker.claim(), { o: { f: "read" } });
    expect((await jobs.ended(started.id)).state).toBe("succeeded");
    await client.pipeline.withdraw({ params: { ...params, name: "reader", version: 1 }, body: { reason: "old" } });
    expect(await collect(40)).toMatchObject({ jobs: 1, kept: 1 });
  });

  it("stay as long as a job is there that goes on with them, and go together", async () => {
    const origin = await failed("gone on with");
    const resumed = await client.job.resume({ ...at(origin.id), body: {} });
    await client.job.delete(at(origin.id));
    expect(await collect(40)).toMatchObject({ jobs: 0 });
    await worker.complete(await worker.claim(), { o: { f: "resumed" } });
    await jobs.ended(resumed.id);
    await client.job.delete(at(resumed.id));
    expect(await collect(40, { dryRun: true })).toMatchObject({ jobs: 2 });
    expect(await collect(40)).toMatchObject({ jobs: 2 });
  });

  it("stay as long as a job is there that runs one of their items again", async () => {
    const loop = await run(twoItems(), 3, "part of a loop");
    const itemOf = async (id: string, name: string) =>
      (await client.job.children({ params: { ...params, id, step: name } })).items[0]!.jobId;
    const item = await itemOf(await itemOf(loop.id, "each"), "one");
    const again = await client.job.rerun({ ...at(item), body: { only: "one" } });
    await worker.complete(await worker.claim(), { o: { f: "again" } });
    await jobs.ended(again.id);
    await client.job.delete(at(loop.id));
    const refused = { code: "conflict", message: `Job ${loop.id} is deleted.` };
    await expect(client.job.rerun({ ...at(item), body: { only: "one" } })).rejects.toMatchObject(refused);
    expect(await collect(40)).toMatchObject({ jobs: 0 });
    await client.job.delete(at(again.id));
    expect(await collect(40)).toMatchObject({ jobs: 2 });
  });

  it("are not gone on with, also not while they are being purged", async () => {
    const origin = await failed("deleted meanwhile");
    await client.job.delete(at(origin.id));
    const refused = { code: "conflict", hint: expect.stringContaining(`job restore ${origin.id}`) };
    await expect(client.job.resume({ ...at(origin.id), body: {} })).rejects.toMatchObject(refused);
    await client.job.restore(at(origin.id));
    // The job that goes on with it is being submitted while the other is deleted and collected.
    let resumed: string | undefined;
    const submitted = Promise.withResolvers<void>();
    const submitting = transaction(app.ctx, async (tx) => {
      resumed = (await resumeJob(tx, "default", origin.id, {})).id;
      submitted.resolve();
    });
    await submitted.promise;
    const collected = client.job.delete(at(origin.id)).then(() => collect(40));
    await submitting;
    expect(await collected).toMatchObject({ jobs: 0 });
    await worker.complete(await worker.claim(), { o: { f: "resumed" } });
    expect((await jobs.ended(resumed!)).state).toBe("succeeded");
  });

  it("are purged by two collections at once as by one", async () => {
    const made: string[] = [];
    for (let count = 0; count < 5; count++) made.push((await run(one(`twice ${count}`), 1, "twice")).id);
    for (const id of made) await client.job.delete(at(id));
    await Promise.all([collect(40), collect(40)]);
    const { items } = await client.audit.list({ query: { type: "job.purged", limit: 100 } });
    const purged = items.map(({ subject }) => subject).filter((subject) => made.some((id) => subject.endsWith(id)));
    expect(purged.sort()).toEqual(made.map((id) => `job/${id}`).sort());
  });

  it("are not what a name means", async () => {
    const named = (content: string) =>
      run({ ...one(content), name: "nightly", outputs: { o: { step: "one", output: "o" } } }, 1, content);
    const [good, bad] = [await named("good"), await named("bad")];
    await client.job.delete(at(bad.id));
    const reads = {
      i: { type: "uri_folder" as const, binding: { from: "job" as const, job: "nightly", output: "o" } },
    };
    const { definition: pinned } = await run(one("read by name", { inputs: reads }), 1, "read");
    expect(pinned.steps.one!.inputs.i!.binding).toMatchObject({ job: good.id });
  });
});
