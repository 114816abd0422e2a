import type { Ctx } from "../../platform/context.ts";
import type { Operand, Operator, Position } from "../search/index.ts";
import { type RunRecord, withFacts } from "./run.ts";
import type { RunColumns } from "./run-columns.ts";
import { findPage } from "./run-plan.ts";
import type { LifecycleStage } from "./schema.ts";

export interface RunCondition {
  on: "attribute" | "metric" | "param" | "tag" | "dataset";
  /** For an attribute, a column of `run`; for a data set `name`, `digest` or `context`. */
  key: string;
  operator: Operator;
  value: Operand;
}

export interface RunOrder {
  on: "attribute" | "metric" | "param" | "tag";
  key: string;
  descending: boolean;
}

/** Which runs are meant. */
export interface RunScope {
  workspace: string;
  /** Undefined for those of every experiment. */
  experimentIds?: number[];
  stages: LifecycleStage[];
  jobId?: string;
  parentRunId?: string;
  where: RunCondition[];
}

export interface RunSearch extends RunScope {
  orderBy: RunOrder[];
  limit: number;
  /** Only runs after this position. */
  after?: Position;
  /** Everything unless said. */
  columns?: RunColumns;
}

/**
 * Runs in an order; among equals, and by default, those started last come first. Params and tags are ordered by their
 * first 120 characters.
 */
export async function searchRuns(ctx: Ctx, search: RunSearch): Promise<{ items: RunRecord[]; next?: Position }> {
  const { rows, next } = await findPage(ctx, search);
  return { items: await inChunks(rows, 1000, (chunk) => withFacts(ctx, chunk, search.columns)), next };
}

async function inChunks<T, R>(items: T[], size: number, work: (chunk: T[]) => Promise<R[]>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += size) results.push(...(await work(items.slice(from, from + size))));
  return results;
}
