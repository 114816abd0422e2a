import type { Ctx } from "../platform/context.ts";
import { prepared } from "../platform/db/prepared.ts";
import { transaction } from "../platform/db/transaction.ts";
import { holdExecutions } from "./hold.ts";
import { takeOutOfLine } from "./in-line.ts";
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
    const ids = chosen.map(({ executionId }) => executionId);
    const held = wanted.within ?? (await holdExecutions(tx, ids));
    for (const [order, task] of chosen.entries()) {
      const row = await take(tx, task, wanted.holder);
      if (!row) continue;
      takeOutOfLine(tx, task);
      taken.push({ row, order });
    }
    const claims = new Map<number, T>();
    for (const [id, own] of Map.groupBy(taken, ({ row }) => row.execution_id)) {
      const execution = store.executionOf(held.get(id)!);
      for (const { row, order } of own) {
        const task = await taskToDo(tx, hooks, execution, row);
        const { holder, epoch, attempt } = row;
        store.appendEvent(tx, id, { type: "task.claimed", task: row.name, data: { holder, epoch, attempt } });
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

/** The claimed task. What an attempt after the first is given may differ from what the one before was given. */
async function taskToDo(tx: Ctx, hooks: HooksByKind, execution: Execution, row: TaskTable): Promise<Task> {
  const task = store.taskOf(row);
  const again = row.attempt > 1 ? hooks.get(execution.kind)?.again : undefined;
  if (!again) return task;
  const payload = await again(tx, execution, task);
  await store.setPayload(tx.db, execution.id, row.name, payload);
  return { ...task, payload };
}

function take(tx: Ctx, task: InLine, holder: string): Promise<TaskTable | undefined> {
  const now = tx.clock.now();
  return taking.first(tx.db, { ...task, holder, now, until: now + leaseMs });
}

const taking = prepared<InLine & { holder: string; now: number; until: number }, TaskTable>((db, value) =>
  db
    .updateTable("task")
    .set((eb) => ({
      state: "running",
      holder: value("holder"),
      epoch: eb("epoch", "+", 1),
      attempt: eb("attempt", "+", 1),
      lease_expires_at: value("until"),
      started_at: value("now"),
      error: null,
    }))
    .where("execution_id", "=", value("executionId"))
    .where("name", "=", value("name"))
    .where("state", "=", "queued")
    .where("epoch", "=", value("epoch"))
    .where((eb) => eb.or([eb("deadline_at", "is", null), eb("deadline_at", ">", value("now"))]))
    .returningAll(),
);
