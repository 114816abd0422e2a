import { watchClock } from "../platform/clock-watch.ts";
import type { Ctx } from "../platform/context.ts";
import { transaction } from "../platform/db/transaction.ts";
import { settle } from "./apply.ts";
import { reckonAnew, renewLeases } from "./clock-set.ts";
import { endOverdue } from "./deadlines.ts";
import { holdExecution, holdExecutions } from "./hold.ts";
import { expireLeases, leaseMs } from "./lease.ts";
import { planOne } from "./planner.ts";
import { PrepareFault, recordPrepareFault, undoRefused } from "./prepare.ts";
import * as store from "./store.ts";
import type { HooksByKind } from "./types.ts";

const lookEveryMs = 1000;
/** Who hears nobody for so long cannot tell who is silent. */
const standstillMs = (leaseMs * 2) / 3;
const executionsAtOnce = 100;
/** After a plan that failed as a whole: the longest wait before the next one. */
const backoffMs = { first: 500, most: 10_000 };

type ClockSet = (tx: Ctx, jumpedMs: number) => Promise<void>;

/**
 * Plans what needs planning, ends what has waited long enough, takes back silent leases; until `signal` aborts. When the
 * clock was set, `onClockSet` says what else was reckoned by it.
 */
export async function runEngine(
  ctx: Ctx,
  hooks: HooksByKind,
  signal: AbortSignal,
  onClockSet?: ClockSet,
): Promise<void> {
  const look = createLook(ctx, hooks, onClockSet);
  while (!signal.aborted) {
    const wake = ctx.signals.wait("plan", lookEveryMs, signal);
    try {
      const planned = await planAll(ctx, hooks);
      await look();
      if (planned > 0) continue;
    } catch (error) {
      ctx.log.error("the engine stumbled; it looks again", { error });
    }
    await wake;
  }
}

/** Looks at the clock about every second; first of all at whether it can be trusted. */
function createLook(ctx: Ctx, hooks: HooksByKind, onClockSet?: ClockSet): () => Promise<void> {
  const jump = watchClock(ctx.clock.now());
  let owedMs = 0;
  let lookedAt: number | undefined;
  return async () => {
    const silentMs = performance.now() - (lookedAt ?? Number.NEGATIVE_INFINITY);
    if (silentMs < lookEveryMs) return;
    // One moment for all of it: the clock may be set in between.
    const now = ctx.clock.now();
    const still: Ctx = { ...ctx, clock: { now: () => now } };
    owedMs += jump(now);
    if (owedMs !== 0) await reckonAnew(still, owedMs, onClockSet);
    // While this server stood still it heard nobody: what holders said meanwhile comes after this.
    else if (lookedAt !== undefined && silentMs > standstillMs) await renewLeases(still);
    owedMs = 0;
    lookedAt = performance.now();
    await lookAtClock(still, hooks);
  };
}

/** What happens because time has passed. */
export async function lookAtClock(ctx: Ctx, hooks: HooksByKind): Promise<void> {
  for (const look of [expireLeases, endWaits, endOverdue, planDue]) {
    // What one stumbles over holds up no other.
    await look(ctx, hooks).catch((error) => ctx.log.error("the engine stumbled; it looks again", { error }));
  }
}

/** Plans every execution that changed; gives how many. */
export async function planAll(ctx: Ctx, hooks: HooksByKind): Promise<number> {
  let planned = 0;
  for (const [id, seq] of await listToPlan(ctx)) {
    // What one stumbles over holds up no other, and not what time brings.
    try {
      if (await planPatiently(ctx, hooks, id, seq)) planned++;
    } catch (error) {
      ctx.log.error("an execution could not be put off; it is planned again", { execution: id, error });
    }
  }
  return planned;
}

/** Plans an execution; what fails is put off: a task that cannot be prepared alone, else the execution. */
async function planPatiently(ctx: Ctx, hooks: HooksByKind, id: string, seq: number): Promise<boolean> {
  try {
    return await planOne(ctx, hooks, id);
  } catch (error) {
    if (error instanceof PrepareFault) {
      const { task, cause } = error;
      ctx.log.error("a task could not be prepared; it is tried again", {
        execution: id,
        task: task.name,
        error: cause,
      });
      await recordPrepareFault(ctx, hooks, error);
      return true;
    }
    ctx.log.error("an execution could not be planned; it is tried again", { execution: id, error });
    await putOff(ctx, id, seq);
    return false;
  }
}

/** Executions in which something changed, or to which something was posted, with the number of their newest event. */
async function listToPlan(ctx: Ctx): Promise<Map<string, number>> {
  const changed = await ctx.db
    .selectFrom("execution")
    .select(["id", "seq"])
    .where("needs_plan", "=", 1)
    .orderBy("id")
    .limit(executionsAtOnce)
    .execute();
  const told = await ctx.db
    .selectFrom("execution_post")
    .innerJoin("execution", "execution.id", "execution_post.execution_id")
    .select(["execution_id as id", "execution.seq"])
    .distinct()
    // One that was put off after a fault is read its post when it is planned again.
    .where("plan_faults", "=", 0)
    .orderBy("execution_id")
    .limit(executionsAtOnce)
    .execute();
  return new Map([...changed, ...told].map(({ id, seq }) => [id, seq]));
}

/**
 * Plans it again later, each time a while longer; whatever else changes asks for a plan earlier, also what has changed
 * since the event `seen`, which the plan that failed may not have looked at.
 */
async function putOff(ctx: Ctx, id: string, seen: number): Promise<void> {
  await transaction(ctx, async (tx) => {
    const row = (await holdExecutions(tx, [id])).get(id);
    if (!row) return;
    const faults = row.plan_faults + 1;
    const plan_at = tx.clock.now() + Math.min(backoffMs.first * 2 ** (faults - 1), backoffMs.most);
    const change = { needs_plan: row.seq === seen ? 0 : 1, plan_faults: faults, plan_at };
    await tx.db.updateTable("execution").set(change).where("id", "=", id).execute();
  });
}

/** Executions that are to be planned although nothing changed. */
async function planDue(ctx: Ctx): Promise<void> {
  const due = await ctx.db
    .selectFrom("execution")
    .select("id")
    .where("plan_at", "<=", ctx.clock.now())
    .limit(executionsAtOnce)
    .execute();
  for (const { id } of due) await transaction(ctx, (tx) => store.askForPlan(tx, id));
}

/** Waiting tasks whose time is over. */
async function endWaits(ctx: Ctx, hooks: HooksByKind): Promise<void> {
  const rows = await ctx.db
    .selectFrom("task")
    .select(["execution_id", "name"])
    .where("state", "=", "waiting")
    .where("available_at", "<=", ctx.clock.now())
    .execute();
  for (const row of rows) {
    await endWait(ctx, hooks, row).catch((error) =>
      ctx.log.error("a wait could not be ended; it is tried again", { ...row, error }),
    );
  }
}

const endWait = (ctx: Ctx, hooks: HooksByKind, { execution_id, name }: { execution_id: string; name: string }) =>
  transaction(ctx, async (tx) => {
    // Who ends the wait from outside at this moment comes before or after, but not in between.
    const execution = await holdExecution(tx, execution_id);
    const task = store.taskOf((await store.findTask(tx.db, execution_id, name))!);
    if (task.state !== "waiting") return;
    const hook = hooks.get(execution.kind);
    if (!hook?.onWaitEnd) return;
    const note = store.noting(tx, execution.id, { plan: true });
    await settle(
      { tx, hook, execution, note },
      task,
      await undoRefused(tx, () => hook.onWaitEnd!(tx, execution, task)),
    );
  });
