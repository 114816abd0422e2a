import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { logBatch, startRun } from "./index.ts";

const workspace = "default";
const params = { workspace };

describe.each(databases)("the history of a metric on %s", (database) => {
  let app: TestApp;
  let reader: Client;
  let long: string;
  let short: string;
  beforeAll(async () => {
    app = await createTestApp({ database });
    reader = await app.as("reader");
    const start = async () => (await startRun(app.ctx, { workspace, experimentId: "0", user: "ada", tags: {} })).id;
    long = await start();
    short = await start();
    const points = Array.from({ length: 1000 }, (_, step) => ({
      key: "loss",
      value: step === 555 ? 99 : step === 556 ? Number.NaN : step / 1000,
      timestamp: 50_000 + step * 10,
      step: step - 100,
    }));
    await logBatch(app.ctx, workspace, long, { metrics: points });
    const few = [1, 2, 3].map((value) => ({ key: "loss", value, timestamp: 50_000 + value, step: 0 }));
    await logBatch(app.ctx, workspace, short, { metrics: few });
  });
  afterAll(() => app.stop());

  it("gives every point of a short one", async () => {
    const query = { runId: short, key: "loss", by: "time" as const };
    expect(await reader.run.history({ params, query })).toEqual({
      series: [
        {
          runId: short,
          count: 3,
          points: [1, 2, 3].map((value) => ({
            step: 0,
            timestamp: 50_000 + value,
            value,
            count: 1,
            min: value,
            max: value,
          })),
        },
      ],
    });
  });

  it("gives one point for all of one step: the last, with the least and greatest", async () => {
    const { series } = await reader.run.history({ params, query: { runId: [short], key: "loss" } });
    expect(series[0]!.points).toEqual([{ step: 0, timestamp: 50_003, value: 3, count: 3, min: 1, max: 3 }]);
  });

  it.each(["step", "time"] as const)("draws a long one by %s with few points and loses no extreme", async (by) => {
    const query = { runId: [long, short], key: "loss", by, points: 20 };
    const [drawn] = (await reader.run.history({ params, query })).series;
    expect(drawn!.count).toBe(1000);
    expect(drawn!.points.length).toBeLessThanOrEqual(20);
    expect(drawn!.points.map((point) => point.count).reduce((a, b) => a + b)).toBe(1000);
    expect(Math.max(...drawn!.points.map((point) => point.max!))).toBe(99);
    expect(drawn!.points.at(-1)).toMatchObject({ step: 899, value: 0.999, timestamp: 59_990 });
    const steps = drawn!.points.map((point) => point.step);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
  });

  it("shows a part", async () => {
    const query = { runId: long, key: "loss", from: 455, to: 456 };
    expect((await reader.run.history({ params, query })).series[0]!.points).toMatchObject([
      { step: 455, value: 99, min: 99 },
      { step: 456, value: "NaN", min: null, max: null },
    ]);
    const times = { ...query, by: "time" as const, from: 55_550, to: 55_550 };
    expect((await reader.run.history({ params, query: times })).series[0]!.points).toMatchObject([{ value: 99 }]);
  });

  it("has nothing of runs and metrics that are not there, nor of another workspace", async () => {
    const query = { runId: [long, "nothing"], key: "nothing" };
    const { series } = await reader.run.history({ params, query });
    expect(series).toEqual([long, "nothing"].map((runId) => ({ runId, count: 0, points: [] })));
    await (await app.as("owner")).workspace.create({ body: { name: "other" } });
    const other = await reader.run.history({ params: { workspace: "other" }, query: { runId: long, key: "loss" } });
    expect(other.series[0]!.count).toBe(0);
    await expect(reader.run.history({ params, query: { runId: "", key: "loss" } })).rejects.toThrow("1 to 100");
  });
});
