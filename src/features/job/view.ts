import { type ExpressionBuilder, sql } from "kysely";
import { type Job, type JobDetail, mostStepsShown } from "../../contract/job.ts";
import { countStates, listTasks, pageTasks, type Task } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Tables } from "../../platform/db/tables.ts";
import { snapshotOf } from "./code-snapshot.ts";
import { openGates, waitingOf } from "./decide.ts";
import { jobOf } from "./job-of.ts";
import { submittedJob } from "./known.ts";
import { assetsOf } from "./resolve.ts";
import type { JobTable } from "./schema.ts";
import { shorten } from "./shorten.ts";
import { viewSteps } from "./step-view.ts";
import * as store from "./store.ts";
import { jobsTagged } from "./tag.ts";

/** What a job reads by name. Of a job that is not known here, nothing. */
export async function assetsOfJob(ctx: Ctx, workspace: string, id: string): Promise<ReturnType<typeof assetsOf>> {
  const row = await ctx.db
    .selectFrom("job")
    .select("definition")
    .where("workspace", "=", workspace)
    .where("id", "=", id)
    .executeTakeFirst();
  return row
    ? assetsOf(JSON.parse(row.definition) as JobDetail["definition"])
    : { data: [], models: [], jobs: [], runs: [] };
}

/** A job with all of its steps, environments included. */
export async function getJob(ctx: Ctx, workspace: string, id: string): Promise<JobDetail> {
  const row = await store.findJob(ctx, workspace, id);
  return detailOf(ctx, row, JSON.parse(row.definition), await listTasks(ctx, row.execution_id));
}

/** The same of a bounded size: of a large job, the first steps, and of each loop the first items. */
export async function showJob(ctx: Ctx, workspace: string, named: string): Promise<JobDetail> {
  const row = await store.findJob(ctx, workspace, named);
  const tasks = await pageTasks(ctx, row.execution_id, { after: -1, limit: mostStepsShown });
  const { definition } = await submittedJob(ctx, row.id);
  const detail = await detailOf(ctx, row, definition, tasks);
  const shown = shorten(
    definition,
    tasks.map(({ name }) => name),
  );
  const all = sumOf(await countStates(ctx, row.execution_id));
  return { ...detail, definition: shown.definition, omitted: { steps: all - tasks.length, items: shown.items } };
}

const sumOf = (counts: Record<string, number>): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

async function detailOf(
  ctx: Ctx,
  row: JobTable,
  definition: JobDetail["definition"],
  tasks: Task[],
): Promise<JobDetail> {
  return {
    ...jobOf(row, (await waitingOf(ctx, [row])).get(row.id)),
    definition,
    registered: JSON.parse(row.registered) as string[],
    code: await snapshotOf(ctx.db, row.id),
    steps: await viewSteps(ctx, row, definition, tasks),
    omitted: { steps: 0, items: 0 },
    related: await relatedTo(ctx, row.id),
  };
}

interface JobQuery {
  limit: number;
  after?: string;
  state?: string;
  experiment?: string;
  name?: string;
  tag?: string[];
  waiting?: "true";
  archived?: "include" | "only";
  deleted?: "only";
  parent?: string;
}

export async function listJobs(ctx: Ctx, workspace: string, query: JobQuery): Promise<{ items: Job[]; next?: string }> {
  let select = ctx.db
    .selectFrom("job")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("parent_job_id", query.parent === undefined ? "is" : "=", query.parent ?? null)
    .orderBy("id", "desc")
    .limit(query.limit + 1);
  if (query.state) select = select.where("state", "=", query.state);
  select = select.where((eb) => isOnShelf(eb, query));
  if (query.experiment) select = select.where("experiment", "=", query.experiment);
  if (query.name) select = select.where(contains("display_name", query.name));
  for (const tag of query.tag ?? []) select = select.where("id", "in", jobsTagged(ctx.db, workspace, tag));
  if (query.waiting) select = select.where("id", "in", jobsAtGates(ctx));
  if (query.after) select = select.where("id", "<", query.after);
  const rows = await select.execute();
  const waiting = await waitingOf(ctx, rows);
  const items = rows.slice(0, query.limit).map((row) => jobOf(row, waiting.get(row.id)));
  return { items, next: rows.length > query.limit ? items.at(-1)?.id : undefined };
}

/** In lists, archived, or deleted, which is archived too. */
function isOnShelf(eb: ExpressionBuilder<Tables, "job">, { archived, deleted }: JobQuery) {
  if (deleted) return eb("deleted_at", "is not", null);
  if (archived === undefined) return eb("archived_at", "is", null);
  const isKept = eb("deleted_at", "is", null);
  return archived === "include" ? isKept : eb.and([isKept, eb("archived_at", "is not", null)]);
}

/** A column that has a text in it, in capitals or not. */
const contains = (column: string, text: string) =>
  sql<boolean>`lower(${sql.ref(column)}) like ${`%${text.toLowerCase().replaceAll(/[\\%_]/g, "\\$&")}%`} escape '\\'`;

const jobsAtGates = (ctx: Ctx) =>
  openGates(ctx).innerJoin("execution", "execution.id", "task.execution_id").select("execution.subject");

async function relatedTo(ctx: Ctx, id: string): Promise<JobDetail["related"]> {
  const rows = await ctx.db.selectFrom("job").selectAll().where("origin_job_id", "=", id).orderBy("id").execute();
  return rows.map((row) => {
    const { relation, step } = jobOf(row).origin!;
    return { id: row.id, relation, step, state: row.state, createdAt: row.created_at };
  });
}
