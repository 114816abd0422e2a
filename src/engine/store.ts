import type { Updateable } from "kysely";
import type { Ctx } from "../platform/context.ts";
import { bulkInsert } from "../platform/db/bulk.ts";
import { type Gathered, gather } from "../platform/db/gather.ts";
import { prepared } from "../platform/db/prepared.ts";
import type { Db } from "../platform/db/tables.ts";
import type { ExecutionEventTable, ExecutionTable, TaskTable } from "./schema.ts";
import type { Execution, ExecutionState, Lease, Task, TaskState } from "./types.ts";

/** Names in one statement. */
const namesAtOnce = 500;

export const insertTasks = bulkInsert<TaskTable>(
  "task",
  {
    execution_id: "text",
    name: "text",
    position: "integer",
    kind: "text",
    needs: "text",
    state: "text",
    attempt: "integer",
    system_faults: "integer",
    max_attempts: "integer",
    retry: "text",
    queue_timeout_seconds: "double precision",
    deadline_seconds: "double precision",
    deadline_at: "bigint",
    unmet: "integer",
    told: "integer",
    prepare_faults: "integer",
    timeout_seconds: "double precision",
    input: "text",
    payload: "text",
    result: "text",
    error: "text",
    epoch: "integer",
    holder: "text",
    lease_expires_at: "bigint",
    available_at: "bigint",
    started_at: "bigint",
    ended_at: "bigint",
    workspace: "text",
    compute: "text",
    cpus: "double precision",
    memory_mb: "integer",
    gpus: "integer",
  },
  "refuse",
);

const insertEvents = bulkInsert<ExecutionEventTable>(
  "execution_event",
  { execution_id: "text", seq: "integer", at: "bigint", type: "text", task: "text", data: "text" },
  "refuse",
);

const insertNeedRows = bulkInsert<{ execution_id: string; need: string; name: string }>(
  "task_need",
  { execution_id: "text", need: "text", name: "text" },
  "do nothing",
);

/** Notes who needs whom. */
export const insertNeeds = (db: Db, executionId: string, tasks: { name: string; needs: string[] }[]): Promise<number> =>
  insertNeedRows(
    db,
    tasks.flatMap(({ name, needs }) => needs.map((need) => ({ execution_id: executionId, need, name }))),
  );

export const executionOf = (row: ExecutionTable): Execution => ({
  id: row.id,
  workspace: row.workspace,
  kind: row.kind,
  subject: row.subject,
  state: row.state as ExecutionState,
  error: row.error,
  continueOnFailure: row.continue_on_failure === 1,
  cancelReason: row.cancel_reason,
  timedOut: row.timed_out === 1,
  maxParallel: row.max_parallel,
  sealed: row.sealed === 1,
  parent: row.parent_execution ? { execution: row.parent_execution, task: row.parent_task! } : null,
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
  queueTimeoutSeconds: row.queue_timeout_seconds,
  deadlineSeconds: row.deadline_seconds,
});

export const findExecution = (db: Db, id: string) =>
  db.selectFrom("execution").selectAll().where("id", "=", id).executeTakeFirst();

export async function listTaskRows(db: Db, executionId: string, names?: string[]): Promise<TaskTable[]> {
  if (names && names.length > namesAtOnce) {
    const wanted = new Set(names);
    return (await listTaskRows(db, executionId)).filter(({ name }) => wanted.has(name));
  }
  let select = db.selectFrom("task").selectAll().where("execution_id", "=", executionId);
  if (names) select = select.where("name", "in", names);
  return names?.length === 0 ? [] : select.orderBy("position").execute();
}

/** How those of the given names stand; unknown names are left out. */
export async function listStates(
  db: Db,
  executionId: string,
  names: string[],
): Promise<{ name: string; state: string; told: number }[]> {
  const found: { name: string; state: string; told: number }[] = [];
  for (let from = 0; from < names.length; from += namesAtOnce) {
    const some = await db
      .selectFrom("task")
      .select(["name", "state", "told"])
      .where("execution_id", "=", executionId)
      .where("name", "in", names.slice(from, from + namesAtOnce))
      .execute();
    found.push(...some);
  }
  return found;
}

export async function countTasks(db: Db, executionId: string): Promise<number> {
  const { count } = await db
    .selectFrom("task")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("execution_id", "=", executionId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function setTold(db: Db, executionId: string, names: string[], told: 0 | 1): Promise<void> {
  for (let from = 0; from < names.length; from += namesAtOnce) {
    await db
      .updateTable("task")
      .set({ told })
      .where("execution_id", "=", executionId)
      .where("name", "in", names.slice(from, from + namesAtOnce))
      .execute();
  }
}

export interface TaskKey {
  executionId: string;
  name: string;
}

const taskOfKey = prepared<TaskKey, TaskTable>((db, value) =>
  db.selectFrom("task").selectAll().where("execution_id", "=", value("executionId")).where("name", "=", value("name")),
);

export const findTask = (db: Db, executionId: string, name: string) => taskOfKey.first(db, { executionId, name });

const succeeding = prepared<TaskKey & { epoch: number; result: string; now: number }, unknown>((db, value) =>
  db
    .updateTable("task")
    // Who needs it is told in the same transaction (`planAfter`).
    .set({ state: "succeeded", result: value("result"), ended_at: value("now"), lease_expires_at: null, told: 1 })
    .where("execution_id", "=", value("executionId"))
    .where("name", "=", value("name"))
    .where("state", "=", "running")
    .where("epoch", "=", value("epoch")),
);

/** False when the lease is no longer the live one. */
export const markSucceeded = async (db: Db, lease: Lease, change: { result: string; now: number }): Promise<boolean> =>
  (await succeeding.run(db, { ...keyOf(lease), epoch: lease.epoch, ...change })) > 0;

interface Movable {
  from: TaskState[];
  /** Only while this lease is the live one. */
  epoch?: number;
  /** Only when the lease was over by then. */
  expiredBy?: number;
}

/** Moves a task from one of the states `from` to another; false when it could not be moved. */
export async function moveTask(
  db: Db,
  key: { executionId: string; name: string },
  options: Movable,
  change: Updateable<TaskTable>,
): Promise<boolean> {
  let update = db
    .updateTable("task")
    .set(change)
    .where("execution_id", "=", key.executionId)
    .where("name", "=", key.name)
    .where("state", "in", options.from);
  if (options.epoch !== undefined) update = update.where("epoch", "=", options.epoch);
  if (options.expiredBy !== undefined) update = update.where("lease_expires_at", "<", options.expiredBy);
  const { numUpdatedRows } = await update.executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function setPayload(db: Db, executionId: string, name: string, payload: unknown): Promise<void> {
  await db
    .updateTable("task")
    .set({ payload: JSON.stringify(payload) })
    .where("execution_id", "=", executionId)
    .where("name", "=", name)
    .execute();
}

/** Puts a task in the line, from where somebody takes it in time or it fails. */
export const queueTask = (
  db: Db,
  key: { executionId: string; name: string },
  options: Movable,
  change: Updateable<TaskTable> & { available_at: number },
  queueTimeoutSeconds: number | null,
): Promise<boolean> =>
  moveTask(db, key, options, {
    ...change,
    state: "queued",
    lease_expires_at: queueTimeoutSeconds === null ? null : change.available_at + queueTimeoutSeconds * 1000,
  });

/** Which of the executions are to stop. */
export async function listStopping(db: Db, ids: string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom("execution")
    .select("id")
    .where("id", "in", ids)
    .where("cancel_reason", "is not", null)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

export interface NewEvent {
  type: string;
  task?: string;
  data?: unknown;
}

/** Appends to what happened; with `plan`, it is to be planned upon. */
export function appendEvent(tx: Ctx, executionId: string, { plan = false, ...event }: NewEvent & { plan?: boolean }) {
  gather(tx, events, { executionId, at: tx.clock.now(), plan, event });
  if (plan) tx.unit!.afterCommit.push(() => tx.signals.wake("plan"));
}

/** Notes what happens in an execution, one after the other. */
export type Note = (event: NewEvent) => void;

export const noting =
  (tx: Ctx, executionId: string, options: { plan?: boolean } = {}): Note =>
  (event) =>
    appendEvent(tx, executionId, { ...event, ...options });

interface Noted {
  executionId: string;
  at: number;
  plan: boolean;
  event: NewEvent;
}

const numbersFor = (change: { needs_plan?: 1 }) =>
  prepared<{ id: string; count: number }, { seq: number }>((db, value) =>
    db
      .updateTable("execution")
      .set((eb) => ({ seq: eb("seq", "+", value("count")), ...change }))
      .where("id", "=", value("id"))
      .returning("seq"),
  );

const takeNumbers = numbersFor({});
const takeNumbersAndPlan = numbersFor({ needs_plan: 1 });

/** Two writers cannot both write event n: the key refuses the second. */
const events: Gathered<Noted> = {
  async write(tx, noted) {
    const rows: ExecutionEventTable[] = [];
    for (const [execution_id, own] of Map.groupBy(noted, ({ executionId }) => executionId)) {
      const numbers = own.some(({ plan }) => plan) ? takeNumbersAndPlan : takeNumbers;
      const { seq } = (await numbers.first(tx.db, { id: execution_id, count: own.length }))!;
      for (const [index, { at, event }] of own.entries()) {
        const { type, task = null, data = {} } = event;
        const row = { execution_id, seq: seq - own.length + 1 + index, at, type, task, data: JSON.stringify(data) };
        rows.push(row);
      }
    }
    await insertEvents(tx.db, rows);
  },
};

/** Asks for a plan although nothing has happened. */
export async function askForPlan(tx: Ctx, executionId: string): Promise<void> {
  await tx.db.updateTable("execution").set({ needs_plan: 1 }).where("id", "=", executionId).execute();
  tx.unit?.afterCommit.push(() => tx.signals.wake("plan"));
}

/** Asks for a plan at a time, unless there is to be one earlier. */
export async function planAt(db: Db, executionId: string, at: number): Promise<void> {
  await db
    .updateTable("execution")
    .set({ plan_at: at })
    .where("id", "=", executionId)
    .where((eb) => eb.or([eb("plan_at", "is", null), eb("plan_at", ">", at)]))
    .execute();
}

/** Takes the numbers from what the tasks of these names still wait for. */
export async function lessUnmet(db: Db, executionId: string, met: ReadonlyMap<string, number>): Promise<void> {
  const byCount = Map.groupBy(met.keys(), (name) => met.get(name)!);
  for (const [count, names] of byCount) {
    for (let from = 0; from < names.length; from += namesAtOnce) {
      await db
        .updateTable("task")
        .set((eb) => ({ unmet: eb("unmet", "-", count) }))
        .where("execution_id", "=", executionId)
        .where("name", "in", names.slice(from, from + namesAtOnce))
        .execute();
    }
  }
}

export const keyOf = (lease: Lease) => ({ executionId: lease.execution, name: lease.task });
