import type { Insertable, Updateable } from "kysely";
import type { Ctx } from "../platform/context.ts";
import type { Db } from "../platform/db/tables.ts";
import type { ExecutionTable, TaskTable } from "./schema.ts";
import type { Execution, ExecutionState, Lease, Task, TaskState } from "./types.ts";

const insertChunk = 400;

export async function insertTasks(db: Db, rows: Insertable<TaskTable>[]): Promise<void> {
  for (let from = 0; from < rows.length; from += insertChunk) {
    await db
      .insertInto("task")
      .values(rows.slice(from, from + insertChunk))
      .execute();
  }
}

export const executionOf = (row: ExecutionTable): Execution => ({
  id: row.id,
  workspace: row.workspace,
  kind: row.kind,
  subject: row.subject,
  state: row.state as ExecutionState,
  error: row.error,
  continueOnFailure: row.continue_on_failure === 1,
  cancelReason: row.cancel_reason,
  createdAt: row.created_at,
  endedAt: row.ended_at,
});

const parse = (text: string | null): unknown => (text === null ? null : JSON.parse(text));

export const taskOf = (row: TaskTable): Task => ({
  executionId: row.execution_id,
  name: row.name,
  position: row.position,
  kind: row.kind,
  needs: JSON.parse(row.needs) as string[],
  state: row.state as TaskState,
  attempt: row.attempt,
  input: parse(row.input),
  payload: parse(row.payload),
  result: parse(row.result),
  error: row.error,
  epoch: row.epoch,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  compute: row.compute,
  resources: { cpus: row.cpus, memoryMb: row.memory_mb, gpus: row.gpus },
  availableAt: row.available_at,
});

export const findExecution = (db: Db, id: string) =>
  db.selectFrom("execution").selectAll().where("id", "=", id).executeTakeFirst();

export const listTaskRows = (db: Db, executionId: string) =>
  db.selectFrom("task").selectAll().where("execution_id", "=", executionId).orderBy("position").execute();

export const findTask = (db: Db, executionId: string, name: string) =>
  db.selectFrom("task").selectAll().where("execution_id", "=", executionId).where("name", "=", name).executeTakeFirst();

/**
 * Moves a task from one of the states `from` to another; false when it was in none of them, or, with `epoch`, when the
 * lease is no longer the live one.
 */
export async function moveTask(
  db: Db,
  key: { executionId: string; name: string },
  options: { from: TaskState[]; epoch?: number },
  change: Updateable<TaskTable>,
): Promise<boolean> {
  let update = db
    .updateTable("task")
    .set(change)
    .where("execution_id", "=", key.executionId)
    .where("name", "=", key.name)
    .where("state", "in", options.from);
  if (options.epoch !== undefined) update = update.where("epoch", "=", options.epoch);
  const { numUpdatedRows } = await update.executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Appends to what happened. Two writers cannot both write event n: the key refuses the second. */
export async function appendEvent(
  tx: Ctx,
  executionId: string,
  event: { type: string; task?: string; data?: unknown; plan?: boolean },
): Promise<void> {
  const { seq } = await tx.db
    .updateTable("execution")
    .set((eb) => ({ seq: eb("seq", "+", 1), ...(event.plan ? { needs_plan: 1 } : {}) }))
    .where("id", "=", executionId)
    .returning("seq")
    .executeTakeFirstOrThrow();
  await tx.db
    .insertInto("execution_event")
    .values({
      execution_id: executionId,
      seq,
      at: tx.clock.now(),
      type: event.type,
      task: event.task ?? null,
      data: JSON.stringify(event.data ?? {}),
    })
    .execute();
  if (event.plan) tx.unit?.afterCommit.push(() => tx.signals.wake("plan"));
}

export const keyOf = (lease: Lease) => ({ executionId: lease.execution, name: lease.task });
