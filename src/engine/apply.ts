import type { Ctx } from "../platform/context.ts";
import { putInLine } from "./in-line.ts";
import { post, wake } from "./post.ts";
import * as store from "./store.ts";
import type { Execution, ExecutionHooks, Prepared, Task, TaskState } from "./types.ts";

/** An execution while it is planned; its row is taken. */
export interface Planning {
  tx: Ctx;
  hook: ExecutionHooks;
  execution: Execution;
  note: store.Note;
}

/** An execution while its tasks are prepared. */
export interface Preparing extends Planning {
  /** What a task has written is undone when it is refused; without this, one that is refused ends the transaction. */
  undoable: boolean;
}

/** Does with a pending or waiting task what its feature has decided. */
export async function settle(planning: Planning, task: Task, next: Prepared): Promise<void> {
  const { tx, execution, note } = planning;
  const key = { executionId: execution.id, name: task.name };
  const from: TaskState[] = ["pending", "waiting"];
  const now = tx.clock.now();
  if (next.do === "queue") {
    const deadline_at = task.deadlineSeconds === null ? null : now + task.deadlineSeconds * 1000;
    const change = { payload: JSON.stringify(next.payload), available_at: now, deadline_at };
    if (!(await store.queueTask(tx.db, key, { from }, change, task.queueTimeoutSeconds))) return;
    note({ type: "task.queued", task: task.name });
    putInLine(tx, key);
  } else if (next.do === "wait") {
    const change = {
      state: "waiting",
      available_at: next.until ?? Number.MAX_SAFE_INTEGER,
      started_at: task.startedAt ?? now,
      result: JSON.stringify(next.result ?? null),
    };
    const moved = await store.moveTask(tx.db, key, { from }, change);
    // One that only looked around and waits on has no news.
    if (moved && task.state !== "waiting") note({ type: "task.waiting", task: task.name });
  } else if (next.do === "again") {
    // One that waits is prepared by the next plan, as one that was woken.
    if (task.state === "waiting") await wake(planning, task.name);
    await store.askForPlan(tx, execution.id);
  } else if (next.do === "settle") {
    await endTask(planning, task, { state: next.state, error: null, result: next.result });
  } else if (next.do === "skip") {
    await endTask(planning, task, { state: "skipped", error: next.because });
  } else {
    await endTask(planning, task, { state: "failed", error: next.error });
  }
}

/** Ends a task that does not run, and whatever runs for it. */
export async function endTask(
  { tx, hook, execution, note }: Planning,
  task: Task,
  outcome: { state: TaskState; error: string | null; result?: unknown },
): Promise<void> {
  const now = tx.clock.now();
  const change = {
    state: outcome.state,
    error: outcome.error,
    ended_at: now,
    lease_expires_at: null,
    ...(outcome.result === undefined ? {} : { result: JSON.stringify(outcome.result) }),
  };
  const key = { executionId: execution.id, name: task.name };
  if (!(await store.moveTask(tx.db, key, { from: ["pending", "queued", "waiting"] }, change))) return;
  note({ type: `task.${outcome.state}`, task: task.name, data: { error: outcome.error } });
  if (task.state === "waiting") await stopChildren(tx, task, outcome.error ?? outcome.state);
  await hook.onTaskEnd?.(tx, execution, {
    ...task,
    state: outcome.state,
    error: outcome.error,
    result: outcome.result ?? task.result,
    endedAt: now,
  });
}

/** Nobody waits any more for what the executions of this task would give. */
async function stopChildren(tx: Ctx, task: Task, reason: string): Promise<void> {
  const children = await tx.db
    .selectFrom("execution")
    .select("id")
    .where("parent_execution", "=", task.executionId)
    .where("parent_task", "=", task.name)
    .where("state", "=", "running")
    .execute();
  const ids = children.map(({ id }) => id);
  await post(tx, ids, { kind: "cancel", reason });
}
