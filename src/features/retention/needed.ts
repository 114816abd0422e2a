import type { Ctx } from "../../platform/context.ts";
import { type DeletedJob, withFamily } from "../job/index.ts";
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

/** Jobs that something names, or comes from: from themselves, or from their trials and items. */
export async function neededJobs(tx: Ctx, workspace: string, jobs: DeletedJob[]): Promise<Set<string>> {
  if (jobs.length === 0) return new Set();
  const named = new Set([
    ...(await jobsNamedByPipelines(tx, workspace)),
    ...(await jobsOfDeletedVersions(tx, workspace)),
  ]);
  const needed = new Set(jobs.filter(({ id, name }) => named.has(id) || named.has(name)).map(({ id }) => id));
  const ids = jobs.map(({ id }) => id);
  for (const [table, column] of madeByJobs) {
    for (const id of await makersIn(tx, workspace, ids, table as "build", column as "job_id")) needed.add(id);
  }
  return needed;
}

/** Those of the jobs that the rows of a table come from. */
async function makersIn(
  tx: Ctx,
  workspace: string,
  ids: string[],
  table: "build",
  column: "job_id",
): Promise<string[]> {
  const rows = await withFamily(tx, workspace, ids)
    .selectFrom("family")
    .innerJoin(table, (join) =>
      join.onRef(`${table}.${column}`, "=", "family.id").on(`${table}.workspace`, "=", workspace),
    )
    .select("family.of")
    .distinct()
    .execute();
  return rows.map(({ of }) => of);
}
