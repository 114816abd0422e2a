import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Sizes } from "./block.ts";
import { runHistories } from "./history.ts";
import { logBatch, type Point, startRun } from "./index.ts";

const workspace = "default";

/** So small that a few points make many blocks, in several transactions. */
const sizes: Sizes = { block: 3, atOnce: 4, open: 6 };

const value = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0),
);

/** A batch logs steps one after the other, from one that may be long past; times mostly go up with the steps. */
const someBatches = fc.array(
  fc.record({
    from: fc.oneof(fc.integer({ min: -5, max: 60 }), fc.integer({ min: 0, max: 1_000_000 })),
    every: fc.constantFrom(0, 1, 1, 1, 7),
    clock: fc.constantFrom(0, 1, 1, -1),
    values: fc.array(value, { minLength: 1, maxLength: 40 }),
    isLookedAt: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);

const someLook = fc.record({
  by: fc.constantFrom("step" as const, "time" as const),
  from: fc.option(fc.integer({ min: -10, max: 120 }), { nil: undefined }),
  to: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
  points: fc.integer({ min: 1, max: 30 }),
});

describe.each(databases)("histories by blocks on %s", (database) => {
  let app: TestApp;
  let run: string;
  let keys = 0;
  beforeAll(async () => {
    app = await createTestApp({ database });
    run = (await startRun(app.ctx, { workspace, experimentId: "0", user: "ada", tags: {} })).id;
  });
  afterAll(() => app.stop());

  const historyOf = async (key: string, look: { by: "step" | "time"; from?: number; to?: number; points: number }) =>
    (await runHistories(app.ctx, workspace, { runId: [run], key, ...look }, sizes)).series[0]!;
  const blocks = async () => {
    const { rows } = await sql<{ count: number }>`select count(*) as count from run_metric_block`.execute(app.ctx.db);
    return Number(rows[0]!.count);
  };

  it("say what the points themselves say, whatever was logged when", async () => {
    await fc.assert(
      fc.asyncProperty(someBatches, fc.array(someLook, { minLength: 1, maxLength: 4 }), async (batches, looks) => {
        const key = `m${keys++}`;
        const all: Point[] = [];
        for (const { from, every, clock, values, isLookedAt } of batches) {
          const points = values.map((value, index) => ({
            ...{ key, value, step: from + index * every },
            timestamp: 50 + from + index * clock,
          }));
          await logBatch(app.ctx, workspace, run, { metrics: points });
          all.push(...points);
          if (isLookedAt) await historyOf(key, { by: "step", points: 1 });
        }
        for (const look of looks) expect(await historyOf(key, look)).toEqual({ runId: run, ...drawn(all, look) });
      }),
      { numRuns: 25 },
    );
    expect(await blocks()).toBeGreaterThan(50);
  });

  it("count a late point before the first position, which many points share", async () => {
    const at = (timestamp: number, value: number): Point => ({ key: "shared", step: 0, timestamp, value });
    const log = (points: Point[]) => logBatch(app.ctx, workspace, run, { metrics: points });
    const look = () => historyOf("shared", { by: "step", points: 1 });
    await log(Array.from({ length: 20 }, (_, value) => at(50, value)));
    await log(Array.from({ length: 20 }, (_, step) => ({ ...at(51, 1), step: step + 1 })));
    expect(await look()).toMatchObject({ count: 40 });
    await log([at(49, -7)]);
    expect(await look()).toMatchObject({ count: 41, points: [{ min: -7 }] });
  });

  it("have each point once: those of a batch that is sent again, too", async () => {
    const metrics = Array.from({ length: 60 }, (_, step) => ({ key: "twice", step, timestamp: step, value: step }));
    for (let time = 0; time < 3; time++) {
      await logBatch(app.ctx, workspace, run, { metrics });
      expect(await historyOf("twice", { by: "time", points: 2 })).toMatchObject({
        points: [
          { count: 30, min: 0, max: 29 },
          { count: 30, min: 30, max: 59 },
        ],
      });
    }
  });

  it("are right while several write and look at once", async () => {
    const writers = [0, 1, 2, 3];
    const point = (writer: number, step: number) => ({
      key: "many",
      step,
      timestamp: writer,
      value: writer * 100 + step,
    });
    await Promise.all(
      writers.map(async (writer) => {
        for (let step = 0; step < 40; step += 2) {
          await logBatch(app.ctx, workspace, run, { metrics: [point(writer, step), point(writer, step + 1)] });
          await historyOf("many", { by: "step", points: 5 });
        }
      }),
    );
    const all = writers.flatMap((writer) => Array.from({ length: 40 }, (_, step) => point(writer, step)));
    for (const by of ["step", "time"] as const)
      expect(await historyOf("many", { by, points: 7 })).toEqual({ runId: run, ...drawn(all, { by, points: 7 }) });
  });
});

/** The same, from all points. */
function drawn(all: Point[], look: { by: "step" | "time"; from?: number; to?: number; points: number }) {
  const placeOf = (point: Point) => (look.by === "step" ? point.step : point.timestamp);
  const stored = all.map((point) => ({
    ...point,
    isNone: Number.isNaN(point.value),
    value: Number.isNaN(point.value) ? 0 : Math.max(Math.min(point.value, Number.MAX_VALUE), -Number.MAX_VALUE),
  }));
  const once = [...new Map(stored.map((point) => [JSON.stringify(Object.values(point)), point])).values()];
  const fits = once
    .filter((point) => placeOf(point) >= (look.from ?? -Infinity) && placeOf(point) <= (look.to ?? Infinity))
    .sort(
      (a, b) =>
        a.step - b.step || a.timestamp - b.timestamp || a.value - b.value || Number(a.isNone) - Number(b.isNone),
    );
  const places = fits.map(placeOf);
  const first = Math.min(...places);
  const width = Math.max(1, Math.ceil((Math.max(...places) - first + 1) / look.points));
  const parts = Map.groupBy(fits, (point) => Math.floor((placeOf(point) - first) / width));
  const points = [...parts]
    .sort(([a], [b]) => a - b)
    .map(([, part]) => {
      const numbers = part.filter((point) => !point.isNone).map((point) => point.value);
      const last = Math.max(...part.map(placeOf));
      const end = part.filter((point) => placeOf(point) === last).at(-1)!;
      return {
        ...{ step: end.step, timestamp: end.timestamp, value: end.isNone ? "NaN" : end.value, count: part.length },
        min: numbers.length > 0 ? Math.min(...numbers) : null,
        max: numbers.length > 0 ? Math.max(...numbers) : null,
      };
    });
  return { count: fits.length, points };
}
