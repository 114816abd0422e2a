import { systemClock } from "../platform/clock.ts";
import type { Ctx } from "../platform/context.ts";

/** What sees a clock that is ahead of this machine's. */
export const withClock = (ctx: Ctx, ahead: () => number): Ctx => ({
  ...ctx,
  clock: { now: () => systemClock.now() + ahead() },
});

/** Forgets all executions, so that the next test plans its own only. */
export async function forgetAllExecutions({ db }: Ctx): Promise<void> {
  for (const table of ["execution", "execution_event", "execution_post", "task", "task_need"] as const)
    await db.deleteFrom(table).execute();
}
