import type { ExpressionBuilder, SqlBool } from "kysely";
import type { Ctx, Tables } from "../platform/context.ts";
import { attempt } from "../platform/db/attempt.ts";
import { prepared } from "../platform/db/prepared.ts";
import type { Db } from "../platform/db/tables.ts";
import { transaction } from "../platform/db/transaction.ts";
import { endTask, type Planning, type Preparing, settle } from "./apply.ts";
import { post, readPosts, takePosts } from "./post.ts";
import { prepareTask, Refused } from "./prepare.ts";
import type { ExecutionTable, TaskTable } from "./schema.ts";
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
 *
 * What a refused task has written is undone. That costs each task two statements, so it is first tried without.
 */
export async function planOne(ctx: Ctx, hooks: HooksByKind, id: string): Promise<boolean> {
  const plan = (undoable: boolean) => transaction(ctx, (tx) => planInside(tx, hooks, id, undoable));
  return plan(false).catch((error) => {
    if (error instanceof Refused) return plan(true);
    throw error;
  });
}

async function planInside(tx: Ctx, hooks: HooksByKind, id: string, undoable: boolean): Promise<boolean> {
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
  const planning = { ...planningOf(tx, hooks, row), undoable };
  const { execution } = planning;
  await readPosts(planning, posts);
  if (execution.state !== "running") {
    if (row.plan_at !== null)
      await tx.db.updateTable("execution").set({ plan_at: null }).where("id", "=", id).execute();
    return true;
  }
  const failed = await firstFailed(planning);
  const isStopping = execution.cancelReason !== null || (failed !== undefined && !execution.continueOnFailure);
  const more = isStopping ? await stopAll(planning, failed) : await goOn(planning, { news: true });
  if (row.plan_at !== null) await planLater(planning);
  await conclude(planning, { more, mayEnd: isStopping || execution.sealed });
  return true;
}

function planningOf(tx: Ctx, hooks: HooksByKind, row: ExecutionTable): Preparing {
  const execution = store.executionOf(row);
  const hook = hooks.get(execution.kind);
  if (!hook) throw new Error(`No feature handles executions of kind ${execution.kind}`);
  return { tx, hook, execution, note: store.noting(tx, execution.id), undoable: false };
}

async function conclude(planning: Planning, { more, mayEnd }: { more: boolean; mayEnd: boolean }): Promise<void> {
  planning.tx.failpoint("engine.afterPlan");
  if (more) await store.askForPlan(planning.tx, planning.execution.id);
  else if (mayEnd && !(await standingOf(planning)).hasOpen) await finish(planning);
}

/**
 * Plans what follows from tasks that have succeeded, in the transaction that records them, which holds `row` and has
 * marked them as told. Of an execution in which nothing else is to be planned only what needs them is looked at. Where
 * this fails, the results stand; the loop plans, and sees to the fault.
 */
export async function planAfter(tx: Ctx, hooks: HooksByKind, row: ExecutionTable, done: string[]): Promise<void> {
  const planning = planningOf(tx, hooks, row);
  const news = done.map((name) => ({ name, state: "succeeded" }));
  const areNeeded = await tell(planning, news);
  const { hasFailed, hasOpen } = await standingOf(planning);
  const isStopping = row.cancel_reason !== null || (hasFailed && !planning.execution.continueOnFailure);
  const isQuiet = row.needs_plan === 0 && row.plan_at === null && !isStopping;
  if (isQuiet && hasOpen && !areNeeded && row.max_parallel === null) return;
  if (!isQuiet) await store.askForPlan(tx, row.id);
  const planned = await attempt(tx, async () => {
    if (!isQuiet) return planInside(tx, hooks, row.id, false);
    const more = await goOn(planning, { news: false });
    return conclude(planning, { more, mayEnd: planning.execution.sealed });
  });
  if (!planned.done) await store.askForPlan(tx, row.id);
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
 * to do; true when it stopped before, so that others may write. `news`: something may have ended that was not told.
 */
async function goOn(planning: Preparing, { news }: { news: boolean }): Promise<boolean> {
  for (let done = 0; done < atOnce; ) {
    const ended = news ? await listNews(planning) : [];
    if (ended.length > 0) {
      await store.setTold(planning.tx.db, planning.execution.id, ended.map(nameOf), 1);
      await tell(planning, ended);
      done += 1;
      continue;
    }
    const { ready, hasMore } = await listReady(planning);
    news = false;
    let again = false;
    for (const row of ready) {
      const task = store.taskOf(row);
      const next = await prepareTask(planning, task);
      await settle(planning, task, next);
      // One that fails may stop the others: that is for the next plan to say.
      again ||= next.do === "again" || next.do === "fail";
      news ||= next.do !== "queue" && next.do !== "wait";
    }
    if (again) return true;
    if (!news && !hasMore) return false;
    done += ready.length;
  }
  return true;
}

const nameOf = ({ name }: { name: string }): string => name;

/** Tasks that wait for nothing any more, as many as there is room for. */
async function listReady(planning: Planning): Promise<{ ready: TaskTable[]; hasMore: boolean }> {
  const most = Math.min(await roomOf(planning), atOnce);
  if (most <= 0) return { ready: [], hasMore: false };
  const { tx, execution } = planning;
  const ready = await readyTasks.all(tx.db, { id: execution.id, now: tx.clock.now(), most });
  return { ready, hasMore: ready.length === most };
}

const readyTasks = prepared<Own & { now: number; most: number }, TaskTable>((db, value) =>
  db
    .selectFrom("task")
    .selectAll()
    .where("execution_id", "=", value("id"))
    .where("state", "=", "pending")
    .where("told", "=", 0)
    .where("unmet", "=", 0)
    .where("available_at", "<=", value("now"))
    .orderBy("position")
    .limit(value("most")),
);

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

/** Tells those that need what has ended; true when there are any. */
async function tell(planning: Planning, news: { name: string; state: string }[]): Promise<boolean> {
  const { tx, execution } = planning;
  const names = news.map(({ name }) => name);
  const [need = ""] = names;
  const needs =
    names.length === 1
      ? await needsOfOne.all(tx.db, { id: execution.id, need })
      : await needsOf(tx.db, execution.id, names).execute();
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
  return needs.length > 0;
}

/** Who needs some tasks. */
const needsOf = (db: Db, id: string, needs: string[]) =>
  db.selectFrom("task_need").select(["need", "name"]).where("execution_id", "=", id).where("need", "in", needs);

const needsOfOne = prepared<Own & { need: string }, { need: string; name: string }>((db, value) =>
  needsOf(db, value("id"), [value("need")]),
);

/** Has a task failed, and is there one that has not ended? */
async function standingOf({ tx, execution }: Planning): Promise<{ hasFailed: boolean; hasOpen: boolean }> {
  const { failed, open } = (await standing.first(tx.db, execution))!;
  return { hasFailed: Boolean(failed), hasOpen: Boolean(open) };
}

type Own = Pick<Execution, "id">;

const standing = prepared<Own, Record<"failed" | "open", SqlBool>>((db, value) =>
  db.selectNoFrom(({ exists, selectFrom }) => {
    const own = selectFrom("task").select("name").where("execution_id", "=", value("id"));
    return [
      exists(own.where("state", "=", "failed")).as("failed"),
      exists(own.where("state", "in", [...notRunning, "running"])).as("open"),
    ];
  }),
);

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
  store.appendEvent(tx, execution.id, { type: state });
  const tasks = (await store.listTaskRows(tx.db, execution.id)).map(store.taskOf);
  const ended: Execution = { ...execution, state, error, endedAt: change.ended_at };
  await hook.onEnd(tx, ended, tasks);
  const { parent } = execution;
  if (!parent) return;
  const outcome = state === "succeeded" ? ({ state } as const) : ({ state: "failed", error: error ?? state } as const);
  await post(tx, [parent.execution], { kind: "settle", task: parent.task, outcome });
}
