import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import type { BulkChange } from "../../contract/run-change.ts";
import { createRun, logBatch } from "./index.ts";

const params = { workspace: "default" };

describe.each(databases)("changing runs on %s", (database) => {
  let app: TestApp;
  let owner: Client;
  beforeAll(async () => {
    app = await createTestApp({ database });
    owner = await app.as("owner");
  });
  afterAll(() => app.stop());

  const start = (name: string, parentRunId: string | null = null, experiment = "changes") =>
    createRun(app.ctx, { ...params, experiment, name, user: "ada", jobId: null, parentRunId });
  const bulk = (ids: string[], change: BulkChange) => owner.run.bulk({ params, body: { ids, change } });
  const get = (id: string) => owner.run.get({ params: { ...params, id } });

  it("deletes and restores many at once, and says how many it changed", async () => {
    const ids = [await start("a"), await start("b"), await start("c")];
    expect(await bulk(ids.slice(0, 2), { action: "delete" })).toEqual({ changed: 2 });
    expect(await bulk(ids, { action: "delete" })).toEqual({ changed: 1 });
    expect((await get(ids[0]!)).lifecycleStage).toBe("deleted");
    expect(await bulk([...ids, ids[0]!], { action: "restore" })).toEqual({ changed: 3 });
    expect((await get(ids[2]!)).lifecycleStage).toBe("active");
  });

  it("tags, untags and renames, with one audit event that names the runs", async () => {
    const ids = [await start("a"), await start("b")];
    await bulk(ids, { action: "tag", key: "team", value: "blue" });
    await bulk(ids, { action: "rename", name: "sweep {n} ({name})" });
    expect(await Promise.all(ids.map(async (id) => (await get(id)).name))).toEqual(["sweep 1 (a)", "sweep 2 (b)"]);
    expect((await get(ids[1]!)).tags).toMatchObject({ team: "blue", "mlflow.runName": "sweep 2 (b)" });
    expect(await bulk(ids, { action: "untag", key: "team" })).toEqual({ changed: 2 });
    expect(await bulk(ids, { action: "untag", key: "team" })).toEqual({ changed: 0 });
    const { items } = await owner.audit.list({ query: { workspace: "default", limit: 3 } });
    expect(items.map((event) => event.type)).toEqual(["run.untagged", "run.renamed", "run.tagged"]);
    expect(items[2]).toMatchObject({ data: { key: "team", value: "blue", runs: [{ id: ids[0] }, { id: ids[1] }] } });
  });

  it("changes all or none", async () => {
    const [kept, gone] = [await start("kept"), await start("gone")];
    await expect(bulk([kept, "0".repeat(32)], { action: "delete" })).rejects.toMatchObject({ code: "not_found" });
    await bulk([gone], { action: "delete" });
    await expect(bulk([kept, gone], { action: "tag", key: "k", value: "v" })).rejects.toMatchObject({
      code: "invalid",
      message: "1 of the runs is deleted; nothing was changed.",
    });
    expect(await get(kept)).toMatchObject({ lifecycleStage: "active", tags: { "mlflow.runName": "kept" } });
    expect((await get(kept)).tags).not.toHaveProperty("k");
    await expect(bulk([kept], { action: "untag", key: "mlflow.runName" })).rejects.toMatchObject({ code: "invalid" });
    const reader = await app.as("reader");
    const body = { ids: [kept], change: { action: "delete" as const } };
    await expect(reader.run.bulk({ params, body })).rejects.toMatchObject({ code: "forbidden" });
  });

  it("renames and describes one", async () => {
    const id = await start("before");
    await owner.run.update({ params: { ...params, id }, body: { name: "after", description: "*why*" } });
    expect(await get(id)).toMatchObject({ name: "after", tags: { "mlflow.note.content": "*why*" } });
  });

  it("counts the children of runs", async () => {
    const parent = await start("parent");
    const children = [await start("x", parent), await start("y", parent), await start("z", parent)];
    await bulk([children[2]!], { action: "delete" });
    const { counts } = await owner.run.children({ params, query: { runId: [parent, children[0]!] } });
    expect(counts).toEqual({ [parent]: 2 });
  });

  it("exports what a list means as CSV, safe for spreadsheets", async () => {
    const ids = [await start("=cmd()", null, "export"), await start('plain, "quoted"', null, "export")];
    await logBatch(app.ctx, "default", ids[0]!, {
      params: [
        ["lr", "-0.1"],
        ["note", "@x"],
      ],
      metrics: [{ key: "rmse", value: -1.5, timestamp: 1, step: 0 }],
    });
    const { items } = await owner.run.listExperiments({ params });
    const experimentId = items.find((item) => item.name === "export")!.id;
    const exported = async (query: object) =>
      (await owner.run.export({ params, query: { experimentId, orderBy: "run_name", ...query } })).text();
    const [header, first, second, end] = (await exported({ columns: "metrics.rmse,params.lr,params.note" })).split(
      "\r\n",
    );
    expect(header).toMatch(/^run_id,name,.*,metrics\.rmse,params\.lr,params\.note$/);
    expect(first).toMatch(new RegExp(`^${ids[0]},'=cmd\\(\\),.*,-1\\.5,-0\\.1,'@x$`));
    expect(second).toMatch(new RegExp(`^${ids[1]},"plain, ""quoted""",.*,,,$`));
    expect(end).toBe("");
    expect((await exported({})).split("\r\n")[0]).toContain("params.note,tags.mlflow.runName");
    expect((await exported({ filter: "metrics.rmse > 0" })).split("\r\n")).toHaveLength(2);
  });

  it("creates, renames, deletes and restores experiments", async () => {
    const { id } = await owner.experiment.create({ params, body: { name: "made" } });
    await owner.experiment.rename({ params: { ...params, id }, body: { name: "renamed" } });
    const runId = await start("in it", null, "renamed");
    const found = async () =>
      (await owner.run.listExperiments({ params })).items.find((experiment) => experiment.id === id);
    const { startedAt } = await get(runId);
    expect(await found()).toMatchObject({ name: "renamed", runs: 1, lastRunAt: startedAt });
    await owner.experiment.delete({ params: { ...params, id } });
    expect(await found()).toMatchObject({ lifecycleStage: "deleted" });
    await owner.experiment.restore({ params: { ...params, id } });
    expect((await get(runId)).lifecycleStage).toBe("active");
    const taken = owner.experiment.create({ params, body: { name: "renamed" } });
    await expect(taken).rejects.toMatchObject({ code: "conflict" });
  });
});
