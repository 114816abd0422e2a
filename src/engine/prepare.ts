import { Problem } from "../contract/errors.ts";
import type { Ctx } from "../platform/context.ts";
import { attempt } from "../platform/db/attempt.ts";
import { isRetryable, transaction } from "../platform/db/transaction.ts";
import { endTask, type Preparing } from "./apply.ts";
import * as store from "./store.ts";
import type { HooksByKind, Prepared, Task } from "./types.ts";

/** So often a fault of ours is tried again, the waits growing to half a minute: some two and a half minutes in all. */
const mostFaults = 12;
const backoffMs = { first: 250, most: 30_000 };

/** Preparing this task failed by a fault that is not the task's: the server's, its database's, a program error. */
export class PrepareFault extends Error {
  readonly task: Task;
  constructor(task: Task, cause: unknown) {
    super(`Task ${task.name} could not be prepared`, { cause });
    this.task = task;
  }
}

/** A feature refused a task, and what it had written by then cannot be undone alone. */
export class Refused extends Error {}

/** Asks the feature. What it refuses for a reason that a person can understand has failed; anything else is our fault. */
export async function prepareTask({ tx, hook, execution, undoable }: Preparing, task: Task): Promise<Prepared> {
  const ask = () => hook.prepare(tx, execution, task);
  try {
    return undoable ? await undoRefused(tx, ask) : await ask();
  } catch (error) {
    // The database gave way to another transaction: nobody's fault, and the whole transaction runs again at once.
    if (isRetryable(error)) throw error;
    if (isOfTheTask(error)) throw new Refused(`Task ${task.name} was refused`, { cause: error });
    throw new PrepareFault(task, error);
  }
}

/** What a feature decides. A task that it refuses has failed, and nothing is left of what it wrote on the way there. */
export async function undoRefused(tx: Ctx, ask: () => Promise<Prepared>): Promise<Prepared> {
  const asked = await attempt(tx, ask);
  if (asked.done) return asked.value;
  if (isOfTheTask(asked.error)) return { do: "fail", error: asked.error.message };
  throw asked.error;
}

const isOfTheTask = (error: unknown): error is Problem =>
  error instanceof Problem && error.code !== "internal" && error.code !== "unavailable";

/** Puts the task off, alone: the others of its execution go on. After many faults it has failed. */
export async function recordPrepareFault(ctx: Ctx, hooks: HooksByKind, { task, cause }: PrepareFault): Promise<void> {
  await transaction(ctx, async (tx) => {
    const now = tx.clock.now();
    const id = task.executionId;
    // The row of the execution first, as when it is planned.
    await store.askForPlan(tx, id);
    const row = await store.findTask(tx.db, id, task.name);
    if (row?.state !== "pending") return;
    const faults = row.prepare_faults + 1;
    const again = now + Math.min(backoffMs.first * 2 ** (faults - 1), backoffMs.most);
    const key = { executionId: id, name: task.name };
    await store.moveTask(tx.db, key, { from: ["pending"] }, { prepare_faults: faults, available_at: again });
    if (faults < mostFaults) return store.planAt(tx.db, id, again);
    const execution = store.executionOf((await store.findExecution(tx.db, id))!);
    const note = store.noting(tx, id, { plan: true });
    const said = cause instanceof Error ? cause.message : String(cause);
    const error = `The server could not prepare this step, in ${faults} attempts: ${said}`;
    await endTask({ tx, hook: hooks.get(execution.kind)!, execution, note }, task, { state: "failed", error });
  });
}
