import type { Ctx } from "../platform/context.ts";
import { transaction } from "../platform/db/transaction.ts";
import { endTask } from "./apply.ts";
import { holdExecution } from "./hold.ts";
import { failTask } from "./outcome.ts";
import type { TaskTable } from "./schema.ts";
import { isStale } from "./stale.ts";
import * as store from "./store.ts";
import type { HooksByKind } from "./types.ts";

/** An agent ends an attempt itself when its time is over; one that does not is overruled after this long. */
const graceMs = 60_000;

/** Ends what has taken longer than it may: executions, attempts, and waits for somebody to take a task. */
export async function endOverdue(ctx: Ctx, hooks: HooksByKind): Promise<void> {
  await endExecutions(ctx);
  await endQueueing(ctx, hooks);
  await endAttempts(ctx, hooks);
  await endDeadlines(ctx, hooks);
}

/** What one stumbles over holds up no other. */
async function each<T extends Pick<TaskTable, "execution_id" | "name">>(
  ctx: Ctx,
  rows: T[],
  work: (row: T) => Promise<void>,
): Promise<void> {
  for (const row of rows) {
    await work(row).catch((error) => {
      const { execution_id: execution, name: task } = row;
      ctx.log.error("a task whose time is over could not be ended; it is tried again", { execution, task, error });
    });
  }
}

async function endExecutions(ctx: Ctx): Promise<void> {
  const rows = await ctx.db
    .selectFrom("execution")
    .select(["id", "created_at", "deadline_at"])
    .where("state", "=", "running")
    .where("deadline_at", "<=", ctx.clock.now())
    .where("cancel_reason", "is", null)
    .execute();
  for (const { id, created_at, deadline_at } of rows) {
    const reason = `It did not end within its ${(deadline_at! - created_at) / 1000} seconds.`;
    await transaction(ctx, async (tx) => {
      const { numUpdatedRows } = await tx.db
        .updateTable("execution")
        .set({ cancel_reason: reason, timed_out: 1 })
        .where("id", "=", id)
        .where("state", "=", "running")
        .where("cancel_reason", "is", null)
        .executeTakeFirst();
      if (numUpdatedRows > 0n) store.appendEvent(tx, id, { type: "timed-out", data: { reason }, plan: true });
    });
  }
}

async function endQueueing(ctx: Ctx, hooks: HooksByKind): Promise<void> {
  const rows = await ctx.db
    .selectFrom("task")
    .selectAll()
    .where("state", "=", "queued")
    .where("lease_expires_at", "<=", ctx.clock.now())
    .execute();
  await each(ctx, rows, (row) =>
    endQueued(ctx, hooks, row, `Nobody took it within ${row.queue_timeout_seconds} seconds.`),
  );
}

/** Unless somebody took it meanwhile. */
function endQueued(ctx: Ctx, hooks: HooksByKind, row: TaskTable, error: string): Promise<void> {
  return transaction(ctx, async (tx) => {
    const execution = await holdExecution(tx, row.execution_id);
    const now = await store.findTask(tx.db, row.execution_id, row.name);
    if (now?.state !== "queued" || now.epoch !== row.epoch) return;
    const note = store.noting(tx, execution.id, { plan: true });
    const hook = hooks.get(execution.kind)!;
    await endTask({ tx, hook, execution, note }, store.taskOf(now), { state: "failed", error });
  });
}

async function endAttempts(ctx: Ctx, hooks: HooksByKind): Promise<void> {
  const rows = await ctx.db
    .selectFrom("task")
    .select(["execution_id", "name", "epoch", "timeout_seconds"])
    .where("state", "=", "running")
    .where((eb) => eb(eb("started_at", "+", eb("timeout_seconds", "*", 1000)), "<", ctx.clock.now() - graceMs))
    .execute();
  await each(ctx, rows, (row) =>
    endAttempt(ctx, hooks, row, { message: `It did not end within its ${row.timeout_seconds} seconds.` }),
  );
}

type Attempt = Pick<TaskTable, "execution_id" | "name" | "epoch">;

async function endAttempt(
  ctx: Ctx,
  hooks: HooksByKind,
  { execution_id, name, epoch }: Attempt,
  { message, retryable = true }: { message: string; retryable?: boolean },
): Promise<void> {
  const lease = { execution: execution_id, task: name, epoch };
  await failTask(ctx, hooks, lease, { message, fault: "user", retryable }).catch((error) => {
    // Its holder ended it in the meantime: all is well.
    if (!isStale(error)) throw error;
  });
}

/** Who holds such a task hears with its next heartbeat that it has lost it, and ends what runs. */
async function endDeadlines(ctx: Ctx, hooks: HooksByKind): Promise<void> {
  const rows = await ctx.db
    .selectFrom("task")
    .selectAll()
    .where("state", "in", ["queued", "running"])
    .where("deadline_at", "<=", ctx.clock.now())
    .execute();
  await each(ctx, rows, (row) => {
    const attempts = row.attempt === 1 ? "one attempt" : `${row.attempt} attempts`;
    const tried = row.attempt === 0 ? "waiting to be taken" : `with ${attempts}`;
    const message = `It did not end within its ${row.deadline_seconds} seconds, ${tried}.`;
    if (row.state === "queued") return endQueued(ctx, hooks, row, message);
    return endAttempt(ctx, hooks, row, { message, retryable: false });
  });
}
