import { invalid, notFound } from "../contract/errors.ts";
import type { Ctx } from "../platform/context.ts";
import { transaction } from "../platform/db/transaction.ts";
import { findCycle } from "./plan.ts";
import * as store from "./store.ts";
import type { NewExecution, Task } from "./types.ts";

const defaultTimeoutSeconds = 3600;
/** The compute that every installation has. */
const defaultCompute = "local";

/** Starts an execution; its tasks run as soon as the transaction is committed. Gives its id. */
export async function createExecution(tx: Ctx, wanted: NewExecution): Promise<string> {
  const cycle = findCycle(wanted.tasks);
  if (cycle) throw invalid(`The steps wait for each other in a circle: ${cycle.join(" → ")}.`);
  const id = tx.ids.next();
  const now = tx.clock.now();
  await tx.db
    .insertInto("execution")
    .values({
      id,
      workspace: wanted.workspace,
      kind: wanted.kind,
      subject: wanted.subject,
      state: "running",
      error: null,
      continue_on_failure: wanted.continueOnFailure ? 1 : 0,
      cancel_reason: null,
      priority: wanted.priority ?? 0,
      needs_plan: 1,
      seq: 0,
      created_at: now,
      ended_at: null,
    })
    .execute();
  await store.insertTasks(
    tx.db,
    wanted.tasks.map((task, position) => ({
      execution_id: id,
      name: task.name,
      position,
      kind: task.kind,
      needs: JSON.stringify(task.needs),
      state: "pending",
      attempt: 0,
      system_faults: 0,
      max_attempts: task.maxAttempts ?? 1,
      timeout_seconds: task.timeoutSeconds ?? defaultTimeoutSeconds,
      input: JSON.stringify(task.input ?? null),
      payload: null,
      result: null,
      error: null,
      epoch: 0,
      holder: null,
      lease_expires_at: null,
      available_at: 0,
      started_at: null,
      ended_at: null,
      workspace: wanted.workspace,
      compute: task.compute ?? defaultCompute,
      cpus: task.resources?.cpus ?? 1,
      memory_mb: task.resources?.memoryMb ?? 0,
      gpus: task.resources?.gpus ?? 0,
    })),
  );
  await store.appendEvent(tx, id, { type: "created", data: { tasks: wanted.tasks.length }, plan: true });
  return id;
}

export async function listTasks(ctx: Ctx, executionId: string): Promise<Task[]> {
  return (await store.listTaskRows(ctx.db, executionId)).map(store.taskOf);
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
    const moved = await store.moveTask(tx.db, { executionId, name }, { from: ["waiting"] }, { state: "pending" });
    if (moved) await store.appendEvent(tx, executionId, { type: "task.woken", task: name, plan: true });
  });
}
