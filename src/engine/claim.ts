import type { Ctx } from "../platform/context.ts";
import { transaction } from "../platform/db/transaction.ts";
import { holdExecutions } from "./hold.ts";
import { leaseMs } from "./lease.ts";
import { type ClaimRequest, type InLine, nextInLine } from "./line.ts";
import type { TaskTable } from "./schema.ts";
import * as store from "./store.ts";
import type { Execution, HooksByKind, Lease, Task } from "./types.ts";

export interface Claim {
  lease: Lease;
  execution: Execution;
  task: Task;
  timeoutSeconds: number;
}

export const claimTasks = (ctx: Ctx, hooks: HooksByKind, wanted: ClaimRequest): Promise<Claim[]> =>
  claimAndGive(ctx, hooks, wanted, async (_, claim) => claim);

/**
 * Takes up to `max` tasks of the given kinds, in fair order, in one transaction. Each claim raises the task's epoch.
 * What `give` writes for a claim commits with it.
 */
export async function claimAndGive<T>(
  ctx: Ctx,
  hooks: HooksByKind,
  wanted: ClaimRequest,
  give: (tx: Ctx, claim: Claim) => Promise<T>,
): Promise<T[]> {
  const next = await nextInLine(ctx, wanted);
  const chosen = wanted.within ? next.filter(({ executionId }) => wanted.within!.has(executionId)) : next;
  if (chosen.length === 0) return [];
  const claims = await transaction(ctx, async (tx) => {
    const taken: { row: TaskTable; order: number }[] = [];
    const held = await holdExecutions(
      tx,
      chosen.map(({ executionId }) => executionId),
    );
    for (const [order, task] of chosen.entries()) {
      const row = await take(tx, task, wanted.holder);
      if (row) taken.push({ row, order });
    }
    const claims = new Map<number, T>();
    for (const [id, own] of Map.groupBy(taken, ({ row }) => row.execution_id)) {
      const events = own.map(({ row }) => ({
        type: "task.claimed",
        task: row.name,
        data: { holder: row.holder, epoch: row.epoch, attempt: row.attempt },
      }));
      await store.appendEvents(tx, id, events);
      const execution = store.executionOf(held.get(id)!);
      for (const { row, order } of own) {
        const task = store.taskOf(row);
        await hooks.get(execution.kind)?.onStart?.(tx, execution, task);
        const lease = { execution: id, task: row.name, epoch: row.epoch };
        claims.set(order, await give(tx, { lease, execution, task, timeoutSeconds: row.timeout_seconds }));
      }
    }
    return [...claims].sort(([a], [b]) => a - b).map(([, claim]) => claim);
  });
  if (claims.length > 0) ctx.failpoint("engine.afterClaim");
  return claims;
}

async function take(tx: Ctx, { executionId, name, epoch }: InLine, holder: string): Promise<TaskTable | undefined> {
  const now = tx.clock.now();
  return tx.db
    .updateTable("task")
    .set((eb) => ({
      state: "running",
      holder,
      epoch: epoch + 1,
      attempt: eb("attempt", "+", 1),
      lease_expires_at: now + leaseMs,
      started_at: now,
      error: null,
    }))
    .where("execution_id", "=", executionId)
    .where("name", "=", name)
    .where("state", "=", "queued")
    .where("epoch", "=", epoch)
    .where((eb) => eb.or([eb("deadline_at", "is", null), eb("deadline_at", ">", now)]))
    .returningAll()
    .executeTakeFirst();
}
