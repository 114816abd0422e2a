import type { ExpressionBuilder } from "kysely";
import type { Ctx, Tables } from "../platform/context.ts";
import { transaction } from "../platform/db/transaction.ts";
import { endTask, type Planning, settle } from "./apply.ts";
import { post, readPosts, takePosts } from "./post.ts";
import { prepareTask } from "./prepare.ts";
import type { TaskTable } from "./schema.ts";
import * as store from "./store.ts";
import { type Execution, endedTaskStates, type HooksByKind, isDone, type TaskState } from "./types.ts";

/** Tasks that one transaction prepares or ends at most: others that write wait for it. */
const atOnce = 64;
const ended = [...endedTaskStates];
const notRunning: TaskState[] = ["pending", "queued", "waiting"];

/**
 * Takes what has changed in an execution further: those that needed what is done have one thing less to wait for,
 * those that wait for nothing are prepared, and when all have ended, so has the execution. It looks at what changed
 * and not at the whole graph, so that a step of a thousand costs what a step of ten costs. False when there was
 * nothing to plan.
 */
export const planOne = (ctx: Ctx, hooks: HooksByKind, id: string): Promise<boolean> =>
  transaction(ctx, (tx) => planInside(tx, hooks, id));

/** The same in a transaction that has other things to write too. */
export async function planInside(tx: Ctx, hooks: HooksByKind, id: string): Promise<boolean> {
  // Taking the flag takes the row, if it was not held before: of several servers one plans, and a change made meanwhile
  // sets the flag again.
  const row = await tx.db
    .updateTable("execution")
    .set({ needs_plan: 0, plan_faults: 0 })
    .where("id", "=", id)
    .where(hasNews)
    .returningAll()
    .executeTakeFirst();
  if (!row) return false;
  const posts = await takePosts(tx, id);
  const execution = store.executionOf(row);
  const hook = hooks.get(execution.kind);
  if (!hook) throw new Error(`No feature handles executions of kind ${execution.kind}`);
  const planning: Planning = { tx, hook, execution, events: store.collectEvents(tx, id) };
  await readPosts(planning, posts);
  if (execution.state !== "running") {
    if (row.plan_at !== null)
      await tx.db.updateTable("execution").set({ plan_at: null }).where("id", "=", id).execute();
    return true;
  }
  const failed = await firstFailed(planning);
  const isStopping = execution.cancelReason !== null || (failed !== undefined && !execution.continueOnFailure);
  const more = isStopping ? await stopAll(planning, failed) : await goOn(planning);
  await planning.events.flush();
  tx.failpoint("engine.afterPlan");
  if (row.plan_at !== null) await planLater(planning);
  if (more) await store.askForPlan(tx, id);
  else if ((isStopping || execution.sealed) && !(await hasOpenTasks(planning))) await finish(planning);
  return true;
}

/** Something changed that planning has not looked at, or something was posted. */
const hasNews = ({ eb, exists, selectFrom, or }: ExpressionBuilder<Tables, "execution">) =>
  or([
    eb("needs_plan", "=", 1),
    exists(selectFrom("execution_post").select("id").whereRef("execution_post.execution_id", "=", "execution.id")),
  ]);

/** The first task that has failed. */
const firstFailed = ({ tx, execution }: Planning) =>
  tx.db
    .selectFrom("task")
    .select(["name", "error"])
    .where("execution_id", "=", execution.id)
    .where("state", "=", "failed")
    .orderBy("position")
    .limit(1)
    .executeTakeFirst();

/** Ends what does not run; true when there is more of it. */
async function stopAll(planning: Planning, failed: { name: string } | undefined): Promise<boolean> {
  const { tx, execution } = planning;
  const rows = await tx.db
    .selectFrom("task")
    .selectAll()
    .where("execution_id", "=", execution.id)
    .where("state", "in", notRunning)
    .orderBy("position")
    .limit(atOnce)
    .execute();
  const outcome =
    execution.cancelReason !== null || !failed
      ? { state: "cancelled" as const, error: execution.cancelReason }
      : { state: "skipped" as const, error: `${failed.name} did not succeed` };
  for (const row of rows) await endTask(planning, store.taskOf(row), outcome);
  return rows.length === atOnce;
}

/**
 * Tells what has ended to those that need it, and prepares whom that leaves nothing to wait for, until nothing is left
 * to do; true when it stopped before, so that others may write.
 */
async function goOn(planning: Planning): Promise<boolean> {
  for (let done = 0; done < atOnce; ) {
    const news = await listNews(planning);
    if (news.length > 0) {
      await tell(planning, news);
      done += 1;
      continue;
    }
    const ready = await listReady(planning);
    if (ready.length === 0) return false;
    let again = false;
    for (const row of ready) {
      const task = store.taskOf(row);
      const next = await prepareTask(planning, task);
      await settle(planning, task, next);
      // One that fails may stop the others: that is for the next plan to say.
      again ||= next.do === "again" || next.do === "fail";
    }
    if (again) return true;
    done += ready.length;
  }
  return true;
}

/** Tasks that wait for nothing any more, as many as there is room for. */
async function listReady(planning: Planning): Promise<TaskTable[]> {
  const room = await roomOf(planning);
  if (room <= 0) return [];
  const { tx, execution } = planning;
  return tx.db
    .selectFrom("task")
    .selectAll()
    .where("execution_id", "=", execution.id)
    .where("state", "=", "pending")
    .where("told", "=", 0)
    .where("unmet", "=", 0)
    .where("available_at", "<=", tx.clock.now())
    .orderBy("position")
    .limit(Math.min(room, atOnce))
    .execute();
}

/** How many more tasks may be queued. */
async function roomOf({ tx, execution }: Planning): Promise<number> {
  if (execution.maxParallel === null) return atOnce;
  const { count } = await tx.db
    .selectFrom("task")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("execution_id", "=", execution.id)
    .where("state", "in", ["queued", "running"])
    .executeTakeFirstOrThrow();
  return execution.maxParallel - Number(count);
}

/** Tasks that have ended and have not been told of. */
const listNews = ({ tx, execution }: Planning) =>
  tx.db
    .selectFrom("task")
    .select(["name", "state"])
    .where("execution_id", "=", execution.id)
    .where("state", "in", ended)
    .where("told", "=", 0)
    .limit(atOnce)
    .execute();

async function tell(planning: Planning, news: { name: string; state: string }[]): Promise<void> {
  const { tx, execution } = planning;
  const names = news.map(({ name }) => name);
  await store.setTold(tx.db, execution.id, names, 1);
  const needs = await tx.db
    .selectFrom("task_need")
    .select(["need", "name"])
    .where("execution_id", "=", execution.id)
    .where("need", "in", names)
    .execute();
  const stateOf = new Map(news.map(({ name, state }) => [name, state as TaskState]));
  const met = new Map<string, number>();
  const unreachable = new Map<string, string>();
  for (const { need, name } of needs) {
    if (isDone(stateOf.get(need)!)) met.set(name, (met.get(name) ?? 0) + 1);
    else if (!unreachable.has(name)) unreachable.set(name, need);
  }
  await store.lessUnmet(tx.db, execution.id, met);
  for (const row of await store.listTaskRows(tx.db, execution.id, [...unreachable.keys()])) {
    const because = unreachable.get(row.name)!;
    const error = stateOf.get(because) === "skipped" ? `${because} was skipped` : `${because} did not succeed`;
    await endTask(planning, store.taskOf(row), { state: "skipped", error });
  }
}

async function hasOpenTasks({ tx, execution }: Planning): Promise<boolean> {
  const open = await tx.db
    .selectFrom("task")
    .select("name")
    .where("execution_id", "=", execution.id)
    .where("state", "in", [...notRunning, "running"])
    .limit(1)
    .executeTakeFirst();
  return open !== undefined;
}

/** When tasks that were put off are due. By the clock of whoever planned: another server's may be ahead of it. */
async function planLater({ tx, execution }: Planning): Promise<void> {
  const next = await tx.db
    .selectFrom("task")
    .select((eb) => eb.fn.min("available_at").as("at"))
    .where("execution_id", "=", execution.id)
    .where("state", "=", "pending")
    .where("told", "=", 0)
    .where("unmet", "=", 0)
    .where("available_at", ">", tx.clock.now())
    .executeTakeFirst();
  await tx.db
    .updateTable("execution")
    .set({ plan_at: next?.at ?? null })
    .where("id", "=", execution.id)
    .execute();
}

async function finish(planning: Planning): Promise<void> {
  const { tx, hook, execution } = planning;
  const failed = await firstFailed(planning);
  const state = failed || execution.timedOut ? "failed" : execution.cancelReason !== null ? "cancelled" : "succeeded";
  const error = failed ? `${failed.name}: ${failed.error ?? "failed"}` : execution.cancelReason;
  const change = { state, error, ended_at: tx.clock.now() } as const;
  await tx.db.updateTable("execution").set(change).where("id", "=", execution.id).execute();
  await store.appendEvent(tx, execution.id, { type: state });
  const tasks = (await store.listTaskRows(tx.db, execution.id)).map(store.taskOf);
  const ended: Execution = { ...execution, state, error, endedAt: change.ended_at };
  await hook.onEnd(tx, ended, tasks);
  const { parent } = execution;
  if (!parent) return;
  const outcome = state === "succeeded" ? ({ state } as const) : ({ state: "failed", error: error ?? state } as const);
  await post(tx, [parent.execution], { kind: "settle", task: parent.task, outcome });
}
