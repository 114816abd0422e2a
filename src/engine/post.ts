import type { Ctx } from "../platform/context.ts";
import { bulkInsert } from "../platform/db/bulk.ts";
import { transaction } from "../platform/db/transaction.ts";
import type { Planning } from "./apply.ts";
import type { PostTable } from "./post-schema.ts";
import * as store from "./store.ts";
import type { TaskState } from "./types.ts";

/** How a task that waits ends from outside. */
export interface Outcome {
  state: "succeeded" | "reused" | "failed";
  result?: unknown;
  error?: string;
}

/** What one execution can say to another. */
export type Post =
  | { kind: "cancel"; reason: string }
  /** The task that waits has ended. */
  | { kind: "settle"; task: string; outcome: Outcome }
  /** The task that waits is prepared again; before, its feature is told the news, if there are any. */
  | { kind: "wake"; task: string; news?: unknown };

/** So many are read in one transaction. */
const atOnce = 128;

const insertPosts = bulkInsert<PostTable>(
  "execution_post",
  { id: "text", execution_id: "text", kind: "text", task: "text", data: "text" },
  "refuse",
);

/**
 * Tells other executions something. They hear of it when they are planned next, which is soon and in transactions of
 * their own: a transaction that has taken its executions never takes one more.
 */
export async function post(ctx: Ctx, executionIds: string[], { kind, ...said }: Post): Promise<void> {
  const { task = null, ...data } = said as { task?: string };
  await transaction(ctx, async (tx) => {
    const rows = executionIds.map((execution_id) => ({
      ...{ id: tx.ids.next(), execution_id, kind, task, data: JSON.stringify(data) },
    }));
    await insertPosts(tx.db, rows);
    tx.unit?.afterCommit.push(() => tx.signals.wake("plan"));
  });
}

/** Takes what was posted to an execution, which is held, oldest first; with what is left, it is planned again. */
export async function takePosts(tx: Ctx, executionId: string): Promise<Post[]> {
  const rows = await tx.db
    .selectFrom("execution_post")
    .selectAll()
    .where("execution_id", "=", executionId)
    .orderBy("id")
    .limit(atOnce)
    .execute();
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  await tx.db.deleteFrom("execution_post").where("execution_id", "=", executionId).where("id", "in", ids).execute();
  return rows.map(({ kind, task, data }) => ({ kind, task, ...JSON.parse(data) }) as Post);
}

/** Does what the posts say. To an execution that has ended nothing is done, but its feature hears the news. */
export async function readPosts(planning: Planning, posts: Post[]): Promise<void> {
  const { tx, hook, execution } = planning;
  for (const one of posts) {
    if (one.kind === "wake" && one.news !== undefined) await hook.onNews!(tx, execution, one.task, one.news);
  }
  if (execution.state !== "running") return;
  const woken = new Set<string>();
  for (const one of posts) {
    if (one.kind === "cancel") await noteCancel(planning, one.reason);
    else if (one.kind === "settle") await settleWaiting(planning, one.task, one.outcome);
    else woken.add(one.task);
  }
  for (const task of woken) await wake(planning, task);
}

async function noteCancel({ tx, execution, note }: Planning, reason: string): Promise<void> {
  if (execution.cancelReason !== null) return;
  execution.cancelReason = reason || "cancelled";
  await tx.db
    .updateTable("execution")
    .set({ cancel_reason: execution.cancelReason })
    .where("id", "=", execution.id)
    .execute();
  note({ type: "cancel.requested", data: { reason } });
}

type InExecution = Pick<Planning, "tx" | "note"> & { execution: { id: string } };

/** Ends a task that waits; false when it does not, or no more. */
export async function settleWaiting({ tx, execution, note }: InExecution, name: string, outcome: Outcome) {
  const change = {
    state: outcome.state,
    result: JSON.stringify(outcome.result ?? null),
    error: outcome.error ?? null,
    ended_at: tx.clock.now(),
  };
  const moved = await store.moveTask(tx.db, { executionId: execution.id, name }, { from: ["waiting"] }, change);
  if (moved) note({ type: `task.${outcome.state}`, task: name, data: { error: outcome.error } });
  return moved;
}

/** Has a task that waits prepared again. */
export async function wake({ tx, execution, note }: Planning, name: string): Promise<void> {
  const change = { state: "pending" satisfies TaskState, available_at: 0 };
  const moved = await store.moveTask(tx.db, { executionId: execution.id, name }, { from: ["waiting"] }, change);
  if (moved) note({ type: "task.woken", task: name });
}
