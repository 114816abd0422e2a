import type { MonitorDefinition } from "../../contract/monitor.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { nextSlot } from "./definition.ts";
import { startRun } from "./run.ts";
import type { MonitorTable } from "./schema.ts";
import * as store from "./store.ts";

const lookEveryMs = 1000;

/** Starts monitors when they are due, until `signal` aborts. Any number of servers may do it. */
export async function runMonitorSchedule(ctx: Ctx, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await startDue(ctx);
    } catch (error) {
      ctx.log.error("monitors that are due could not be started; they are tried again", { error });
    }
    await ctx.signals.wait("monitor.schedule", lookEveryMs, signal);
  }
}

/** The clock was set: nothing is due later than one interval from now. */
export async function reckonMonitors(tx: Ctx): Promise<void> {
  const now = tx.clock.now();
  for (const monitor of await store.listLater(tx.db, now)) {
    const { everyMinutes } = JSON.parse(monitor.definition) as MonitorDefinition;
    const next = nextSlot(everyMinutes, now, now);
    if (next !== null && next < monitor.next_run_at!) await store.takeSlot(tx.db, monitor, next);
  }
}

/** Starts what is due; gives how many runs. */
export async function startDue(ctx: Ctx): Promise<number> {
  let started = 0;
  for (const monitor of await store.listDue(ctx.db, ctx.clock.now())) {
    if (await startSlot(ctx, monitor)) started++;
  }
  return started;
}

/**
 * One run per slot, whoever looks: moving `next_run_at` on and starting the run commit together. Slots that passed while
 * no server ran, or while the run before was not done, are not made up for.
 */
async function startSlot(ctx: Ctx, due: MonitorTable): Promise<boolean> {
  return transaction(ctx, async (tx) => {
    const slot = due.next_run_at!;
    const { everyMinutes } = JSON.parse(due.definition) as MonitorDefinition;
    if (!(await store.takeSlot(tx.db, due, nextSlot(everyMinutes, slot, tx.clock.now())))) return false;
    const monitor = (await store.findMonitor(tx.db, due.workspace, due.name))!;
    if (await store.findRunning(tx.db, due.workspace, due.name)) return false;
    await startRun(tx, monitor, `schedule/${slot}`);
    return true;
  });
}
