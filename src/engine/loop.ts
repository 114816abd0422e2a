import { Problem } from "../contract/errors.ts";
import type { Ctx } from "../platform/context.ts";
import { transaction } from "../platform/db/transaction.ts";
import { expireLeases, type HooksByKind } from "./lease.ts";
import { type Action, plan } from "./plan.ts";
import * as store from "./store.ts";
import type { Execution, Prepared, Task, TaskState } from "./types.ts";

const lookEveryMs = 1000;

/** Plans what needs planning, ends what has waited long enough, takes back silent leases; until `signal` aborts. */
export async function runEngine(ctx: Ctx, hooks: HooksByKind, signal: AbortSignal): Promise<void> {
  let lookedAt = 0;
  while (!signal.aborted) {
    const wake = ctx.signals.wait("plan", lookEveryMs, signal);
    try {
      const planned = await planAll(ctx, hooks);
      if (ctx.clock.now() - lookedAt >= lookEveryMs) {
        lookedAt = ctx.clock.now();
        await expireLeases(ctx, hooks);
        await endWaits(ctx, hooks);
      }
      if (planned > 0) continue;
    } catch (error) {
      ctx.log.error("the engine stumbled; it looks again", { error });
    }
    await wake;
  }
}

/** Plans every execution that changed; gives how many. */
export async function planAll(ctx: Ctx, hooks: HooksByKind): Promise<number> {
  const rows = await ctx.db
    .selectFrom("execution")
    .select("id")
    .where("needs_plan", "=", 1)
    .orderBy("id")
    .limit(100)
    .execute();
  let planned = 0;
  for (const { id } of rows) {
    try {
      if (await planOne(ctx, hooks, id)) planned++;
    } catch (error) {
      ctx.log.error("an execution could not be planned; it is tried again", { execution: id, error });
    }
  }
  return planned;
}

async function planOne(ctx: Ctx, hooks: HooksByKind, id: string): Promise<boolean> {
  return transaction(ctx, async (tx) => {
    // Taking the flag takes the row: of several servers one plans, and a change made meanwhile sets the flag again.
    const { numUpdatedRows } = await tx.db
      .updateTable("execution")
      .set({ needs_plan: 0 })
      .where("id", "=", id)
      .where("needs_plan", "=", 1)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    const execution = store.executionOf((await store.findExecution(tx.db, id))!);
    if (execution.state !== "running") return true;
    const tasks = (await store.listTaskRows(tx.db, id)).map(store.taskOf);
    const actions = plan({
      cancelRequested: execution.cancelReason !== null,
      continueOnFailure: execution.continueOnFailure,
      tasks,
    });
    ctx.failpoint("engine.afterPlan");
    const byName = new Map(tasks.map((task) => [task.name, task]));
    for (const action of actions) await carryOut(tx, hooks, execution, byName, action);
    return true;
  });
}

async function carryOut(
  tx: Ctx,
  hooks: HooksByKind,
  execution: Execution,
  tasks: Map<string, Task>,
  action: Action,
): Promise<void> {
  const hook = hooks.get(execution.kind);
  if (!hook) throw new Error(`No feature handles executions of kind ${execution.kind}`);
  if (action.type === "finish") {
    const first = tasks.get(action.failed[0] ?? "");
    const error = first ? `${first.name}: ${first.error ?? "failed"}` : execution.cancelReason;
    const ended = { state: action.state, error, ended_at: tx.clock.now() };
    await tx.db.updateTable("execution").set(ended).where("id", "=", execution.id).execute();
    await store.appendEvent(tx, execution.id, { type: action.state });
    const rows = (await store.listTaskRows(tx.db, execution.id)).map(store.taskOf);
    return hook.onEnd(tx, { ...execution, state: action.state, error, endedAt: ended.ended_at }, rows);
  }
  const task = tasks.get(action.task)!;
  if (action.type === "prepare") {
    return apply(tx, hooks, execution, task, await prepared(() => hook.prepare(tx, execution, task)));
  }
  const state = action.type === "skip" ? "skipped" : "cancelled";
  const error = action.type === "skip" ? whySkipped(tasks.get(action.because)!) : execution.cancelReason;
  await end(tx, hooks, execution, task, { state, error });
}

/** What has not ended yet is skipped by the same plan. */
const whySkipped = ({ name, state }: Task): string =>
  state === "failed" || state === "cancelled" ? `${name} did not succeed` : `${name} was skipped`;

/** What cannot be prepared for a reason that a person can understand has failed; anything else is our fault. */
async function prepared(work: () => Promise<Prepared>): Promise<Prepared> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Problem) return { do: "fail", error: error.message };
    throw error;
  }
}

async function apply(tx: Ctx, hooks: HooksByKind, execution: Execution, task: Task, next: Prepared): Promise<void> {
  const key = { executionId: execution.id, name: task.name };
  const from: TaskState[] = ["pending", "waiting"];
  if (next.do === "queue") {
    const change = { state: "queued", payload: JSON.stringify(next.payload), available_at: tx.clock.now() };
    if (!(await store.moveTask(tx.db, key, { from }, change))) return;
    await store.appendEvent(tx, execution.id, { type: "task.queued", task: task.name });
    tx.unit?.afterCommit.push(() => tx.signals.wake("claim"));
  } else if (next.do === "wait") {
    const change = {
      state: "waiting",
      available_at: next.until ?? Number.MAX_SAFE_INTEGER,
      started_at: task.startedAt ?? tx.clock.now(),
      result: JSON.stringify(next.result ?? null),
    };
    const moved = await store.moveTask(tx.db, key, { from }, change);
    // One that only looked around and waits on has no news.
    if (moved && task.state !== "waiting" && task.startedAt === null) {
      await store.appendEvent(tx, execution.id, { type: "task.waiting", task: task.name });
    }
  } else if (next.do === "again") {
    await tx.db.updateTable("execution").set({ needs_plan: 1 }).where("id", "=", execution.id).execute();
    tx.unit?.afterCommit.push(() => tx.signals.wake("plan"));
  } else if (next.do === "settle") {
    await end(tx, hooks, execution, task, { state: next.state, error: null, result: next.result });
  } else if (next.do === "skip") {
    await end(tx, hooks, execution, task, { state: "skipped", error: next.because });
  } else {
    await end(tx, hooks, execution, task, { state: "failed", error: next.error });
  }
}

async function end(
  tx: Ctx,
  hooks: HooksByKind,
  execution: Execution,
  task: Task,
  outcome: { state: TaskState; error: string | null; result?: unknown },
): Promise<void> {
  const now = tx.clock.now();
  const change = {
    state: outcome.state,
    error: outcome.error,
    ended_at: now,
    ...(outcome.result === undefined ? {} : { result: JSON.stringify(outcome.result) }),
  };
  const key = { executionId: execution.id, name: task.name };
  if (!(await store.moveTask(tx.db, key, { from: ["pending", "queued", "waiting"] }, change))) return;
  await store.appendEvent(tx, execution.id, {
    type: `task.${outcome.state}`,
    task: task.name,
    data: { error: outcome.error },
    plan: true,
  });
  await hooks.get(execution.kind)?.onTaskEnd?.(tx, execution, {
    ...task,
    state: outcome.state,
    error: outcome.error,
    result: outcome.result ?? task.result,
    endedAt: now,
  });
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
    await transaction(ctx, async (tx) => {
      const task = store.taskOf((await store.findTask(tx.db, row.execution_id, row.name))!);
      if (task.state !== "waiting") return;
      const execution = store.executionOf((await store.findExecution(tx.db, row.execution_id))!);
      const hook = hooks.get(execution.kind);
      if (!hook?.onWaitEnd) return;
      const next = await prepared(() => hook.onWaitEnd!(tx, execution, task));
      await apply(tx, hooks, execution, task, next);
    });
  }
}
