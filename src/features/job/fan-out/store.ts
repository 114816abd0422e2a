import type { Insertable, Updateable } from "kysely";
import type { Db } from "../../../platform/db/tables.ts";
import type { ChildState, FanOutTable, JobChildTable } from "./schema.ts";

/** Finds a step that has begun, and holds its row until the transaction ends. */
export async function holdFan(db: Db, jobId: string, step: string): Promise<FanOutTable | undefined> {
  return db
    .updateTable("fan_out")
    .set((eb) => ({ touched: eb("touched", "+", 1) }))
    .where("job_id", "=", jobId)
    .where("step", "=", step)
    .returningAll()
    .executeTakeFirst();
}

export const insertFan = (db: Db, row: Insertable<FanOutTable>) => db.insertInto("fan_out").values(row).execute();

export const insertChild = (db: Db, row: Insertable<JobChildTable>) => db.insertInto("job_child").values(row).execute();

export const listChildren = (db: Db, jobId: string, step: string): Promise<JobChildTable[]> =>
  db
    .selectFrom("job_child")
    .selectAll()
    .where("job_id", "=", jobId)
    .where("step", "=", step)
    .orderBy("number")
    .execute();

export const pageChildren = (
  db: Db,
  jobId: string,
  step: string,
  page: { after: number; limit: number },
): Promise<JobChildTable[]> =>
  db
    .selectFrom("job_child")
    .selectAll()
    .where("job_id", "=", jobId)
    .where("step", "=", step)
    .where("number", ">", page.after)
    .orderBy("number")
    .limit(page.limit)
    .execute();

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

/** How many children of each state each step of a job has. */
export async function countChildren(db: Db, jobId: string): Promise<Map<string, Map<ChildState, number>>> {
  const rows = await db
    .selectFrom("job_child")
    .select(["step", "state", (eb) => eb.fn.countAll<number | string>().as("count")])
    .where("job_id", "=", jobId)
    .groupBy(["step", "state"])
    .execute();
  return new Map(
    [...Map.groupBy(rows, (row) => row.step)].map(([step, own]) => [
      step,
      new Map(own.map(({ state, count }) => [state, Number(count)])),
    ]),
  );
}

/** Executions of the children of a step that still run. */
export const runningExecutions = (
  db: Db,
  jobId: string,
  step: string,
): Promise<{ number: number; execution_id: string }[]> =>
  db
    .selectFrom("job_child")
    .innerJoin("job", "job.id", "job_child.child_id")
    .select(["job_child.number", "job.execution_id"])
    .where("job_child.job_id", "=", jobId)
    .where("job_child.step", "=", step)
    .where("job_child.state", "=", "running")
    .orderBy("job_child.number")
    .execute();

export const listFans = (db: Db, jobId: string): Promise<{ step: string; total: number }[]> =>
  db.selectFrom("fan_out").select(["step", "total"]).where("job_id", "=", jobId).execute();
