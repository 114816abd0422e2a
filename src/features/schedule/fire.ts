import { lastDueBetween, nextDue } from "../../platform/calendar/due.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { alone } from "./alone.ts";
import { enqueue, redo } from "./note.ts";
import type { ScheduleTable } from "./schema.ts";
import { settingsOf } from "./settings.ts";
import { startQueued } from "./start.ts";
import * as store from "./store.ts";

const lookEveryMs = 1000;
/** A time that is looked at this late was not missed. */
const onTimeMs = 60_000;
const mostCaughtUp = 100;

/** Starts what is due, until `signal` aborts. Any number of servers may do it. */
export async function runSchedules(ctx: Ctx, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const wake = ctx.signals.wait("schedule", lookEveryMs, signal);
    try {
      await fireDue(ctx);
      await startQueued(ctx);
    } catch (error) {
      ctx.log.error("schedules could not be looked at; they are looked at again", { error });
    }
    await wake;
  }
}

/** The clock was set: what is due next comes no later than by the clock as it is. Times that were noted are noted once. */
export async function reckonSchedules(tx: Ctx): Promise<void> {
  const now = tx.clock.now();
  for (const row of await store.listLater(tx, now)) {
    const next = nextDue(settingsOf(row).trigger, now, row.created_at);
    if (next !== null && next < row.next_at!) await store.takeDue(tx, row, next);
  }
}

/** Notes every time that has come; gives how many. */
export async function fireDue(ctx: Ctx): Promise<number> {
  let fired = 0;
  for (const row of await store.listDue(ctx, ctx.clock.now())) {
    fired += (await alone(ctx, row.name, () => fireOne(ctx, row))) ?? 0;
  }
  return fired;
}

/** Moving the next time on and noting what is due commit together: each time is noted once, whoever looks. */
function fireOne(ctx: Ctx, row: ScheduleTable): Promise<number> {
  return transaction(ctx, async (tx) => {
    const now = tx.clock.now();
    const { trigger, catchUp } = settingsOf(row);
    if (!(await store.takeDue(tx, row, nextDue(trigger, now, row.created_at)))) return 0;
    const due = lastDueBetween(trigger, row.next_at! - 1, now, row.created_at, mostCaughtUp);
    if (due[0] !== row.next_at) {
      const until = due[0] === undefined ? "" : ` and those before ${new Date(due[0]).toISOString()}`;
      const reason = `no server ran when it was due; it${until} are not looked at again, because at most ${mostCaughtUp} times are`;
      await enqueue(tx, row, { dueAt: row.next_at!, cause: "time", key: `time/${row.next_at}`, reason });
    }
    const isWanted = (at: number, index: number): boolean =>
      now - at <= onTimeMs || catchUp === "all" || (catchUp === "last" && index === due.length - 1);
    for (const [index, at] of due.entries()) {
      const reason = isWanted(at, index) ? null : "no server ran when it was due";
      const time = { dueAt: at, cause: "time", key: `time/${at}`, reason };
      // After the clock was set back, a time that was left out comes again.
      if (!(await enqueue(tx, row, time)) && reason === null) await redo(tx, row, time);
    }
    return due.length;
  });
}
