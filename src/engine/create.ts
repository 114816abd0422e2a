import { conflict, invalid } from "../contract/errors.ts";
import type { Ctx } from "../platform/context.ts";
import { transaction } from "../platform/db/transaction.ts";
import { findCycle } from "./cycle.ts";
import type { TaskTable } from "./schema.ts";
import * as store from "./store.ts";
import { isDone, type NewExecution, type TaskDefinition, type TaskState } from "./types.ts";

const defaultTimeoutSeconds = 3600;
/** The compute that every installation has. */
const defaultCompute = "local";

/** Starts an execution; its tasks run as soon as the transaction is committed. Gives its id. */
export async function createExecution(tx: Ctx, wanted: NewExecution): Promise<string> {
  const tasks = wanted.tasks.map(onceEach);
  checkTasks(tasks, new Set());
  const id = tx.ids.next();
  const now = tx.clock.now();
  await tx.db
    .insertInto("execution")
    .values({
      id,
      workspace: wanted.workspace,
      kind: wanted.kind,
      subject: wanted.subject,
      state: "running",
      error: null,
      continue_on_failure: wanted.continueOnFailure ? 1 : 0,
      cancel_reason: null,
      priority: wanted.priority ?? 0,
      needs_plan: 1,
      plan_at: null,
      plan_faults: 0,
      max_parallel: wanted.maxParallel ?? null,
      sealed: wanted.open ? 0 : 1,
      deadline_at: wanted.timeoutSeconds === undefined ? null : now + wanted.timeoutSeconds * 1000,
      timed_out: 0,
      parent_execution: wanted.parent?.execution ?? null,
      parent_task: wanted.parent?.task ?? null,
      root: await rootOf(tx, wanted.partOf ?? wanted.parent?.execution, id),
      seq: 0,
      created_at: now,
      ended_at: null,
    })
    .execute();
  const rows = tasks.map((task, position) => rowOf(task, { id, workspace: wanted.workspace }, position));
  await store.insertTasks(tx.db, rows);
  await store.insertNeeds(tx.db, id, tasks);
  store.appendEvent(tx, id, { type: "created", data: { tasks: tasks.length }, plan: true });
  return id;
}

/** What is part of nothing is its own root. */
async function rootOf(tx: Ctx, partOf: string | undefined, id: string): Promise<string> {
  if (partOf === undefined) return id;
  return (await store.findExecution(tx.db, partOf))?.root ?? id;
}

/** Adds tasks to an execution that was created `open`; they may need earlier ones of it and each other. */
export async function addTasks(ctx: Ctx, executionId: string, more: TaskDefinition[]): Promise<void> {
  const tasks = more.map(onceEach);
  await transaction(ctx, async (tx) => {
    // Taking the row first keeps planning away: who has been told what does not change meanwhile.
    const execution = await tx.db
      .updateTable("execution")
      .set({ needs_plan: 1 })
      .where("id", "=", executionId)
      .where("state", "=", "running")
      .where("sealed", "=", 0)
      .returning(["id", "workspace"])
      .executeTakeFirst();
    if (!execution) throw conflict(`No task can be added to execution ${executionId}: it is sealed or has ended.`);
    const own = new Set(tasks.map((task) => task.name));
    const others = [...new Set(tasks.flatMap((task) => task.needs))].filter((need) => !own.has(need));
    const known = await store.listStates(tx.db, executionId, others);
    checkTasks(tasks, new Set(known.map(({ name }) => name)));
    const met = new Set(known.filter(({ state, told }) => told === 1 && isDone(state as TaskState)).map(nameOf));
    const first = await store.countTasks(tx.db, executionId);
    const rows = tasks.map((task, index) => ({
      ...rowOf(task, execution, first + index),
      unmet: task.needs.filter((need) => !met.has(need)).length,
    }));
    await store.insertTasks(tx.db, rows);
    await store.insertNeeds(tx.db, executionId, tasks);
    // What ended badly says so again, to those that are new.
    const bad = known.filter(({ state, told }) => told === 1 && !isDone(state as TaskState)).map(nameOf);
    await store.setTold(tx.db, executionId, bad, 0);
    store.appendEvent(tx, executionId, { type: "added", data: { tasks: tasks.length }, plan: true });
  });
}

/** A need that is named twice counts once. */
const onceEach = (task: TaskDefinition): TaskDefinition => ({ ...task, needs: [...new Set(task.needs)] });
const nameOf = ({ name }: { name: string }): string => name;

/** No task will be added any more: the execution ends when all that it has have ended. */
export async function sealExecution(ctx: Ctx, executionId: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    const { numUpdatedRows } = await tx.db
      .updateTable("execution")
      .set({ sealed: 1 })
      .where("id", "=", executionId)
      .where("sealed", "=", 0)
      .executeTakeFirst();
    if (numUpdatedRows > 0n) store.appendEvent(tx, executionId, { type: "sealed", plan: true });
  });
}

function checkTasks(tasks: TaskDefinition[], known: ReadonlySet<string>): void {
  const own = new Set<string>();
  for (const { name } of tasks) {
    if (own.has(name)) throw invalid(`There are two steps named "${name}".`);
    own.add(name);
  }
  for (const { name, needs } of tasks) {
    const unknown = needs.find((need) => !own.has(need) && !known.has(need));
    if (unknown !== undefined) throw invalid(`Step ${name} needs a step "${unknown}", which there is not.`);
  }
  const cycle = findCycle(tasks);
  if (cycle) throw invalid(`The steps wait for each other in a circle: ${cycle.join(" → ")}.`);
}

function rowOf(task: TaskDefinition, execution: { id: string; workspace: string }, position: number): TaskTable {
  return {
    execution_id: execution.id,
    name: task.name,
    position,
    kind: task.kind,
    needs: JSON.stringify(task.needs),
    state: "pending",
    attempt: 0,
    system_faults: 0,
    max_attempts: 1 + (task.retry?.maxRetries ?? 0),
    retry: task.retry ? JSON.stringify(task.retry) : null,
    queue_timeout_seconds: task.queueTimeoutSeconds ?? null,
    deadline_seconds: task.deadlineSeconds ?? null,
    deadline_at: null,
    unmet: task.needs.length,
    told: 0,
    prepare_faults: 0,
    timeout_seconds: task.timeoutSeconds ?? defaultTimeoutSeconds,
    input: JSON.stringify(task.input ?? null),
    payload: null,
    result: null,
    error: null,
    epoch: 0,
    holder: null,
    lease_expires_at: null,
    available_at: 0,
    started_at: null,
    ended_at: null,
    workspace: execution.workspace,
    compute: task.compute ?? defaultCompute,
    cpus: task.resources?.cpus ?? 1,
    memory_mb: task.resources?.memoryMb ?? 0,
    gpus: task.resources?.gpus ?? 0,
  };
}
