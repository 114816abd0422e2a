import type { Ctx } from "../platform/context.ts";
import * as store from "./store.ts";
import type { Task, TaskState } from "./types.ts";

/** So many events are read to find what changed. */
const mostEvents = 5000;

/** How many tasks of an execution are in each state. */
export async function countStates(ctx: Ctx, executionId: string): Promise<Partial<Record<TaskState, number>>> {
  const rows = await ctx.db
    .selectFrom("task")
    .select(["state", (eb) => eb.fn.countAll<number | string>().as("count")])
    .where("execution_id", "=", executionId)
    .groupBy("state")
    .execute();
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
}

/** Number of the newest event: what has it, has seen everything until then. */
export async function revisionOf(ctx: Ctx, executionId: string): Promise<number> {
  return (await store.findExecution(ctx.db, executionId))?.seq ?? 0;
}

/** Tasks in their order, from a position on. */
export async function pageTasks(
  ctx: Ctx,
  executionId: string,
  page: { after: number; limit: number },
): Promise<Task[]> {
  const rows = await ctx.db
    .selectFrom("task")
    .selectAll()
    .where("execution_id", "=", executionId)
    .where("position", ">", page.after)
    .orderBy("position")
    .limit(page.limit)
    .execute();
  return rows.map(store.taskOf);
}

/** Of the first so many that wait, it is said each time. */
const mostWaiting = 100;

/**
 * Tasks to which something happened after a revision, and the first of those that wait: what they wait for changes
 * without an event. Gives the revision that is reached; with `more`, there is a newer one.
 */
export async function listChanged(
  ctx: Ctx,
  executionId: string,
  since: number,
): Promise<{ tasks: Task[]; revision: number; more: boolean }> {
  const events = await ctx.db
    .selectFrom("execution_event")
    .select(["seq", "task"])
    .where("execution_id", "=", executionId)
    .where("seq", ">", since)
    .orderBy("seq")
    .limit(mostEvents)
    .execute();
  const waiting = await ctx.db
    .selectFrom("task")
    .select("name")
    .where("execution_id", "=", executionId)
    .where("state", "in", ["waiting", "queued"])
    .orderBy("position")
    .limit(mostWaiting)
    .execute();
  const names = new Set([...events.map(({ task }) => task), ...waiting.map(({ name }) => name)]);
  const rows = await store.listTaskRows(
    ctx.db,
    executionId,
    [...names].filter((name) => name !== null),
  );
  return {
    tasks: rows.map(store.taskOf),
    revision: events.at(-1)?.seq ?? since,
    more: events.length === mostEvents,
  };
}
