import { type RawBuilder, sql } from "kysely";
import { forgetExecutions } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { deleteSome, type Rows } from "../../platform/db/delete-some.ts";
import { endExecutionTokens } from "../access/index.ts";
import type { JobTable } from "./schema.ts";

/** Those that are removed together: others that write wait for it. */
const jobsAtOnce = 100;
/** Each has some hundred lines. */
const piecesOfLogAtOnce = 200;

export type Going = Pick<JobTable, "id" | "workspace" | "execution_id">;

/**
 * Removes all that is a job's but its row, trials and items with theirs: it may be gigabytes, so it goes some at a time,
 * in any order but for one: results lead to their jobs by the keys of the steps.
 */
export async function forgetAllOf(ctx: Ctx, jobs: Going[]): Promise<void> {
  for (let children = await childrenOf(ctx, jobs); children.length > 0; children = await childrenOf(ctx, jobs)) {
    await forgetAllOf(ctx, children);
    await ctx.db.deleteFrom("job").where("id", "in", children.map(idOf)).execute();
  }
  await forgetRowsOf(ctx, jobs);
}

const idOf = ({ id }: Going): string => id;

const childrenOf = (ctx: Ctx, jobs: Going[]): Promise<Going[]> =>
  ctx.db
    .selectFrom("job")
    .select(["id", "workspace", "execution_id"])
    .where("workspace", "=", jobs[0]!.workspace)
    .where("parent_job_id", "in", jobs.map(idOf))
    .limit(jobsAtOnce)
    .execute();

async function forgetRowsOf(ctx: Ctx, jobs: Going[]): Promise<void> {
  const executions = jobs.map(({ execution_id }) => execution_id);
  const ofJobs = sql`job_id in (${sql.join(jobs.map(idOf))})`;
  await deleteLog(ctx, sql`execution_id in (${sql.join(executions)})`);
  await deleteSome(ctx, {
    ...{ table: "step_result", key: ["workspace", "key"] },
    where: sql`workspace = ${jobs[0]!.workspace} and ${ofJobs}
      and key in (select key from job_step where ${ofJobs} and key is not null)`,
  });
  for (const [table, ...key] of tablesOfJobs) await deleteSome(ctx, { table, key, where: ofJobs });
  for (const execution of executions) await endExecutionTokens(ctx, execution);
  await forgetExecutions(ctx, executions);
}

const tablesOfJobs = [
  ["job_step", "job_id", "name"],
  ["job_decision", "job_id", "step", "user_id"],
  ["job_code_snapshot", "job_id"],
  ["job_tag", "job_id", "key"],
  ["fan_out", "job_id", "step"],
  ["fan_out_items", "job_id", "step", "first"],
  ["fan_out_part", "job_id", "step", "output", "last"],
  ["trial_mark", "job_id", "step", "at", "number"],
  ["job_child", "job_id", "step", "number"],
] as const satisfies [Rows["table"], ...string[]][];

/** Removes what steps printed. */
export const deleteLog = (ctx: Ctx, where: RawBuilder<unknown>): Promise<number> =>
  deleteSome(ctx, { table: "step_log", key: ["execution_id", "task", "first"], where }, piecesOfLogAtOnce);
