import type { Ctx } from "../platform/context.ts";
import { holding } from "../platform/db/hold.ts";
import { prepared } from "../platform/db/prepared.ts";
import { transaction } from "../platform/db/transaction.ts";
import { compareLeases } from "./lease-order.ts";
import { failTask } from "./outcome.ts";
import type { TaskTable } from "./schema.ts";
import { isStale, stale } from "./stale.ts";
import * as store from "./store.ts";
import type { Failure, HooksByKind, Lease } from "./types.ts";

/** A holder that has not been heard of for this long has lost its tasks. */
export const leaseMs = 15_000;

/** Extends leases; says which are lost, and which belong to an execution that is to stop. */
export async function heartbeat(ctx: Ctx, leases: Lease[]): Promise<{ lost: Lease[]; cancel: Lease[] }> {
  if (leases.length === 0) return { lost: [], cancel: [] };
  return transaction(ctx, async (tx) => {
    const lease_expires_at = tx.clock.now() + leaseMs;
    const lost: Lease[] = [];
    const live: Lease[] = [];
    for (const lease of leases.toSorted(compareLeases)) {
      const from = { from: ["running" as const], epoch: lease.epoch };
      const extended = await store.moveTask(tx.db, store.keyOf(lease), from, { lease_expires_at });
      (extended ? live : lost).push(lease);
    }
    const stopping = await store.listStopping(tx.db, [...new Set(live.map(({ execution }) => execution))]);
    return { lost, cancel: live.filter(({ execution }) => stopping.has(execution)) };
  });
}

/**
 * Takes the task of the live lease until the transaction ends: whoever gets it next sees what is written meanwhile.
 * Refuses any other lease as `stale`.
 */
export async function holdLease(tx: Ctx, lease: Lease): Promise<void> {
  const row = await takeTask.first(tx.db, store.keyOf(lease));
  if (row?.state !== "running" || row.epoch !== lease.epoch) throw stale(lease);
}

const takeTask = prepared<store.TaskKey, Pick<TaskTable, "state" | "epoch">>((db, value) =>
  holding(
    db,
    db
      .selectFrom("task")
      .select(["state", "epoch"])
      .where("execution_id", "=", value("executionId"))
      .where("name", "=", value("name")),
  ),
);

/** Takes back the tasks of holders that are silent for too long; gives how many. */
export async function expireLeases(ctx: Ctx, hooks: HooksByKind): Promise<number> {
  const rows = await ctx.db
    .selectFrom("task")
    .select(["execution_id", "name", "epoch", "holder"])
    .where("state", "=", "running")
    .where("lease_expires_at", "<", ctx.clock.now())
    .execute();
  return takeBack(ctx, hooks, rows, { what: "has not been heard of any more", ifExpired: true });
}

/** Takes back at once the tasks of holders that are known to be gone. */
export async function releaseHolders(ctx: Ctx, hooks: HooksByKind, holderPrefix: string): Promise<number> {
  const rows = await ctx.db
    .selectFrom("task")
    .select(["execution_id", "name", "epoch", "holder"])
    .where("state", "=", "running")
    .where("holder", "like", `${holderPrefix}%`)
    .execute();
  return takeBack(ctx, hooks, rows, { what: "was stopped", ifExpired: false });
}

async function takeBack(
  ctx: Ctx,
  hooks: HooksByKind,
  rows: { execution_id: string; name: string; epoch: number; holder: string | null }[],
  { what, ifExpired }: { what: string; ifExpired: boolean },
): Promise<number> {
  let taken = 0;
  for (const row of rows) {
    const lease = { execution: row.execution_id, task: row.name, epoch: row.epoch };
    const failure: Failure = { message: `${row.holder} ${what}`, fault: "system", retryable: true };
    try {
      await failTask(ctx, hooks, lease, failure, { ifExpired });
      taken++;
    } catch (error) {
      // Its holder ended it in the meantime, or was heard of: all is well.
      if (isStale(error)) continue;
      ctx.log.error("a task could not be taken back; it is tried again", { ...lease, error });
    }
  }
  return taken;
}
