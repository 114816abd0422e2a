import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import { putBlob } from "../blob/index.ts";
import { createRun, endRun, logBatch, logParam, putRunArtifact, runMetrics } from "./index.ts";

const workspace = "default";

describe.each(databases)("runs on %s", (database) => {
  let app: TestApp;
  let runId: string;
  beforeAll(async () => {
    app = await createTestApp({ database });
    runId = await createRun(app.ctx, {
      workspace,
      experiment: "diabetes",
      name: "train",
      user: "ada",
      jobId: "job-1",
      parentRunId: null,
      tags: { step: "train" },
    });
  });
  afterAll(() => app.stop());

  it("shows what was logged to a run", async () => {
    await logBatch(app.ctx, workspace, runId, {
      params: [["depth", "3"]],
      metrics: [
        { key: "rmse", value: 55.5, timestamp: 1, step: 0 },
        { key: "rmse", value: 54.25, timestamp: 2, step: 1 },
        { key: "loss", value: Number.NaN, timestamp: 2, step: 1 },
      ],
      tags: [["team", "blue"]],
    });
    const reader = await app.as("reader");
    const run = await reader.run.get({ params: { workspace, id: runId } });
    expect(run).toMatchObject({
      name: "train",
      experimentId: "1",
      state: "RUNNING",
      user: "ada",
      jobId: "job-1",
      params: { depth: "3" },
      metrics: { rmse: 54.25, loss: "NaN" },
      artifacts: [],
    });
    expect(run.tags).toEqual({ step: "train", team: "blue", "mlflow.runName": "train", "mlflow.user": "ada" });
    expect(await runMetrics(app.ctx, runId)).toEqual({ rmse: 54.25, loss: Number.NaN });
    const { points } = await reader.run.metricHistory({ params: { workspace, id: runId }, query: { key: "rmse" } });
    expect(points.map((point) => point.value)).toEqual([55.5, 54.25]);
  });

  it.each([
    {
      name: "an earlier step does not replace a later one",
      points: [
        [5, 9],
        [3, 10],
      ],
      latest: 5,
    },
    {
      name: "of one step the later time counts",
      points: [
        [1, 2],
        [1, 1],
      ],
      latest: 1,
    },
    {
      name: "of one batch too",
      points: [
        [7, 1],
        [8, 2],
      ],
      latest: 8,
    },
  ])("keeps the latest point: $name", async ({ name, points, latest }) => {
    for (const [step, timestamp] of points as [number, number][])
      await logBatch(app.ctx, workspace, runId, { metrics: [{ key: name, value: step, step, timestamp }] });
    expect((await runMetrics(app.ctx, runId))[name]).toBe(latest);
  });

  it("drops a point that is there already", async () => {
    const point = { key: "again", value: 1, timestamp: 1, step: 1 };
    await logBatch(app.ctx, workspace, runId, { metrics: [point, point] });
    await logBatch(app.ctx, workspace, runId, { metrics: [point] });
    const reader = await app.as("reader");
    const query = { key: "again" };
    expect((await reader.run.metricHistory({ params: { workspace, id: runId }, query })).points).toHaveLength(1);
  });

  it("takes the same value of a param again and no other; a refused batch leaves nothing", async () => {
    await logParam(app.ctx, workspace, runId, "seed", "1");
    await logParam(app.ctx, workspace, runId, "seed", "1");
    await expect(logParam(app.ctx, workspace, runId, "seed", "2")).rejects.toThrow(/was already logged with value='1'/);
    const batch = { params: [["seed", "2"]] as [string, string][], tags: [["half", "written"]] as [string, string][] };
    await expect(logBatch(app.ctx, workspace, runId, batch)).rejects.toThrow(/'old_value': '1'/);
    const reader = await app.as("reader");
    expect((await reader.run.get({ params: { workspace, id: runId } })).tags).not.toHaveProperty("half");
  });

  it("keeps artifacts by content and refuses paths that leave the run", async () => {
    const stored = await putBlob(app.ctx, workspace, "hello");
    await putRunArtifact(app.ctx, { workspace, runId, path: "plots/a.txt", ...stored });
    const reader = await app.as("reader");
    const params = { workspace, id: runId };
    expect((await reader.run.get({ params })).artifacts).toMatchObject([{ path: "plots/a.txt", size: 5 }]);
    expect(await (await reader.run.artifact({ params, query: { path: "plots/a.txt" } })).text()).toBe("hello");
    for (const path of ["../x", "/etc/passwd", "a/../../b", "a\\b", "plots", "plots/a.txt/b"])
      await expect(putRunArtifact(app.ctx, { workspace, runId, path, ...stored }), path).rejects.toMatchObject({
        code: "invalid",
      });
  });

  it("ends a run once", async () => {
    await endRun(app.ctx, runId, "FINISHED");
    await endRun(app.ctx, runId, "FAILED");
    const reader = await app.as("reader");
    expect(await reader.run.get({ params: { workspace, id: runId } })).toMatchObject({ state: "FINISHED" });
  });

  it("lists runs in pages, newest first, and experiments with their number of runs", async () => {
    const wanted = { workspace, experiment: "pages", user: "ada", jobId: null, parentRunId: runId };
    for (const [index, name] of ["a", "b", "c"].entries())
      await createRun(app.ctx, { ...wanted, name, startedAt: 1_700_000_000_000 + index });
    const reader = await app.as("reader");
    const { items } = await reader.run.listExperiments({ params: { workspace } });
    expect(items.map((item) => [item.id, item.name, item.runs])).toEqual([
      ["2", "pages", 3],
      ["1", "diabetes", 1],
      ["0", "Default", 0],
    ]);
    const query = { experimentId: "2", limit: 2 };
    const first = await reader.run.list({ params: { workspace }, query });
    const second = await reader.run.list({ params: { workspace }, query: { ...query, after: first.next } });
    expect([...first.items, ...second.items].map((run) => run.name)).toEqual(["c", "b", "a"]);
    expect(first.items[0]!.parentRunId).toBe(runId);
    expect(second.next).toBeUndefined();
  });

  it("makes one experiment for runs that start at once", async () => {
    const wanted = { workspace, experiment: "at once", name: "", user: "ada", jobId: null, parentRunId: null };
    const ids = await Promise.all(Array.from({ length: 8 }, () => createRun(app.ctx, wanted)));
    const reader = await app.as("reader");
    const runs = await Promise.all(ids.map((id) => reader.run.get({ params: { workspace, id } })));
    expect(new Set(runs.map((run) => run.experimentId)).size).toBe(1);
  });

  it("does not show a run in another workspace", async () => {
    const reader = await app.as("reader");
    await expect(reader.run.get({ params: { workspace: "other", id: runId } })).rejects.toMatchObject({
      code: "not_found",
    });
  });
});
