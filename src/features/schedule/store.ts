import type { Actor, Ctx } from "../../platform/context.ts";
import { holding } from "../../platform/db/hold.ts";
import type { FiringTable, ScheduleTable } from "./schema.ts";

export const findSchedule = (ctx: Ctx, workspace: string, name: string): Promise<ScheduleTable | undefined> =>
  ctx.db
    .selectFrom("schedule")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .executeTakeFirst();

/** Takes the schedule until the transaction ends: nobody else changes it. */
export const holdSchedule = (tx: Ctx, workspace: string, name: string): Promise<ScheduleTable | undefined> =>
  holding(
    tx.db,
    tx.db.selectFrom("schedule").selectAll().where("workspace", "=", workspace).where("name", "=", name),
  ).executeTakeFirst();

export const listSchedules = (ctx: Ctx, workspace: string): Promise<ScheduleTable[]> =>
  ctx.db.selectFrom("schedule").selectAll().where("workspace", "=", workspace).orderBy("name").execute();

export const setSchedule = (
  ctx: Ctx,
  at: { workspace: string; name: string },
  change: Partial<ScheduleTable>,
): Promise<unknown> =>
  ctx.db
    .updateTable("schedule")
    .set(change)
    .where("workspace", "=", at.workspace)
    .where("name", "=", at.name)
    .execute();

export const listDue = (ctx: Ctx, now: number): Promise<ScheduleTable[]> =>
  ctx.db.selectFrom("schedule").selectAll().where("next_at", "<=", now).orderBy("next_at").limit(100).execute();

/** What is due after a time. */
export const listLater = (ctx: Ctx, now: number): Promise<ScheduleTable[]> =>
  ctx.db.selectFrom("schedule").selectAll().where("next_at", ">", now).orderBy("next_at").execute();

export const listOfData = (ctx: Ctx, workspace: string, data: string): Promise<ScheduleTable[]> =>
  ctx.db.selectFrom("schedule").selectAll().where("workspace", "=", workspace).where("data_name", "=", data).execute();

/** Moves the next time on, if nobody else did: of several servers one takes it. */
export async function takeDue(ctx: Ctx, row: ScheduleTable, next: number | null): Promise<boolean> {
  const { numUpdatedRows } = await ctx.db
    .updateTable("schedule")
    .set({ next_at: next })
    .where("workspace", "=", row.workspace)
    .where("name", "=", row.name)
    .where("next_at", "=", row.next_at)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** False when there is one with this key already. */
export async function insertFiring(ctx: Ctx, row: FiringTable): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await ctx.db
    .insertInto("schedule_firing")
    .values(row)
    .onConflict((conflict) => conflict.columns(["workspace", "schedule", "key"]).doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Of each schedule the firing that comes first, so that a long queue of one holds up no other. */
export const listQueued = (ctx: Ctx): Promise<FiringTable[]> =>
  ctx.db
    .selectFrom("schedule_firing")
    .selectAll()
    .where("id", "in", (eb) =>
      eb
        .selectFrom("schedule_firing as first")
        .select((of) => of.fn.min("first.id").as("id"))
        .where("first.state", "=", "queued")
        .groupBy(["first.workspace", "first.schedule"]),
    )
    .orderBy("id")
    .execute();

export const findFiring = (
  ctx: Ctx,
  at: { workspace: string; schedule: string; key: string },
): Promise<FiringTable | undefined> =>
  ctx.db
    .selectFrom("schedule_firing")
    .selectAll()
    .where("workspace", "=", at.workspace)
    .where("schedule", "=", at.schedule)
    .where("key", "=", at.key)
    .executeTakeFirst();

/** The newest firing of the same schedule and kind of cause that came after one and waits like it. */
export const findNewerQueued = (
  ctx: Ctx,
  { id, workspace, schedule, cause }: FiringTable,
): Promise<FiringTable | undefined> => {
  const kind = cause.split("/")[0]!;
  return ctx.db
    .selectFrom("schedule_firing")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("schedule", "=", schedule)
    .where("state", "=", "queued")
    .where("id", ">", id)
    .where((eb) => eb.or([eb("cause", "=", kind), eb("cause", "like", `${kind}/%`)]))
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
};

/** Puts a firing at the end of the queue again, if nobody did anything with it since it was read. */
export async function requeueFiring(
  ctx: Ctx,
  { id, state, job_id }: FiringTable,
  { cause, askedBy }: { cause: string; askedBy?: Actor },
): Promise<boolean> {
  const asked = { asked_by_id: askedBy?.id ?? null, asked_by_name: askedBy?.name ?? null };
  const { numUpdatedRows } = await ctx.db
    .updateTable("schedule_firing")
    .set({ id: ctx.ids.next(), state: "queued", reason: null, job_id: null, cause, ...asked })
    .where("id", "=", id)
    .where("state", "=", state)
    .where("job_id", job_id === null ? "is" : "=", job_id)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export const deleteFiring = (ctx: Ctx, id: string) =>
  ctx.db.deleteFrom("schedule_firing").where("id", "=", id).execute();

/** A schedule and all that it noted, so that a later one of its name begins anew. */
export async function deleteSchedule(tx: Ctx, workspace: string, name: string): Promise<void> {
  await tx.db.deleteFrom("schedule").where("workspace", "=", workspace).where("name", "=", name).execute();
  await tx.db.deleteFrom("schedule_firing").where("workspace", "=", workspace).where("schedule", "=", name).execute();
}

export const listFirings = (ctx: Ctx, workspace: string, schedule: string, limit: number): Promise<FiringTable[]> =>
  ctx.db
    .selectFrom("schedule_firing")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("schedule", "=", schedule)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();

export const setJob = (ctx: Ctx, id: string, jobId: string) =>
  ctx.db.updateTable("schedule_firing").set({ job_id: jobId }).where("id", "=", id).execute();

/** False when it was ended before. */
export async function endFiring(
  ctx: Ctx,
  id: string,
  change: Pick<FiringTable, "state" | "reason" | "job_id">,
): Promise<boolean> {
  const { numUpdatedRows } = await ctx.db
    .updateTable("schedule_firing")
    .set(change)
    .where("id", "=", id)
    .where("state", "=", "queued")
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
