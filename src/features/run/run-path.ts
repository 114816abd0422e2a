import { type RawBuilder, type SqlBool, sql } from "kysely";
import { compare } from "../search/index.ts";
import { absence, type Bound, equality } from "./run-bound.ts";
import { factTables, headSql } from "./run-fact.ts";
import { type Group, runsOf } from "./run-group.ts";
import { type BoundOrder, nothingOf, type Rank, ranks } from "./run-rank.ts";
import type { RunSearch } from "./run-search.ts";

/** The most experiments that are walked side by side. */
export const sideBySide = 20;

/** An order that an index has. */
export interface Path {
  order: BoundOrder;
  /** What is ordered, as a column of `walked`. */
  column: RawBuilder<unknown>;
  /** The parts of the index: one for each key, or experiment. */
  parts: Group[];
  /** The runs that are equal in it; undefined when there cannot be any. */
  equals(rank: Rank, value: string | number): Equals | undefined;
}

export interface Equals {
  rank: Rank;
  value: string | number;
  groups: Group[];
  /** Holds for these and no others. */
  condition: Bound;
}

/** Undefined when no index has the order, or too many parts of it. */
export function pathOf(search: RunSearch, order: BoundOrder, conditions: Bound[]): Path | undefined {
  if (order.keys.length > sideBySide) return undefined;
  return order.on === "attribute" ? attributePath(search, order) : factPath(search, order, order.on, conditions);
}

function factPath(
  search: RunSearch,
  order: BoundOrder,
  kind: keyof typeof factTables,
  conditions: Bound[],
): Path | undefined {
  const runs = runGroups(search);
  const { keys } = order;
  const compared = conditions.flatMap(({ metric }) =>
    kind === "metric" && metric?.name === order.key ? [metric] : [],
  );
  const bounds = compared.filter(({ operator }) => operator !== "!=");
  const within = bounds.map(({ operator, value }) => sql` and ${compare(sql.ref("walked.value"), operator, value)}`);
  const values = kind === "metric" ? sql` and walked.is_nan = ${ranks.value}` : sql``;
  const without = absence(kind, keys);
  const nothing = nothingOf(order);
  return {
    order,
    column: kind === "metric" ? sql.ref("walked.value") : headSql("walked"),
    // What fits no comparison of the metric is not walked.
    parts: keys.map((key) => ({
      ...{ table: factTables[kind], run: "run" },
      is: sql.join([sql`walked.key = ${key}`, values, ...within], sql``),
    })),
    equals(rank, value) {
      if (rank !== ranks.value && compared.length > 0) return undefined;
      if (rank === ranks.missing)
        return {
          rank,
          value: nothing,
          groups: runs.map((group) => ({ ...group, and: without.holds })),
          condition: without,
        };
      if (rank === ranks.nan && kind !== "metric") return undefined;
      const condition = equality(kind, keys, rank === ranks.nan ? Number.NaN : value);
      return { rank, value: rank === ranks.nan ? nothing : value, groups: condition.groups!, condition };
    },
  };
}

/** Columns of `run` with an index that goes on with the start. */
const indexed: Record<string, "by stage" | "of any stage"> = {
  ended_at: "by stage",
  name: "of any stage",
  state: "of any stage",
};

function attributePath(search: RunSearch, order: BoundOrder): Path | undefined {
  const { experimentIds } = search;
  const how = indexed[order.key];
  if (!how || !experimentIds || experimentIds.length > sideBySide) return undefined;
  const parts = how === "by stage" ? runGroups(search) : experimentIds.map((id) => experimentGroup(search, id));
  const column = sql.ref(`walked.${order.key}`);
  const own = sql.ref(`run.${order.key}`);
  const narrowed = (is: RawBuilder<SqlBool>) => parts.map((part) => ({ ...part, is: sql`${part.is} and ${is}` }));
  return {
    order,
    column,
    parts: narrowed(sql`${column} is not null`),
    equals(rank, value) {
      if (rank === ranks.nan || (rank === ranks.missing && order.key !== "ended_at")) return undefined;
      const isMissing = rank === ranks.missing;
      const groups = narrowed(isMissing ? sql`${column} is null` : sql`${column} = ${value}`);
      const holds = () => (isMissing ? sql<SqlBool>`${own} is null` : sql<SqlBool>`${own} = ${value}`);
      const condition = { holds, runs: runsOf(groups) };
      return { rank, value: isMissing ? nothingOf(order) : value, groups, condition };
    },
  };
}

const experimentGroup = ({ workspace }: RunSearch, id: number): Group => ({
  ...{ table: "run", run: "number" },
  is: sql`walked.workspace = ${workspace} and walked.experiment_id = ${id}`,
});

/** All runs of a search, in the order of their starts. */
export function runGroups(search: RunSearch): Group[] {
  const { workspace, experimentIds, stages } = search;
  const stageIs = (stage: string) => sql`walked.lifecycle_stage = ${stage}`;
  // Many experiments are walked as all, leaving out those that were not asked for.
  if (!experimentIds || experimentIds.length > sideBySide)
    return stages.map((stage) => ({
      ...{ table: "run", run: "number" },
      is: sql`walked.workspace = ${workspace} and ${stageIs(stage)}`,
    }));
  return experimentIds.flatMap((id) =>
    stages.map((stage) => {
      const group = experimentGroup(search, id);
      return { ...group, is: sql`${group.is} and ${stageIs(stage)}` };
    }),
  );
}
