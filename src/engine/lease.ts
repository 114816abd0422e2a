import { Problem } from "../contract/errors.ts";
import type { Ctx } from "../platform/context.ts";
import { transaction } from "../platform/db/transaction.ts";
import { type ClaimRequest, nextInLine } from "./line.ts";
import type { TaskTable } from "./schema.ts";
import * as store from "./store.ts";
import type { Execution, ExecutionHooks, Lease, Task } from "./types.ts";

/** A holder that has not been heard of for this long has lost its tasks. */
export const leaseMs = 15_000;
const maxSystemFaults = 20;
const backoffMs = { first: 250, most: 30_000 };

export type HooksByKind = ReadonlyMap<string, ExecutionHooks>;

export interface Claim {
  lease: Lease;
  execution: Execution;
  task: Task;
  timeoutSeconds: number;
}

const stale = (lease: Lease): Problem =>
  new Problem("stale", `The lease on task ${lease.task} (epoch ${lease.epoch}) is no longer the live one.`, {
    hint: "Another holder has the task now, or it has ended; drop what you did.",
  });

/** Takes up to `max` tasks of the given kinds, in fair order. Each claim raises the task's epoch. */
export async function claimTasks(ctx: Ctx, hooks: HooksByKind, wanted: ClaimRequest): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (const row of await nextInLine(ctx, wanted)) {
    const claim = await claimOne(ctx, hooks, row, wanted.holder);
    if (claim) claims.push(claim);
  }
  if (claims.length > 0) ctx.failpoint("engine.afterClaim");
  return claims;
}

async function claimOne(ctx: Ctx, hooks: HooksByKind, row: TaskTable, holder: string): Promise<Claim | undefined> {
  return transaction(ctx, async (tx) => {
    const now = tx.clock.now();
    const change = {
      state: "running",
      holder,
      epoch: row.epoch + 1,
      attempt: row.attempt + 1,
      lease_expires_at: now + leaseMs,
      started_at: now,
      error: null,
    };
    const key = { executionId: row.execution_id, name: row.name };
    if (!(await store.moveTask(tx.db, key, { from: ["queued"], epoch: row.epoch }, change))) return undefined;
    await store.appendEvent(tx, row.execution_id, {
      type: "task.claimed",
      task: row.name,
      data: { holder, epoch: change.epoch, attempt: change.attempt },
    });
    const execution = store.executionOf((await store.findExecution(tx.db, row.execution_id))!);
    const task = store.taskOf({ ...row, ...change });
    await hooks.get(execution.kind)?.onStart?.(tx, execution, task);
    return {
      lease: { execution: row.execution_id, task: row.name, epoch: change.epoch },
      execution,
      task,
      timeoutSeconds: row.timeout_seconds,
    };
  });
}

/** Extends leases; says which are lost, and which belong to an execution that is to stop. */
export async function heartbeat(ctx: Ctx, leases: Lease[]): Promise<{ lost: Lease[]; cancel: Lease[] }> {
  const lost: Lease[] = [];
  const cancel: Lease[] = [];
  for (const lease of leases) {
    const extended = await store.moveTask(
      ctx.db,
      store.keyOf(lease),
      { from: ["running"], epoch: lease.epoch },
      { lease_expires_at: ctx.clock.now() + leaseMs },
    );
    if (!extended) lost.push(lease);
    else if ((await store.findExecution(ctx.db, lease.execution))?.cancel_reason) cancel.push(lease);
  }
  return { lost, cancel };
}

/** The live lease's execution and task; refuses any other lease as `stale`. */
export async function requireLease(ctx: Ctx, lease: Lease): Promise<{ execution: Execution; task: Task }> {
  const row = await store.findTask(ctx.db, lease.execution, lease.task);
  if (row?.state !== "running" || row.epoch !== lease.epoch) throw stale(lease);
  const execution = await store.findExecution(ctx.db, lease.execution);
  return { execution: store.executionOf(execution!), task: store.taskOf(row) };
}

/**
 * Records a result: once. The same lease saying it again is answered as the first time; any other is `stale`.
 * What the feature does with the result commits together with it.
 */
export async function completeTask(ctx: Ctx, hooks: HooksByKind, lease: Lease, result: unknown): Promise<void> {
  ctx.failpoint("engine.beforeComplete");
  await transaction(ctx, async (tx) => {
    const row = await store.findTask(tx.db, lease.execution, lease.task);
    if (row?.state === "succeeded" && row.epoch === lease.epoch) return;
    const { execution, task } = await requireLease(tx, lease);
    const hook = hooks.get(execution.kind);
    const accepted = hook?.accept ? await hook.accept(tx, execution, task, result) : result;
    const change = {
      state: "succeeded",
      result: JSON.stringify(accepted ?? null),
      ended_at: tx.clock.now(),
      lease_expires_at: null,
    };
    const key = store.keyOf(lease);
    if (!(await store.moveTask(tx.db, key, { from: ["running"], epoch: lease.epoch }, change))) throw stale(lease);
    await store.appendEvent(tx, lease.execution, { type: "task.succeeded", task: lease.task, plan: true });
    await hook?.onTaskEnd?.(tx, execution, { ...task, state: "succeeded", result: accepted, endedAt: change.ended_at });
  });
  ctx.failpoint("engine.afterComplete");
}

export interface Failure {
  message: string;
  fault: "user" | "system";
  retryable: boolean;
}

/** Records a failed attempt: the task is tried again, or it has failed. */
export async function failTask(ctx: Ctx, hooks: HooksByKind, lease: Lease, failure: Failure): Promise<void> {
  await transaction(ctx, async (tx) => {
    const { execution, task } = await requireLease(tx, lease);
    const row = (await store.findTask(tx.db, lease.execution, lease.task))!;
    const faults = row.system_faults + (failure.fault === "system" ? 1 : 0);
    const userAttempts = row.attempt - faults;
    const again =
      execution.cancelReason === null &&
      failure.retryable &&
      (failure.fault === "system" ? faults < maxSystemFaults : userAttempts < row.max_attempts);
    const now = tx.clock.now();
    const delay = Math.min(backoffMs.first * 2 ** (row.attempt - 1), backoffMs.most);
    const state = again ? "queued" : execution.cancelReason !== null ? "cancelled" : "failed";
    const change = {
      state,
      error: state === "cancelled" ? execution.cancelReason : failure.message,
      system_faults: faults,
      lease_expires_at: null,
      holder: null,
      available_at: now + delay,
      ended_at: again ? null : now,
    };
    const key = store.keyOf(lease);
    if (!(await store.moveTask(tx.db, key, { from: ["running"], epoch: lease.epoch }, change))) throw stale(lease);
    await store.appendEvent(tx, lease.execution, {
      type: again ? "task.retried" : `task.${state}`,
      task: lease.task,
      data: { message: failure.message, fault: failure.fault, attempt: row.attempt },
      plan: !again,
    });
    if (again) tx.unit?.afterCommit.push(() => tx.signals.wake("claim"));
    else {
      await hooks
        .get(execution.kind)
        ?.onTaskEnd?.(tx, execution, { ...task, state, error: change.error, endedAt: now });
    }
  });
}

/** Takes back the tasks of holders that are silent for too long; gives how many. */
export async function expireLeases(ctx: Ctx, hooks: HooksByKind): Promise<number> {
  const rows = await ctx.db
    .selectFrom("task")
    .select(["execution_id", "name", "epoch", "holder"])
    .where("state", "=", "running")
    .where("lease_expires_at", "<", ctx.clock.now())
    .execute();
  return takeBack(ctx, hooks, rows, "has not been heard of any more");
}

/** Takes back at once the tasks of holders that are known to be gone. */
export async function releaseHolders(ctx: Ctx, hooks: HooksByKind, holderPrefix: string): Promise<number> {
  const rows = await ctx.db
    .selectFrom("task")
    .select(["execution_id", "name", "epoch", "holder"])
    .where("state", "=", "running")
    .where("holder", "like", `${holderPrefix}%`)
    .execute();
  return takeBack(ctx, hooks, rows, "was stopped");
}

async function takeBack(
  ctx: Ctx,
  hooks: HooksByKind,
  rows: { execution_id: string; name: string; epoch: number; holder: string | null }[],
  what: string,
): Promise<number> {
  let taken = 0;
  for (const row of rows) {
    const lease = { execution: row.execution_id, task: row.name, epoch: row.epoch };
    try {
      await failTask(ctx, hooks, lease, { message: `${row.holder} ${what}`, fault: "system", retryable: true });
      taken++;
    } catch (error) {
      // Its holder ended it in the meantime: all is well.
      if (!(error instanceof Problem && error.code === "stale")) throw error;
    }
  }
  return taken;
}
