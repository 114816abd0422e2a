import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import { runHistories } from "./history.ts";
import { sampleHistories } from "./history-sample.ts";
import { logBatch, type Point, startRun } from "./index.ts";

const workspace = "default";

const byOrder = (a: Point, b: Point) => a.step - b.step || a.timestamp - b.timestamp || a.value - b.value;

/** Points as the store keeps them: each once. */
const somePoints = fc
  .uniqueArray(
    fc.record({
      step: fc.oneof(fc.integer({ min: -3, max: 20 }), fc.integer({ min: -1_000_000, max: 1_000_000 })),
      timestamp: fc.integer({ min: 0, max: 30 }),
      value: fc.integer({ min: -5, max: 5 }),
    }),
    { maxLength: 40, selector: ({ step, timestamp, value }) => `${step} ${timestamp} ${value}` },
  )
  .map((points) => points.map((point) => ({ key: "", ...point })).sort(byOrder));

/** Some of the zeros become NaN, which is stored as a zero. */
const isNone = ({ value, timestamp }: Point) => value === 0 && timestamp % 2 === 0;

const someRange = fc.option(
  fc.tuple(
    fc.integer({ min: -5, max: 25 }),
    fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 500_000 })),
  ),
  {
    nil: undefined,
  },
);

describe.each(databases)("samples of histories on %s", (database) => {
  let app: TestApp;
  let runs: string[];
  let keys = 0;
  beforeAll(async () => {
    app = await createTestApp({ database });
    const start = async () => (await startRun(app.ctx, { workspace, experimentId: "0", user: "ada", tags: {} })).id;
    runs = [await start(), await start()];
  });
  afterAll(() => app.stop());

  /** Each try is a metric of its own. */
  async function log(lists: Point[][]): Promise<string> {
    const key = `m${keys++}`;
    for (const [index, points] of lists.entries())
      await logBatch(app.ctx, workspace, runs[index]!, { metrics: points.map((point) => ({ ...point, key })) });
    return key;
  }

  it("are the points of MLflow's choice of steps", async () => {
    const some = fc.tuple(fc.tuple(somePoints, somePoints), someRange, fc.integer({ min: 1, max: 30 }));
    await fc.assert(
      fc.asyncProperty(some, async ([lists, range, most]) => {
        const key = await log(lists);
        const [from, to] = range ? [range[0], range[0] + range[1]] : [undefined, undefined];
        const sampled = await sampleHistories(app.ctx, workspace, { runId: runs, key, from, to, most });
        const inside = lists.map((points) =>
          points.filter(({ step }) => step >= (from ?? step) && step <= (to ?? step)),
        );
        const steps = modelOf(inside, most);
        const expected = inside.map((points) => points.filter(({ step }) => steps.has(step)));
        expect(sampled.map(({ runId }) => runId)).toEqual(runs);
        for (const [index, { points }] of sampled.entries()) {
          expect(points.map(({ is_nan: _, ...point }) => ({ key: "", ...point }))).toEqual(expected[index]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("probe when there are too many steps to list, and keep the ends of each run", async () => {
    const line = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({ key: "", step: from + index, timestamp: index, value: index }));
    const key = await log([line(0, 900), line(500, 300)]);
    const [long, short] = await sampleHistories(app.ctx, workspace, { runId: runs, key, most: 9 }, 200);
    expect(long!.points.map(({ step }) => step)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 799, 800, 899]);
    expect(short!.points.map(({ step }) => step)).toEqual([500, 600, 700, 799]);
  });

  it.each(["step", "time"] as const)("sum up every point of each part by %s", async (by) => {
    const placeOf = ({ step, timestamp }: Point) => (by === "step" ? step : timestamp);
    await fc.assert(
      fc.asyncProperty(somePoints, someRange, fc.integer({ min: 1, max: 30 }), async (numbers, range, most) => {
        const all = numbers.map((point) => (isNone(point) ? { ...point, value: Number.NaN } : point));
        const key = await log([all]);
        const [from, to] = range ? [range[0], range[0] + range[1]] : [undefined, undefined];
        const query = { runId: [runs[0]!], key, by, from, to, points: most };
        const { series } = await runHistories(app.ctx, workspace, query);
        const points = all.filter(
          (point) => placeOf(point) >= (from ?? -Infinity) && placeOf(point) <= (to ?? Infinity),
        );
        expect(series[0]!.count).toBe(points.length);
        expect(series[0]!.points.length).toBeLessThanOrEqual(most);
        let above = Number.NEGATIVE_INFINITY;
        for (const drawn of series[0]!.points) {
          const last = placeOf({ key, ...drawn, value: 0 });
          const part = points.filter((point) => placeOf(point) > above && placeOf(point) <= last);
          const values = part.map(({ value }) => value).filter((value) => !Number.isNaN(value));
          const end = part.filter((point) => placeOf(point) === last).at(-1)!;
          expect(drawn).toEqual({
            ...{ step: end.step, timestamp: end.timestamp, value: Number.isNaN(end.value) ? "NaN" : end.value },
            count: part.length,
            min: values.length > 0 ? Math.min(...values) : null,
            max: values.length > 0 ? Math.max(...values) : null,
          });
          above = last;
        }
      }),
      { numRuns: 40 },
    );
  });
});

function modelOf(lists: Point[][], most: number): Set<number> {
  const all = [...new Set(lists.flat().map(({ step }) => step))].sort((a, b) => a - b);
  const chosen = new Set(all.length <= most ? all : []);
  for (let index = 0; index < most && all.length > most; index++)
    chosen.add(all[Math.floor(index * (all.length / most))]!);
  if (all.length > 0) chosen.add(all.at(-1)!);
  for (const points of lists) for (const point of [points[0], points.at(-1)]) if (point) chosen.add(point.step);
  return chosen;
}
