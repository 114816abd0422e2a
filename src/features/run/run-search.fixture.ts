import type { Ctx } from "../../platform/context.ts";
import { indexedLength } from "./fact-schema.ts";
import { createExperiment, logBatch, startRun } from "./index.ts";
import type { RunCondition, RunOrder, RunSearch } from "./run-search.ts";
import type { LifecycleStage, RunState } from "./schema.ts";

const workspace = "default";

/** What is known of a run; the same everywhere, so that a failure can be repeated. */
export interface Known {
  /** In the order in which the runs were made, as their numbers are. */
  index: number;
  experiment: number;
  name: string;
  started: number;
  ended: number | null;
  state: RunState;
  stage: LifecycleStage;
  metrics: Record<string, number>;
  params: Record<string, string>;
  tags: Record<string, string>;
}

export const experiments = 24;

/** Numbers without a visible pattern. */
export const mixed = (index: number, salt: number): number => (index * 1_103_515_245 + salt * 40_503) % 2_147_483_647;

const some = <T>(wanted: boolean, facts: Record<string, T>): Record<string, T> => (wanted ? facts : {});

/** Long texts that begin alike, so that the index does not tell them apart. */
const long = (index: number) => `${"x".repeat(indexedLength - 1)}${index % 2 ? "é" : "y"}${index % 3}`;

export function knownRuns(count: number): Known[] {
  return Array.from({ length: count }, (_, index) => ({
    index,
    // Most are in one experiment, some in a second one, and a few in many others.
    experiment: index % 5 ? 1 : index % 10 ? 2 : 3 + (mixed(index, 9) % (experiments - 2)),
    name: `run ${mixed(index, 6) % 700}`,
    // Several start in the same millisecond.
    started: 1000 + (mixed(index, 1) % Math.ceil(count / 2)),
    ended: index % 9 === 0 ? null : 5000 + (mixed(index, 7) % 40),
    state: index % 9 === 0 ? "RUNNING" : index % 4 === 0 ? "FAILED" : "FINISHED",
    stage: index % 19 === 0 ? "deleted" : "active",
    metrics: {
      epochs: (mixed(index, 5) % 2) * 10,
      ...some(index % 13 !== 0, { loss: index % 11 === 0 ? Number.NaN : (mixed(index, 4) % 2000) / 10 }),
    },
    params: {
      ...some(index % 17 !== 0, { lr: `0.${mixed(index, 3) % 4}` }),
      ...some(index % 3 === 0, { long: long(index) }),
    },
    tags: { team: `team-${mixed(index, 2) % 2}`, ...some(index % 500 === 1, { rare: "yes" }) },
  }));
}

/** Makes the runs; gives their ids. */
export async function makeRuns(ctx: Ctx, known: Known[]): Promise<string[]> {
  for (let id = 1; id <= experiments; id++) await createExperiment(ctx, { workspace, name: `experiment ${id}` });
  const ids = await Promise.all(known.map((run) => makeRun(ctx, run)));
  // By many at once: the way of the API is a commit for each.
  for (const alike of Map.groupBy(known, ({ state, ended, stage }) => `${state} ${ended} ${stage}`).values()) {
    const { state, ended, stage } = alike[0]!;
    await ctx.db
      .updateTable("run")
      .set({ state, ended_at: ended, lifecycle_stage: stage })
      .where(
        "id",
        "in",
        alike.map(({ index }) => ids[index]!),
      )
      .execute();
  }
  return ids;
}

/** A run that has not ended. */
export async function makeRun(ctx: Ctx, run: Known): Promise<string> {
  const { id } = await startRun(ctx, {
    ...{ workspace, experimentId: String(run.experiment), name: run.name, user: "ada" },
    ...{ startedAt: run.started, tags: run.tags },
  });
  const metrics = Object.entries(run.metrics).map(([key, value]) => ({ key, value, timestamp: 1, step: 0 }));
  await logBatch(ctx, workspace, id, { metrics, params: Object.entries(run.params) });
  return id;
}

/** The runs that a search means, in order, told by looking at every one. */
export function plainly(known: Known[], search: Omit<RunSearch, "limit" | "after" | "workspace">): Known[] {
  const { experimentIds, stages, where, orderBy } = search;
  return known
    .filter((run) => stages.includes(run.stage) && (experimentIds?.includes(run.experiment) ?? true))
    .filter((run) => where.every((condition) => fits(run, condition)))
    .sort((a, b) => inOrder(a, b, orderBy));
}

/** Values first, then NaN, then nothing, in both directions; then the newest first. */
export function inOrder(a: Known, b: Known, orderBy: RunOrder[]): number {
  for (const order of orderBy) {
    const [x, y] = [factOf(a, order), factOf(b, order)];
    const byRank = rankOf(x) - rankOf(y);
    if (byRank !== 0) return byRank;
    if (rankOf(x) === 0 && x !== y) return (x! < y! ? -1 : 1) * (order.descending ? -1 : 1);
  }
  return b.started - a.started || a.index - b.index;
}

const rankOf = (value: unknown) => (value === undefined ? 2 : Number.isNaN(value) ? 1 : 0);

function factOf(run: Known, { on, key }: Pick<RunOrder, "on" | "key">): number | string | undefined {
  if (on === "metric") return run.metrics[key];
  // Texts are ordered by what the index holds of them.
  if (on === "param" || on === "tag") return (on === "param" ? run.params : run.tags)[key]?.slice(0, indexedLength);
  const attributes: Record<string, number | string | null> = {
    ...{ name: run.name, state: run.state },
    ...{ started_at: run.started, ended_at: run.ended },
  };
  return attributes[key] ?? undefined;
}

function fits(run: Known, { on, key, operator, value }: RunCondition): boolean {
  const facts = { param: run.params, tag: run.tags };
  const found = on === "param" || on === "tag" ? facts[on][key] : factOf(run, { on: on as RunOrder["on"], key });
  if (operator === "IS NULL") return found === undefined;
  if (found === undefined || Number.isNaN(found)) return false;
  switch (operator) {
    case "IS NOT NULL":
      return true;
    case "=":
      return found === value;
    case "!=":
      return found !== value;
    case "<":
      return found < value!;
    case "<=":
      return found <= value!;
    case ">":
      return found > value!;
    case ">=":
      return found >= value!;
    case "LIKE":
      return pattern(String(value), "su").test(String(found));
    case "ILIKE":
      return pattern(String(value), "siu").test(String(found));
    default:
      throw new Error(`${operator} is not told plainly.`);
  }
}

const pattern = (text: string, flags: string) =>
  new RegExp(
    `^${text
      .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
      .replaceAll("%", ".*")
      .replaceAll("_", ".")}$`,
    flags,
  );
