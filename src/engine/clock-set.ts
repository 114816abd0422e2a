import { sql } from "kysely";
import type { Ctx } from "../platform/context.ts";
import { transaction } from "../platform/db/transaction.ts";
import { leaseMs } from "./lease.ts";

/** What has a time further off than any that is given has none. */
const centuryMs = 100 * 365 * 86_400_000;

/**
 * The clock was set: what runs, queues or waits keeps the time that it had left, and nobody loses a lease. `more` is what
 * else was reckoned by it.
 */
export async function reckonAnew(
  ctx: Ctx,
  jumpedMs: number,
  more?: (tx: Ctx, jumpedMs: number) => Promise<void>,
): Promise<void> {
  ctx.log.warn("the clock was set, or this machine slept; what runs keeps the time that it had left", { jumpedMs });
  await transaction(ctx, async (tx) => {
    await renewLeases(tx);
    await moveWaits(tx, jumpedMs);
    if (jumpedMs > 0) await moveOn(tx, jumpedMs);
    await beginInThePast(tx);
    await more?.(tx, jumpedMs);
  });
}

/** Nobody could say that they are there: all leases begin again. */
export async function renewLeases({ db, clock }: Ctx): Promise<void> {
  const lease_expires_at = clock.now() + leaseMs;
  await db.updateTable("task").set({ lease_expires_at }).where("state", "=", "running").execute();
}

async function moveWaits({ db, clock }: Ctx, ms: number): Promise<void> {
  await db
    .updateTable("task")
    .set((eb) => ({ available_at: eb("available_at", "+", ms) }))
    .where("state", "=", "waiting")
    .where("available_at", "<", clock.now() + Math.abs(ms) + centuryMs)
    .execute();
}

/** Set forwards, the ends of times move on with the clock. */
async function moveOn({ db }: Ctx, ms: number): Promise<void> {
  const by = (column: string) => sql<number>`${sql.ref(column)} + ${ms}`;
  const timed = db.updateTable("execution").where("state", "=", "running").where("deadline_at", "is not", null);
  await timed.set({ created_at: by("created_at"), deadline_at: by("deadline_at") }).execute();
  const open = db.updateTable("task").where("state", "in", ["queued", "running"]);
  await open.set({ started_at: by("started_at"), deadline_at: by("deadline_at") }).execute();
  await open
    .set({ lease_expires_at: by("lease_expires_at") })
    .where("state", "=", "queued")
    .execute();
}

/**
 * Nothing began later than now, and no end is further off than when it began: what the clock before, or an end that was
 * given since, says otherwise begins now.
 */
async function beginInThePast({ db, clock }: Ctx): Promise<void> {
  const now = clock.now();
  const executions = db.updateTable("execution").where("state", "=", "running");
  await executions
    .set((eb) => ({
      deadline_at: sql<number>`${eb.ref("deadline_at")} - ${eb.ref("created_at")} + ${now}`,
      created_at: now,
    }))
    .where("created_at", ">", now)
    .execute();
  await executions.set({ plan_at: now }).where("plan_at", ">", now).execute();
  const tasks = (states: ("pending" | "queued" | "running" | "waiting")[]) =>
    db.updateTable("task").where("state", "in", states);
  await tasks(["running", "waiting"]).set({ started_at: now }).where("started_at", ">", now).execute();
  await tasks(["pending", "queued"]).set({ available_at: now }).where("available_at", ">", now).execute();
  for (const [end, seconds, states] of [
    ["deadline_at", "deadline_seconds", ["queued", "running"]],
    ["lease_expires_at", "queue_timeout_seconds", ["queued"]],
  ] as const) {
    const latest = sql<number>`${now} + ${sql.ref(seconds)} * 1000`;
    await tasks([...states])
      .set({ [end]: sql<number>`cast(${latest} as bigint)` })
      .where(end, ">", latest)
      .execute();
  }
}
