import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Position } from "../search/index.ts";
import type { FactKind } from "./fact-schema.ts";
import { deleteRun, logBatch, runFilter, runOrder, searchRuns, setTags, updateRun } from "./index.ts";
import { bindScope } from "./run-condition.ts";
import { findKeys } from "./run-key.ts";
import {
  experiments,
  inOrder,
  type Known,
  knownRuns,
  makeRun,
  makeRuns,
  mixed,
  plainly,
} from "./run-search.fixture.ts";
import type { RunOrder, RunSearch } from "./run-search.ts";
import { walk } from "./run-walk.ts";
import type { LifecycleStage } from "./schema.ts";

const workspace = "default";
const noColumns = { metrics: [], params: [], tags: [] };

const filters = [
  "tags.team = 'team-1'",
  "tags.rare = 'yes'",
  "tags.rare IS NULL",
  "metrics.loss < 100",
  "metrics.loss > 119 and metrics.loss <= 120",
  "metrics.loss != 7",
  "metrics.epochs = 10",
  "metrics.epochs >= 0",
  "params.lr != '0.0'",
  "params.lr = '0.1'",
  "params.lr IS NULL",
  "params.lr IS NOT NULL",
  "params.lr LIKE '0.%'",
  `params.long = '${"x".repeat(119)}é1'`,
  `params.long LIKE '${"x".repeat(119)}y%'`,
  "tags.team ILIKE 'TEAM-_'",
  "status = 'RUNNING'",
  "run_name = 'run 7'",
  "run_name LIKE 'run 1%'",
  "start_time >= 1500",
  "end_time < 5013",
];
const orders = [
  ...["metrics.loss", "metrics.loss DESC", "metrics.epochs DESC", "metrics.nothing"],
  ...["params.lr", "params.lr DESC", "params.long", "tags.rare DESC"],
  ...["start_time", "start_time DESC", "end_time", "end_time DESC", "run_name", "status DESC"],
];
const scopes = [
  [1],
  [1],
  [1, 2],
  [1, 2, 3, 4, 5, 6],
  Array.from({ length: experiments }, (_, at) => at + 1),
  undefined,
];
const stageLists: LifecycleStage[][] = [["active"], ["active"], ["active"], ["deleted"], ["active", "deleted"]];

/** A search of up to three conditions and three clauses. */
function randomSearch(seed: number): Omit<RunSearch, "limit" | "workspace"> & { said: unknown } {
  let draws = 0;
  const draw = (below: number) => mixed(seed * 31 + draws++, 77) % below;
  const someOf = (list: string[], most: number) =>
    new Set(Array.from({ length: draw(most + 1) }, () => list[draw(list.length)]!));
  const filter = [...someOf(filters, 3)].join(" and ");
  const order = [...new Map([...someOf(orders, 3)].map((clause) => [clause.split(" ")[0], clause])).values()];
  const experimentIds = scopes[draw(scopes.length)];
  const stages = stageLists[draw(stageLists.length)]!;
  return {
    ...{ experimentIds, stages, where: runFilter(filter), orderBy: runOrder(order) },
    said: { filter, order, experimentIds, stages },
  };
}

describe.each(databases)("searching runs on %s", (database) => {
  let app: TestApp;
  const known = knownRuns(3000);
  let ids: string[];
  const indexes = new Map<string, number>();
  beforeAll(async () => {
    app = await createTestApp({ database });
    ids = await makeRuns(app.ctx, known);
    for (const [index, id] of ids.entries()) indexes.set(id, index);
  });
  afterAll(() => app.stop());

  /** The indexes of what is found, page by page; the first page is short. */
  async function pagesOf(search: Omit<RunSearch, "limit" | "workspace">, first = 7): Promise<number[]> {
    const met: number[] = [];
    let { after } = search;
    do {
      const limit = met.length === 0 ? first : 600;
      const page = await searchRuns(app.ctx, { ...search, workspace, limit, after, columns: noColumns });
      met.push(...page.items.map((run) => indexes.get(run.id)!));
      after = page.next;
    } while (after);
    return met;
  }

  const indexesOf = (runs: Known[]) => runs.map((run) => run.index);

  it.each(orders)("by %s gives what looking at every run gives", async (order) => {
    for (const filter of ["", "metrics.loss < 100"]) {
      const search = {
        experimentIds: [1, 2],
        stages: ["active" as const],
        where: runFilter(filter),
        orderBy: runOrder([order]),
      };
      expect([filter, await pagesOf(search)]).toEqual([filter, indexesOf(plainly(known, search))]);
    }
  });

  it.each([1, 2, 3, 4, 5, 6])("gives what looking at every run gives, for random searches (%i)", async (part) => {
    for (let seed = part * 1000; seed < part * 1000 + 9; seed++) {
      const { said, ...search } = randomSearch(seed);
      expect([said, await pagesOf(search)]).toEqual([said, indexesOf(plainly(known, search))]);
    }
  });
  it.each(["metrics.loss", "params.lr"])("by %s does not give up behind a page, where a value ends", async (order) => {
    const search = { workspace, experimentIds: [1], stages: ["active" as const], where: [], limit: 500 };
    const orderBy = runOrder([order]);
    const first = await searchRuns(app.ctx, { ...search, orderBy });
    const bound = { ...orderBy[0]!, place: 0, keys: await keysOf(app.ctx, orderBy[0]!) };
    const conditions = await bindScope(app.ctx, search);
    const walked = await walk(
      { ctx: app.ctx, search: { ...search, orderBy, after: first.next }, conditions },
      [bound],
      {
        isWorth: async (candidates) => candidates <= 1000,
        find: () => Promise.reject(new Error("There are no other clauses.")),
      },
    );
    const all = plainly(known, { ...search, orderBy });
    expect(walked?.map((run) => indexes.get(run.id))).toEqual(indexesOf(all.slice(500, 1000)));
  });

  it.each(["metrics.loss", "metrics.epochs DESC, end_time"])(
    "by %s goes on behind a page as things are then",
    async (clauses) => {
      const orderBy = runOrder(clauses.split(", "));
      const where = runFilter("tags.team = 'team-1'");
      const search = { experimentIds: [1], stages: ["active" as const], where, orderBy };
      const page = await searchRuns(app.ctx, { ...search, workspace, limit: 100, columns: noColumns });
      const last = known[indexes.get(page.items.at(-1)!.id)!]!;
      const [gone, better, other] = plainly(known, search).slice(150, 153) as [Known, Known, Known];
      await deleteRun(app.ctx, workspace, ids[gone.index]!);
      gone.stage = "deleted";
      const now = { loss: -1, epochs: 20 };
      await logBatch(app.ctx, workspace, ids[better.index]!, {
        metrics: Object.entries(now).map(([key, value]) => ({ key, value, timestamp: 2, step: 1 })),
      });
      better.metrics = { ...better.metrics, ...now };
      await setTags(app.ctx, workspace, ids[other.index]!, [["team", "team-0"]]);
      other.tags.team = "team-0";
      const added = { ...last, index: known.length, name: "added", started: last.started - 1 };
      ids.push(await makeRun(app.ctx, added));
      await updateRun(app.ctx, workspace, ids.at(-1)!, { state: added.state, endedAt: added.ended ?? undefined });
      indexes.set(ids.at(-1)!, added.index);
      known.push(added);
      const behind = plainly(known, search).filter((run) => inOrder(run, last, orderBy) > 0);
      expect(behind).toContain(added);
      expect(await pagesOf({ ...search, after: page.next as Position })).toEqual(indexesOf(behind));
    },
  );
});

async function keysOf(ctx: Ctx, { on, key }: RunOrder): Promise<number[]> {
  const found = await findKeys(ctx, { workspace, experimentIds: [1], kind: on as FactKind }, [key]);
  return found.map((row) => row.number);
}
