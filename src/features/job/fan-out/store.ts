import type { Insertable, Updateable } from "kysely";
import type { Db } from "../../../platform/db/tables.ts";
import type { ChildState, FanOutTable, JobChildTable } from "./schema.ts";

type Key = Pick<FanOutTable, "job_id" | "step">;

// Rows of these tables belong to the execution of the job whose step it is: whoever writes to them holds that one.

export const findFan = (db: Db, jobId: string, step: string): Promise<FanOutTable | undefined> =>
  db.selectFrom("fan_out").selectAll().where("job_id", "=", jobId).where("step", "=", step).executeTakeFirst();

/** Notes up to which number the jobs of an earlier step were looked at. */
export const setTaken = (db: Db, { job_id, step }: FanOutTable, to: number | null) =>
  db.updateTable("fan_out").set({ taken_to: to }).where("job_id", "=", job_id).where("step", "=", step).execute();

export const insertFan = (db: Db, row: Insertable<FanOutTable>) => db.insertInto("fan_out").values(row).execute();

export const insertChild = (db: Db, row: Insertable<JobChildTable>) => db.insertInto("job_child").values(row).execute();

/** Counts jobs that were started, in the order of their numbers. */
export async function countStarted(db: Db, fan: Key, started: { number: number }[]): Promise<void> {
  const count = started.length;
  const next_number = started.at(-1)!.number + 1;
  await db
    .updateTable("fan_out")
    .set((eb) => ({ next_number, started: eb("started", "+", count), running: eb("running", "+", count) }))
    .where("job_id", "=", fan.job_id)
    .where("step", "=", fan.step)
    .execute();
}

/** Counts a job that was taken over, so that nothing had to run. */
export async function countTaken(db: Db, fan: Key, state: ChildState): Promise<void> {
  const reused = state === "succeeded" ? 1 : 0;
  await db
    .updateTable("fan_out")
    .set((eb) => ({ started: eb("started", "+", 1), reused: eb("reused", "+", reused), [state]: eb(state, "+", 1) }))
    .where("job_id", "=", fan.job_id)
    .where("step", "=", fan.step)
    .execute();
}

/** Numbers that are looked at together. */
const numbersAtOnce = 1000;

/** Up to `count` numbers that have no job yet, in order: between those that were taken over, some may be free. */
export async function freeNumbers(db: Db, fan: FanOutTable, count: number): Promise<number[]> {
  const free: number[] = [];
  for (let from = fan.next_number; from < fan.total && free.length < count; from += numbersAtOnce) {
    const to = Math.min(from + numbersAtOnce, fan.total);
    const taken = fan.from_job_id === null ? undefined : await takenNumbers(db, fan, from, to);
    for (let number = from; number < to && free.length < count; number++) if (!taken?.has(number)) free.push(number);
  }
  return free;
}

async function takenNumbers(db: Db, { job_id, step }: Key, from: number, to: number): Promise<Set<number>> {
  const rows = await db
    .selectFrom("job_child")
    .select("number")
    .where("job_id", "=", job_id)
    .where("step", "=", step)
    .where("number", ">=", from)
    .where("number", "<", to)
    .execute();
  return new Set(rows.map(({ number }) => number));
}

/** Counts a job that has ended. */
export async function countEnded(
  db: Db,
  child: JobChildTable,
  { state, isReused }: { state: Exclude<ChildState, "running">; isReused: boolean },
): Promise<void> {
  const reused = isReused && state === "succeeded" ? 1 : 0;
  await db
    .updateTable("fan_out")
    .set((eb) => ({ running: eb("running", "-", 1), reused: eb("reused", "+", reused), [state]: eb(state, "+", 1) }))
    .where("job_id", "=", child.job_id)
    .where("step", "=", child.step)
    .execute();
}

export const listChildren = (db: Db, jobId: string, step: string, state?: ChildState): Promise<JobChildTable[]> => {
  const select = db.selectFrom("job_child").selectAll().where("job_id", "=", jobId).where("step", "=", step);
  return (state === undefined ? select : select.where("state", "=", state)).orderBy("number").execute();
};

/** The trials that run, in the order of their numbers. */
export const listRunning = (
  db: Db,
  jobId: string,
  step: string,
): Promise<Pick<JobChildTable, "number" | "child_id" | "reports" | "note">[]> =>
  db
    .selectFrom("job_child")
    .select(["number", "child_id", "reports", "note"])
    .where("job_id", "=", jobId)
    .where("step", "=", step)
    .where("state", "=", "running")
    .orderBy("number")
    .execute();

/** Where each trial was tried, and what came of it. */
export const listPoints = (
  db: Db,
  jobId: string,
  step: string,
): Promise<Pick<JobChildTable, "point" | "metric" | "state">[]> =>
  db
    .selectFrom("job_child")
    .select(["point", "metric", "state"])
    .where("job_id", "=", jobId)
    .where("step", "=", step)
    .orderBy("number")
    .execute();

/** The first that has failed; without one, the first that ended in another way than well. */
export const firstFailed = (db: Db, jobId: string, step: string): Promise<JobChildTable | undefined> =>
  db
    .selectFrom("job_child")
    .selectAll()
    .where("job_id", "=", jobId)
    .where("step", "=", step)
    .where("state", "in", ["failed", "cancelled", "stopped"])
    .orderBy((eb) => eb.case().when("state", "=", "failed").then(0).else(1).end())
    .orderBy("number")
    .limit(1)
    .executeTakeFirst();

/** What each of those that ended well has written, in the order of their numbers. */
export const pageOutputs = (
  db: Db,
  jobId: string,
  step: string,
  page: { after: number; limit: number },
): Promise<Pick<JobChildTable, "number" | "outputs">[]> =>
  db
    .selectFrom("job_child")
    .select(["number", "outputs"])
    .where("job_id", "=", jobId)
    .where("step", "=", step)
    .where("state", "=", "succeeded")
    .where("number", ">", page.after)
    .orderBy("number")
    .limit(page.limit)
    .execute();

export const pageChildren = (
  db: Db,
  jobId: string,
  step: string,
  { after, limit, state }: { after: number; limit: number; state?: ChildState },
): Promise<JobChildTable[]> => {
  const page = db
    .selectFrom("job_child")
    .selectAll()
    .where("job_id", "=", jobId)
    .where("step", "=", step)
    .where("number", ">", after)
    .orderBy("number")
    .limit(limit);
  return (state === undefined ? page : page.where("state", "=", state)).execute();
};

export const findChildAt = (
  db: Db,
  at: Pick<JobChildTable, "job_id" | "step" | "number">,
): Promise<JobChildTable | undefined> =>
  db
    .selectFrom("job_child")
    .selectAll()
    .where("job_id", "=", at.job_id)
    .where("step", "=", at.step)
    .where("number", "=", at.number)
    .executeTakeFirst();

/** The child that a job is where it was started; that it was taken over elsewhere since does not matter to it. */
export const findChild = (db: Db, childId: string): Promise<JobChildTable | undefined> =>
  db.selectFrom("job_child").selectAll().where("child_id", "=", childId).executeTakeFirst();

export async function updateChild(
  db: Db,
  { job_id, step, number }: Pick<JobChildTable, "job_id" | "step" | "number">,
  change: Updateable<JobChildTable>,
): Promise<void> {
  await db
    .updateTable("job_child")
    .set(change)
    .where("job_id", "=", job_id)
    .where("step", "=", step)
    .where("number", "=", number)
    .execute();
}

/** Executions of the children of a step that run and were not told to stop: those of the given numbers or all. */
export async function runningExecutions(db: Db, jobId: string, step: string, numbers?: number[]): Promise<string[]> {
  let select = db
    .selectFrom("job_child")
    .innerJoin("job", "job.id", "job_child.child_id")
    .select("job.execution_id")
    .where("job_child.job_id", "=", jobId)
    .where("job_child.step", "=", step)
    .where("job_child.state", "=", "running")
    .where("job_child.note", "is", null);
  if (numbers) select = select.where("number", "in", numbers);
  return (await select.execute()).map(({ execution_id }) => execution_id);
}

/** Notes why the same children are to stop. */
export async function noteStop(
  db: Db,
  jobId: string,
  step: string,
  { why, numbers }: { why: string; numbers?: number[] },
): Promise<void> {
  let update = db
    .updateTable("job_child")
    .set({ note: why })
    .where("job_id", "=", jobId)
    .where("step", "=", step)
    .where("state", "=", "running")
    .where("note", "is", null);
  if (numbers) update = update.where("number", "in", numbers);
  await update.execute();
}

export const listFans = (db: Db, jobId: string): Promise<FanOutTable[]> =>
  db.selectFrom("fan_out").selectAll().where("job_id", "=", jobId).execute();
