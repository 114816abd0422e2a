import { notFound } from "../contract/errors.ts";
import type { Ctx } from "../platform/context.ts";
import { transaction } from "../platform/db/transaction.ts";
import { holdExecution } from "./hold.ts";
import { type Outcome, settleWaiting } from "./post.ts";
import * as store from "./store.ts";
import type { Task } from "./types.ts";

/** All tasks of an execution, or those of the given names, in their order. */
export async function listTasks(ctx: Ctx, executionId: string, names?: string[]): Promise<Task[]> {
  return (await store.listTaskRows(ctx.db, executionId, names)).map(store.taskOf);
}

export async function getTask(ctx: Ctx, executionId: string, name: string): Promise<Task> {
  const row = await store.findTask(ctx.db, executionId, name);
  if (!row) throw notFound("task", name);
  return store.taskOf(row);
}

/** Asks an execution to stop: waiting tasks end at once, running ones when their agent hears of it. */
export async function requestCancel(ctx: Ctx, id: string, reason: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    const { numUpdatedRows } = await tx.db
      .updateTable("execution")
      .set({ cancel_reason: reason || "cancelled" })
      .where("id", "=", id)
      .where("state", "=", "running")
      .where("cancel_reason", "is", null)
      .executeTakeFirst();
    if (numUpdatedRows > 0n) store.appendEvent(tx, id, { type: "cancel.requested", data: { reason }, plan: true });
  });
}

/** Ends the wait of a task from outside, as an approval does. False when it no longer waits. */
export async function settleTask(ctx: Ctx, executionId: string, name: string, outcome: Outcome): Promise<boolean> {
  return transaction(ctx, async (tx) => {
    const execution = await holdExecution(tx, executionId);
    return settleWaiting({ tx, execution, note: store.noting(tx, executionId, { plan: true }) }, name, outcome);
  });
}
