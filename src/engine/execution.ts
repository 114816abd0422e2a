import { notFound } from "../contract/errors.ts";
import type { Ctx } from "../platform/context.ts";
import { transaction } from "../platform/db/transaction.ts";
import * as store from "./store.ts";
import type { Execution, Task } from "./types.ts";

/** All tasks of an execution, or those of the given names, in their order. */
export async function listTasks(ctx: Ctx, executionId: string, names?: string[]): Promise<Task[]> {
  return (await store.listTaskRows(ctx.db, executionId, names)).map(store.taskOf);
}

export async function getTask(ctx: Ctx, executionId: string, name: string): Promise<Task> {
  const row = await store.findTask(ctx.db, executionId, name);
  if (!row) throw notFound("task", name);
  return store.taskOf(row);
}

/** Nobody plans this execution, or adds to what happened in it, until the transaction ends. Gives what it is now. */
export async function holdExecution(tx: Ctx, id: string): Promise<Execution> {
  const row = await tx.db
    .updateTable("execution")
    .set((eb) => ({ seq: eb.ref("seq") }))
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return store.executionOf(row);
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
    if (numUpdatedRows > 0n)
      await store.appendEvent(tx, id, { type: "cancel.requested", data: { reason }, plan: true });
  });
}

/** Ends the wait of a task from outside: an approval, another execution's result. False when it no longer waits. */
export async function settleTask(
  ctx: Ctx,
  executionId: string,
  name: string,
  outcome: { state: "succeeded" | "reused" | "failed"; result?: unknown; error?: string },
): Promise<boolean> {
  return transaction(ctx, async (tx) => {
    const moved = await store.moveTask(
      tx.db,
      { executionId, name },
      { from: ["waiting"] },
      {
        state: outcome.state,
        result: JSON.stringify(outcome.result ?? null),
        error: outcome.error ?? null,
        ended_at: tx.clock.now(),
      },
    );
    if (moved) {
      await store.appendEvent(tx, executionId, {
        type: `task.${outcome.state}`,
        task: name,
        data: { error: outcome.error },
        plan: true,
      });
    }
    return moved;
  });
}

/** Sends a waiting task back to be prepared again: what it waited for has changed. */
export async function wakeTask(ctx: Ctx, executionId: string, name: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    const moved = await store.moveTask(
      tx.db,
      { executionId, name },
      { from: ["waiting"] },
      { state: "pending", available_at: 0 },
    );
    if (moved) await store.appendEvent(tx, executionId, { type: "task.woken", task: name, plan: true });
  });
}
