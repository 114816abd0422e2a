import type { Bytes } from "../../contract/operation.ts";
import type { Ctx } from "../../platform/context.ts";
import { splitClauses } from "../search/index.ts";
import { type CsvValue, csvLine } from "./csv.ts";
import type { RunRecord } from "./run.ts";
import { type RunColumns, runColumns } from "./run-columns.ts";
import { listKeys } from "./run-keys.ts";
import { type ListQuery, searchOf } from "./run-list.ts";
import { type RunSearch, searchRuns } from "./run-search.ts";

const pageSize = 1000;
const mostNames = 10_000;

/** The runs that a query of the API means, as CSV, page by page, so that any number of them takes little memory. */
export async function exportRuns(ctx: Ctx, workspace: string, query: Omit<ListQuery, "limit" | "after">) {
  const columns =
    query.columns === undefined
      ? await listKeys(ctx, workspace, { experimentId: query.experimentId, limit: mostNames })
      : runColumns(splitClauses(query.columns));
  const search = { ...searchOf(workspace, query), columns, limit: pageSize };
  return { bytes: lines(ctx, search, columns), contentType: "text/csv; charset=utf-8", fileName: "runs.csv" };
}

async function* lines(ctx: Ctx, search: RunSearch, columns: RunColumns): Bytes {
  yield Buffer.from(csvLine(headerOf(columns)));
  let after: RunSearch["after"];
  do {
    const page = await searchRuns(ctx, { ...search, after });
    if (page.items.length > 0) yield Buffer.from(page.items.map((run) => csvLine(rowOf(run, columns))).join(""));
    after = page.next;
  } while (after);
}

const facts = ["run_id", "name", "experiment_id", "state", "user", "started_at", "ended_at", "duration_s"];

const headerOf = ({ metrics, params, tags }: RunColumns): string[] => [
  ...facts,
  "parent_run_id",
  "job_id",
  ...metrics.map((key) => `metrics.${key}`),
  ...params.map((key) => `params.${key}`),
  ...tags.map((key) => `tags.${key}`),
];

const rowOf = (run: RunRecord, { metrics, params, tags }: RunColumns): CsvValue[] => [
  run.id,
  run.name,
  run.experimentId,
  run.state,
  run.user_name,
  timeOf(run.started_at),
  timeOf(run.ended_at),
  run.ended_at !== null ? (run.ended_at - run.started_at) / 1000 : null,
  run.parent_run_id,
  run.job_id,
  ...metrics.map((key) => run.metrics[key]),
  ...params.map((key) => run.params[key]),
  ...tags.map((key) => run.tags[key]),
];

const timeOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
