import { sql } from "kysely";
import { removeOfEnded, type TooOld } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { deleteLog } from "./forget.ts";
import type { StepLogTable } from "./schema.ts";

/** Logs that are replaced in one transaction: a job may have ten thousand, and others that write wait for it. */
const logsAtOnce = 300;

type Removal = TooOld & { days: number };

/**
 * Replaces logs of jobs that ended long ago by one line that says so: whoever reads a log must not believe that the step
 * printed nothing. A log of one line stays, since that is no shorter. Gives how many logs were replaced.
 */
export const removeLogs = (ctx: Ctx, removal: Removal): Promise<number> =>
  removeOfEnded(ctx, "log", removal, async (executions) => {
    let removed = 0;
    for (const execution of executions) removed += await removeLogsOf(ctx, execution, removal);
    return removed;
  });

async function removeLogsOf(ctx: Ctx, execution: string, { dryRun, days }: Removal): Promise<number> {
  let removed = 0;
  for (let after = ""; ; ) {
    const pieces = await lastPieces(ctx, execution, after);
    const long = pieces.filter((piece) => linesOf(piece) > 1);
    if (!dryRun && long.length > 0) await replace(ctx, execution, long, days);
    removed += long.length;
    if (pieces.length < logsAtOnce) return removed;
    after = pieces.at(-1)!.task;
  }
}

type LastPiece = Pick<StepLogTable, "task" | "first" | "count">;

const linesOf = ({ first, count }: LastPiece): number => first + count;

const lastPiece = sql<number>`(select max(newer.first) from step_log as newer
  where newer.execution_id = step_log.execution_id and newer.task = step_log.task)`;

/** The last pieces of some logs, which say how long those are. */
const lastPieces = (ctx: Ctx, execution: string, after: string): Promise<LastPiece[]> =>
  ctx.db
    .selectFrom("step_log")
    .select(["task", "first", "count"])
    .where("execution_id", "=", execution)
    .where("task", ">", after)
    .where("first", "=", lastPiece)
    .orderBy("task")
    .limit(logsAtOnce)
    .execute();

/** Of each log the last piece stays until the line takes its place. */
async function replace(ctx: Ctx, execution: string, pieces: LastPiece[], days: number): Promise<void> {
  const tasks = sql.join(pieces.map(({ task }) => task));
  await deleteLog(ctx, sql`execution_id = ${execution} and task in (${tasks}) and first < ${lastPiece}`);
  await transaction(ctx, async (tx) => {
    for (const piece of pieces) {
      await tx.db
        .updateTable("step_log")
        .set({ first: 0, count: 1, lines: JSON.stringify([lineFor(piece, tx.clock.now(), days)]) })
        .where("execution_id", "=", execution)
        .where("task", "=", piece.task)
        .where("first", "=", piece.first)
        .execute();
    }
  });
}

const lineFor = (piece: LastPiece, at: number, days: number) => ({
  ...{ at, stream: "system" },
  text: `The log of ${linesOf(piece)} lines was removed on ${new Date(at).toISOString().slice(0, 10)}: this workspace keeps logs for ${days} days.`,
});
