import { Problem } from "../../contract/errors.ts";
import type { ScheduleSettings } from "../../contract/schedule.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { cancelJob, listRunningOf } from "../job/index.ts";
import { startPipeline } from "../pipeline/index.ts";
import { lastDueBetween, nextDue } from "./due.ts";
import type { FiringTable, ScheduleTable } from "./schema.ts";
import * as store from "./store.ts";

const lookEveryMs = 1000;
/** A time that is looked at this late was not missed. */
const onTimeMs = 60_000;
const mostCaughtUp = 100;
/** So many jobs of one schedule are started before times that came meanwhile are looked for. */
const mostRounds = 100;

export const settingsOf = (row: ScheduleTable): ScheduleSettings => JSON.parse(row.settings) as ScheduleSettings;

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

/** What one schedule stumbles over holds up no other; it is looked at again with the next round. */
async function alone<T>(ctx: Ctx, schedule: string, look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    ctx.log.error("a schedule could not be looked at; it is looked at again", { schedule, error });
    return undefined;
  }
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
      await enqueue(tx, row, { dueAt: at, cause: "time", key: `time/${at}`, reason });
    }
    return due.length;
  });
}

/** Notes a firing; with a reason, one that is left out. Undefined when it was noted before. */
export async function enqueue(
  tx: Ctx,
  row: ScheduleTable,
  firing: { dueAt: number; cause: string; key: string; reason?: string | null },
): Promise<FiringTable | undefined> {
  const { dueAt, cause, key, reason = null } = firing;
  const noted: FiringTable = {
    ...{ id: tx.ids.next(), workspace: row.workspace, schedule: row.name, key, due_at: dueAt, cause },
    ...{ state: reason === null ? "queued" : "skipped", job_id: null, reason, created_at: tx.clock.now() },
  };
  if (!(await store.insertFiring(tx, noted))) {
    // Who asks for a time again that was left out, or could not be started, gets it; so does a clock that was set back.
    return cause === "backfill" || (cause === "time" && reason === null) ? requeue(tx, row, key, cause) : undefined;
  }
  wakeAfter(tx);
  return noted;
}

async function requeue(
  tx: Ctx,
  { workspace, name }: ScheduleTable,
  key: string,
  cause: string,
): Promise<FiringTable | undefined> {
  const again = await store.requeueFiring(tx, { workspace, schedule: name, key }, cause);
  if (again) wakeAfter(tx);
  return again;
}

const wakeAfter = (tx: Ctx): void => {
  tx.unit?.afterCommit.push(() => tx.signals.wake("schedule"));
};

/** Starts what is noted, of each schedule in the order in which it was, as its policy says. */
export async function startQueued(ctx: Ctx): Promise<void> {
  const held = new Set<string>();
  for (let round = 0; round < mostRounds; round++) {
    const next = (await store.listQueued(ctx)).filter((firing) => !held.has(keyOf(firing)));
    if (next.length === 0) return;
    for (const firing of next) {
      if ((await alone(ctx, firing.schedule, () => startOne(ctx, firing))) !== "done") held.add(keyOf(firing));
    }
  }
}

const keyOf = ({ workspace, schedule }: FiringTable): string => `${workspace} ${schedule}`;

async function startOne(ctx: Ctx, firing: FiringTable): Promise<"done" | "waits"> {
  const row = await store.findSchedule(ctx, firing.workspace, firing.schedule);
  if (!row) return end(ctx, firing, "skipped", "the schedule was deleted");
  const settings = settingsOf(row);
  const trigger = `schedule/${row.name}`;
  const running = settings.overlap === "allow" ? [] : await listRunningOf(ctx.db, row.workspace, trigger);
  // A backfill asks for each of its times.
  const overlap = firing.cause === "backfill" && settings.overlap === "skip" ? "queue" : settings.overlap;
  if (running.length > 0 && overlap === "skip") return end(ctx, firing, "skipped", `job ${running.at(-1)} still runs`);
  if (running.length > 0 && overlap === "queue") return "waits";
  const actor = { id: row.created_by_id, name: row.created_by_name };
  try {
    await transaction({ ...ctx, actor }, async (tx) => {
      // Taking the firing takes the row: of several servers one starts the job.
      if (!(await store.endFiring(tx, firing.id, { state: "started", job_id: null, reason: null }))) return;
      for (const id of running) await cancelJob(tx, row.workspace, id, `schedule ${row.name} starts it anew`);
      const job = await startPipeline(
        tx,
        { workspace: row.workspace, name: settings.pipeline },
        {
          ...settings.start,
          inputs: withTime(settings.start.inputs, firing.due_at),
          trigger,
        },
      );
      await store.setJob(tx, firing.id, job.id);
      record(tx, {
        workspace: row.workspace,
        type: "schedule.fired",
        subject: `schedule/${row.name}`,
        data: { job: job.id, cause: firing.cause },
      });
    });
    return "done";
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return end(ctx, firing, "failed", error.message);
  }
}

async function end(ctx: Ctx, firing: FiringTable, state: "skipped" | "failed", reason: string): Promise<"done"> {
  await transaction(ctx, async (tx) => {
    if (!(await store.endFiring(tx, firing.id, { state, reason, job_id: null }))) return;
    const subject = `schedule/${firing.schedule}`;
    record(tx, {
      workspace: firing.workspace,
      type: `schedule.${state}`,
      subject,
      data: { reason, dueAt: firing.due_at },
    });
  });
  return "done";
}

const dueTime = /\$\{\{\s*creation_context\.trigger_time\s*\}\}/g;

const withTime = (inputs: ScheduleSettings["start"]["inputs"], dueAt: number): typeof inputs =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      name,
      typeof value === "string" ? value.replace(dueTime, new Date(dueAt).toISOString()) : value,
    ]),
  );
