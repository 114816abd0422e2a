import type { Ctx } from "../../platform/context.ts";
import { type DeletedJob, type FamilyQueries, withFamily } from "../job/index.ts";
import { jobsOfDeletedVersions } from "../model/index.ts";
import { jobsNamedByPipelines } from "../pipeline/index.ts";

/** Runs that model versions or reusable results come from, and those of jobs that go on. */
export async function neededRuns(tx: Ctx, ids: string[]): Promise<Set<string>> {
  const versions = await tx.db.selectFrom("model_version").select("run_id").where("run_id", "in", ids).execute();
  const results = await tx.db.selectFrom("step_result").select("run_id").where("run_id", "in", ids).execute();
  const running = await runsOfRunningJobs(tx, ids);
  return new Set([...versions.map((row) => row.run_id!), ...results.map((row) => row.run_id!), ...running]);
}

/** A sweep or a loop goes on with what a trial or an item left that has ended. */
async function runsOfRunningJobs(tx: Ctx, ids: string[]): Promise<string[]> {
  const rows = await tx.db
    .selectFrom("run")
    .innerJoin("job", "job.id", "run.job_id")
    .leftJoin("job as parent", "parent.id", "job.parent_job_id")
    .select("run.id")
    .where("run.id", "in", ids)
    .where(({ eb, or, and }) =>
      or([eb("job.ended_at", "is", null), and([eb("parent.id", "is not", null), eb("parent.ended_at", "is", null)])]),
    )
    .execute();
  return rows.map(({ id }) => id);
}

export async function neededLoggedModels(tx: Ctx, ids: string[]): Promise<Set<string>> {
  const rows = await tx.db
    .selectFrom("model_version")
    .select("logged_model_id")
    .where("logged_model_id", "in", ids)
    .execute();
  return new Set(rows.map((row) => row.logged_model_id!));
}

/** Tables whose rows come from jobs, and the column that says from which: lineage leads there. */
const madeByJobs = [
  ["model_version", "job_id"],
  ["data_version", "job_id"],
  ["build", "job_id"],
  ["model_conversion", "job_id"],
  ["monitor_run", "retraining_job_id"],
] as const;

/** Whoever publishes or deletes may have a clock of its own, and need a moment. */
const overlapMs = 60_000;

/** Jobs that pipelines, or deleted versions of models, name by id or name. */
export interface NamedJobs {
  workspace: string;
  names: ReadonlySet<string>;
  readAt: number;
}

/** Reads them once for a whole purge: all definitions of pipelines are a lot to read. */
export async function readNamedJobs(ctx: Ctx, workspace: string): Promise<NamedJobs> {
  const readAt = ctx.clock.now();
  return { workspace, readAt, names: await namedSince(ctx, workspace, 0) };
}

const namedSince = async (ctx: Ctx, workspace: string, since: number): Promise<Set<string>> =>
  new Set([
    ...(await jobsNamedByPipelines(ctx, workspace, since)),
    ...(await jobsOfDeletedVersions(ctx, workspace, since)),
  ]);

/** Jobs that something names, or comes from: from themselves, or from their trials and items. */
export async function neededJobs(tx: Ctx, named: NamedJobs, jobs: DeletedJob[]): Promise<Set<string>> {
  if (jobs.length === 0) return new Set();
  const namedMeanwhile = await namedSince(tx, named.workspace, named.readAt - overlapMs);
  const isNamed = (name: string): boolean => named.names.has(name) || namedMeanwhile.has(name);
  const ids = jobs.map(({ id }) => id);
  return new Set([
    ...jobs.filter(({ id, name }) => isNamed(id) || isNamed(name)).map(({ id }) => id),
    ...(await makersIn(tx, named.workspace, ids)),
  ]);
}

/** Those of the jobs that rows of these tables come from; their trials and items are looked up once for all tables. */
async function makersIn(tx: Ctx, workspace: string, ids: string[]): Promise<string[]> {
  const made = (db: FamilyQueries, [table, column]: (typeof madeByJobs)[number]) =>
    db
      .selectFrom("family")
      .innerJoin(table as "build", (join) =>
        join
          .onRef(`${table as "build"}.${column as "job_id"}`, "=", "family.id")
          .on(`${table as "build"}.workspace`, "=", workspace),
      )
      .select("family.of");
  const [first, ...others] = madeByJobs;
  const rows = await made(withFamily(tx, workspace, ids), first)
    .union((family) => others.map((each) => made(family, each)))
    .execute();
  return rows.map(({ of }) => of);
}
