import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Position } from "../search/index.ts";
import type { FactKind } from "./fact-schema.ts";
import { createExperiment, logBatch, runFilter, runOrder, searchRuns, startRun } from "./index.ts";
import { bindScope } from "./run-condition.ts";
import { findKeys } from "./run-key.ts";
import type { RunOrder } from "./run-search.ts";
import { walk } from "./run-walk.ts";

const workspace = "default";
const count = 3000;

/** What is known of a run; the same everywhere, so that a failure can be repeated. */
interface Known {
  index: number;
  experiment: number;
  started: number;
  team: string;
  lr: string | undefined;
  loss: number | undefined;
  epochs: number;
}

const mixed = (index: number, salt: number): number => (index * 1_103_515_245 + salt * 40_503) % 2_147_483_647;

const known: Known[] = Array.from({ length: count }, (_, index) => ({
  index,
  experiment: index % 10 === 0 ? 2 : 1,
  // Several start in the same millisecond.
  started: 1000 + Math.floor(mixed(index, 1) % (count / 2)),
  team: `team-${mixed(index, 2) % 2}`,
  lr: index % 17 === 0 ? undefined : `0.${mixed(index, 3) % 4}`,
  loss: index % 13 === 0 ? undefined : index % 11 === 0 ? Number.NaN : (mixed(index, 4) % 2000) / 10,
  epochs: (mixed(index, 5) % 2) * 10,
}));

const compared = (a: number | string, b: number | string) => (a < b ? -1 : a > b ? 1 : 0);

/** Values first, then NaN, then nothing; then the default order. */
function ordered(runs: Known[], of: (run: Known) => number | string | undefined, down: boolean): number[] {
  const rank = (value: number | string | undefined) => (value === undefined ? 2 : Number.isNaN(value) ? 1 : 0);
  return runs
    .toSorted((a, b) => {
      const [x, y] = [of(a), of(b)];
      const byRank = rank(x) - rank(y);
      const byValue = rank(x) === 0 && rank(y) === 0 ? compared(x!, y!) * (down ? -1 : 1) : 0;
      return byRank || byValue || b.started - a.started || a.index - b.index;
    })
    .map((run) => run.index);
}

describe.each(databases)("walking along an index on %s", (database) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ database });
    for (const name of ["one", "two"]) await createExperiment(app.ctx, { workspace, name });
    const runs = await Promise.all(
      known.map(({ experiment, index, started, team }) =>
        startRun(app.ctx, {
          ...{ workspace, experimentId: String(experiment), name: `run ${index}`, user: "ada" },
          ...{ startedAt: started, tags: { team } },
        }),
      ),
    );
    const point = (key: string, value: number) => ({ key, value, timestamp: 1, step: 0 });
    await Promise.all(
      runs.map(({ id }, index) => {
        const { lr, loss, epochs } = known[index]!;
        const metrics = [point("epochs", epochs), ...(loss === undefined ? [] : [point("loss", loss)])];
        return logBatch(app.ctx, workspace, id, { metrics, params: lr === undefined ? [] : [["lr", lr]] });
      }),
    );
  });
  afterAll(() => app.stop());

  const filters: [string, (run: Known) => boolean][] = [
    ["", () => true],
    ["tags.team = 'team-1'", (run) => run.team === "team-1"],
    ["tags.team = 'team-1' and metrics.loss < 100", (run) => run.team === "team-1" && run.loss! < 100],
    [
      "metrics.epochs = 10 and params.lr != '0.0'",
      (run) => run.epochs === 10 && run.lr !== undefined && run.lr > "0.0",
    ],
    [
      "metrics.loss < 120 and metrics.loss > 119 and metrics.epochs = 0",
      (run) => run.loss! < 120 && run.loss! > 119 && run.epochs === 0,
    ],
    ["params.lr IS NULL and metrics.epochs >= 0", (run) => run.lr === undefined],
    ["params.lr LIKE '0.%' and tags.team ILIKE 'TEAM-_'", (run) => run.lr !== undefined],
  ];
  const orders: [string[], (run: Known) => number | string | undefined, boolean][] = [
    [[], () => 0, false],
    [["metrics.loss"], (run) => run.loss, false],
    [["metrics.loss DESC"], (run) => run.loss, true],
    [["metrics.epochs DESC"], (run) => run.epochs, true],
    [["params.lr"], (run) => run.lr, false],
    [["params.lr DESC"], (run) => run.lr, true],
    [["start_time"], (run) => run.started, false],
  ];

  it.each(orders)("by %j gives the same as sorting, page by page", async (orderBy, of, down) => {
    for (const [number, [filter, fits]] of filters.entries()) {
      for (const experimentIds of number === 1 ? [[1], [1, 2], undefined] : [[[1], [1, 2], undefined][number % 3]]) {
        const some = known.filter((run) => fits(run) && (!experimentIds || experimentIds.includes(run.experiment)));
        const search = { workspace, experimentIds, stages: ["active" as const], where: runFilter(filter) };
        const met: number[] = [];
        let after: Position | undefined;
        do {
          const limit = met.length === 0 ? 7 : 600;
          const page = await searchRuns(app.ctx, {
            ...{ ...search, orderBy: runOrder(orderBy), limit, after },
            columns: { metrics: [], params: [], tags: [] },
          });
          met.push(...page.items.map((run) => Number(run.name.slice(4))));
          after = page.next;
        } while (after);
        expect([filter, experimentIds, met]).toEqual([filter, experimentIds, ordered(some, of, down)]);
      }
    }
  });

  it.each(["metrics.loss", "params.lr"])("by %s does not give up behind a page, where a value ends", async (order) => {
    const search = { workspace, experimentIds: [1], stages: ["active" as const], where: [], limit: 500 };
    const orderBy = runOrder([order]);
    const first = await searchRuns(app.ctx, { ...search, orderBy });
    const bound = { ...orderBy[0]!, keys: await keysOf(app.ctx, orderBy[0]!) };
    const conditions = await bindScope(app.ctx, search);
    const walked = await walk(app.ctx, { ...search, orderBy, after: first.next }, conditions, [bound], 1000);
    const sorted = ordered(
      known.filter((run) => run.experiment === 1),
      order === "metrics.loss" ? (run) => run.loss : (run) => run.lr,
      false,
    );
    expect(walked?.map((run) => Number(run.name.slice(4)))).toEqual(sorted.slice(500, 1000));
  });
});

async function keysOf(ctx: Ctx, { on, key }: RunOrder): Promise<number[]> {
  const found = await findKeys(ctx, { workspace, experimentIds: [1], kind: on as FactKind }, [key]);
  return found.map((row) => row.number);
}
