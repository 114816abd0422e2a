import type { Problem } from "../contract/errors.ts";
import type { Ctx } from "../platform/context.ts";
import { attempt } from "../platform/db/attempt.ts";
import type { GroupedWrite } from "../platform/db/groups.ts";
import { transaction } from "../platform/db/transaction.ts";
import { type Held, holdExecutions } from "./hold.ts";
import { putInLine } from "./in-line.ts";
import { compareLeases } from "./lease-order.ts";
import { planAfter } from "./planner.ts";
import { retryOf } from "./retry.ts";
import type { ExecutionTable } from "./schema.ts";
import { stale } from "./stale.ts";
import * as store from "./store.ts";
import type { Failure, HooksByKind, Lease } from "./types.ts";

/**
 * Records a result: once. The same lease saying it again is answered as the first time; any other is `stale`.
 * What the feature does with the result commits together with it; results that arrive together share a commit.
 */
export async function completeTask(ctx: Ctx, hooks: HooksByKind, lease: Lease, result: unknown): Promise<void> {
  await completeAndClaim(ctx, hooks, lease, result);
}

/**
 * Records a result, and claims in the same commit what the one who says it is to do next, out of the same executions:
 * the rows of others are not this transaction's to lock. `claim` is asked after what the result leads to was planned,
 * and gets those executions; that it claims nothing does not mean that there is nothing.
 */
export async function completeAndClaim<T>(
  ctx: Ctx,
  hooks: HooksByKind,
  lease: Lease,
  result: unknown,
  claim?: ClaimNext<T>,
): Promise<T[]> {
  ctx.failpoint("engine.beforeComplete");
  const claimed = await ctx.groups.write(ctx, completions, { hooks, lease, result, claim });
  ctx.failpoint("engine.afterComplete");
  return claimed as T[];
}

type ClaimNext<T> = (tx: Ctx, within: Held) => Promise<T[]>;

interface Completion {
  hooks: HooksByKind;
  lease: Lease;
  result: unknown;
  claim?: ClaimNext<unknown>;
}

const completions: GroupedWrite<Completion, unknown[]> = {
  // A task, its events, and what its feature writes with it.
  weightOf: () => 50,
  async write(tx, items) {
    const written = new Map<Completion, Recorded>();
    const inOrder = items.toSorted((a, b) => compareLeases(a.lease, b.lease));
    const held = await holdExecutions(
      tx,
      inOrder.map(({ lease }) => lease.execution),
    );
    for (const item of inOrder) written.set(item, await writeResult(tx, item, held.get(item.lease.execution)));
    const recorded = inOrder.filter((item) => written.get(item) === "now");
    for (const [id, own] of Map.groupBy(recorded, ({ lease }) => lease.execution)) {
      const done = own.map(({ lease }) => lease.task);
      await planAfter(tx, own[0]!.hooks, held.get(id)!, done);
    }
    const claims = new Map<Completion, unknown[]>();
    // Whoever says it again got something the first time, and may not know.
    for (const item of recorded) {
      if (!item.claim) continue;
      // A claim that fails is made again by itself.
      const claimed = await attempt(tx, () => item.claim!(tx, held));
      if (claimed.done) claims.set(item, claimed.value);
    }
    return items.map((item) => {
      const recorded = written.get(item)!;
      return typeof recorded === "object" ? recorded : { value: claims.get(item) ?? [] };
    });
  },
};

/** When a result was recorded, if it was. */
type Recorded = "now" | "before" | { refused: Problem };

async function writeResult(
  tx: Ctx,
  { hooks, lease, result }: Completion,
  held: ExecutionTable | undefined,
): Promise<Recorded> {
  const row = await store.findTask(tx.db, lease.execution, lease.task);
  if (row?.state === "succeeded" && row.epoch === lease.epoch) return "before";
  if (!held || row?.state !== "running" || row.epoch !== lease.epoch) return { refused: stale(lease) };
  const execution = store.executionOf(held);
  const task = store.taskOf(row);
  const hook = hooks.get(execution.kind);
  const accepted = hook?.accept ? await hook.accept(tx, execution, task, result) : result;
  const now = tx.clock.now();
  if (!(await store.markSucceeded(tx.db, lease, { result: JSON.stringify(accepted ?? null), now }))) throw stale(lease);
  store.appendEvent(tx, lease.execution, { type: "task.succeeded", task: lease.task });
  await hook?.onTaskEnd?.(tx, execution, { ...task, state: "succeeded", result: accepted, endedAt: now });
  return "now";
}

/**
 * Records a failed attempt: the task is tried again, or it has failed. With `ifExpired`, a lease that is live counts as
 * stale: its holder may have been heard of since somebody looked.
 */
export async function failTask(
  ctx: Ctx,
  hooks: HooksByKind,
  lease: Lease,
  failure: Failure,
  { ifExpired = false }: { ifExpired?: boolean } = {},
): Promise<void> {
  await transaction(ctx, async (tx) => {
    const held = (await holdExecutions(tx, [lease.execution])).get(lease.execution);
    const row = await store.findTask(tx.db, lease.execution, lease.task);
    if (!held || row?.state !== "running" || row.epoch !== lease.epoch) throw stale(lease);
    const execution = store.executionOf(held);
    const task = store.taskOf(row);
    const faults = row.system_faults + (failure.fault === "user" ? 0 : 1);
    const now = tx.clock.now();
    const delay = execution.cancelReason === null ? retryOf(row, failure, now) : undefined;
    const again = delay !== undefined;
    const state = again ? "queued" : execution.cancelReason !== null ? "cancelled" : "failed";
    const change = {
      state,
      error: state === "cancelled" ? execution.cancelReason : failure.message,
      system_faults: faults,
      holder: null,
      ended_at: again ? null : now,
    };
    const key = store.keyOf(lease);
    const from = { from: ["running" as const], epoch: lease.epoch, ...(ifExpired ? { expiredBy: now } : {}) };
    const moved = again
      ? await store.queueTask(tx.db, key, from, { ...change, available_at: now + delay }, row.queue_timeout_seconds)
      : await store.moveTask(tx.db, key, from, { ...change, lease_expires_at: null });
    if (!moved) throw stale(lease);
    store.appendEvent(tx, lease.execution, {
      type: again ? "task.retried" : `task.${state}`,
      task: lease.task,
      data: { message: failure.message, fault: failure.fault, attempt: row.attempt },
      // Also one that is tried again: the execution may be stopping, and then it is not.
      plan: true,
    });
    const hook = hooks.get(execution.kind);
    if (again) {
      await hook?.onRetry?.(tx, execution, task, failure);
      putInLine(tx, key);
    } else await hook?.onTaskEnd?.(tx, execution, { ...task, state, error: change.error, endedAt: now });
  });
}
