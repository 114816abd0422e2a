import { sql } from "kysely";
import { removeOfEnded, type TooOld } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { deleteLog } from "./forget.ts";
import { appendLog } from "./logs.ts";

/**
 * Replaces logs of jobs that ended long ago by one line that says so: whoever reads a log must not believe that the step
 * printed nothing. A log of one line stays, since that is no shorter. Gives how many logs were replaced.
 */
export const removeLogs = (ctx: Ctx, tooOld: TooOld & { days: number }): Promise<number> =>
  removeOfEnded(ctx, "log", tooOld, async (ids) => {
    const logs = await longLogs(ctx, ids);
    if (tooOld.dryRun || logs.length === 0) return logs.length;
    const ofThem = sql`execution_id in (${sql.join(ids)})`;
    // The last piece of each stays until it is replaced: it says how long the log was.
    await deleteLog(ctx, sql`${ofThem} and first < (${lastPiece})`);
    await transaction(ctx, async (tx) => {
      for (const { execution_id, task, lines } of logs) {
        await tx.db.deleteFrom("step_log").where("execution_id", "=", execution_id).where("task", "=", task).execute();
        const at = tx.clock.now();
        const text = `The log of ${lines} lines was removed on ${new Date(at).toISOString().slice(0, 10)}: this workspace keeps logs for ${tooOld.days} days.`;
        await appendLog(tx, execution_id, task, 0, [{ at, stream: "system", text }]);
      }
    });
    return logs.length;
  });

const lastPiece = sql`select max(newer.first) from step_log as newer
  where newer.execution_id = step_log.execution_id and newer.task = step_log.task`;

/** The logs that have more than one line, with how many. */
async function longLogs(
  ctx: Ctx,
  executions: string[],
): Promise<{ execution_id: string; task: string; lines: number }[]> {
  const rows = await ctx.db
    .selectFrom("step_log")
    .select(["execution_id", "task", (eb) => eb("first", "+", eb.ref("count")).as("lines")])
    .where("execution_id", "in", executions)
    .where(sql<boolean>`first = (${lastPiece})`)
    .execute();
  return rows.filter(({ lines }) => lines > 1);
}
