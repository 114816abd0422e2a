import { randomBytes } from "node:crypto";
import { notFound, Problem } from "../../contract/errors.ts";
import type { Firing, Schedule, ScheduleSettings } from "../../contract/schedule.ts";
import type { Trigger } from "../../contract/trigger.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { sha256 } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import { requirePipeline } from "../pipeline/index.ts";
import { checkTrigger, dueBetween, nextDue } from "./due.ts";
import { enqueue, settingsOf } from "./fire.ts";
import type { FiringTable, ScheduleTable } from "./schema.ts";
import * as store from "./store.ts";

const mostBackfilled = 1000;
const mostFirings = 50;

const firingOf = (row: FiringTable): Firing => ({
  id: row.id,
  dueAt: row.due_at,
  cause: row.cause,
  state: row.state,
  jobId: row.job_id,
  reason: row.reason,
  createdAt: row.created_at,
});

const scheduleOf = (row: ScheduleTable, last: FiringTable | undefined): Schedule => ({
  name: row.name,
  ...settingsOf(row),
  nextAt: row.next_at,
  last: last ? firingOf(last) : null,
  createdAt: row.created_at,
  createdBy: { id: row.created_by_id, name: row.created_by_name },
});

function notThere(name: string): never {
  throw notFound("schedule", name, "List them with `trainyard schedule list`.");
}

const requireSchedule = async (ctx: Ctx, workspace: string, name: string): Promise<ScheduleTable> =>
  (await store.findSchedule(ctx, workspace, name)) ?? notThere(name);

/** Creates a schedule, or changes it. Its jobs are started in the name of who did so last. */
export async function putSchedule(
  ctx: Ctx,
  at: { workspace: string; name: string },
  settings: ScheduleSettings,
): Promise<Schedule> {
  checkTrigger(settings.trigger, ctx.clock.now());
  await requirePipeline(ctx, at.workspace, settings.pipeline);
  return transaction(ctx, async (tx) => {
    const before = await store.findSchedule(tx, at.workspace, at.name);
    const now = tx.clock.now();
    const createdAt = before?.created_at ?? now;
    const maker = { created_by_id: tx.actor.id, created_by_name: tx.actor.name };
    const changed = { ...columnsOf(settings, now, createdAt), ...maker };
    const row: ScheduleTable = { ...at, hook: null, created_at: createdAt, ...before, ...changed };
    await tx.db
      .insertInto("schedule")
      .values(row)
      .onConflict((conflict) => conflict.columns(["workspace", "name"]).doUpdateSet(changed))
      .execute();
    const type = before ? "schedule.changed" : "schedule.created";
    record(tx, { workspace: at.workspace, type, subject: `schedule/${at.name}`, data: settings });
    tx.unit?.afterCommit.push(() => tx.signals.wake("schedule"));
    return scheduleOf(row, (await store.listFirings(tx, at.workspace, at.name, 1))[0]);
  });
}

const columnsOf = (settings: ScheduleSettings, now: number, createdAt: number) => ({
  settings: JSON.stringify(settings),
  data_name: settings.enabled && settings.trigger.type === "data" ? settings.trigger.name : null,
  next_at: settings.enabled ? nextDue(settings.trigger, now, createdAt) : null,
});

/** Nothing else of it changes: its jobs are still started in the name of who wrote its settings. */
export async function switchSchedule(
  ctx: Ctx,
  at: { workspace: string; name: string },
  enabled: boolean,
): Promise<Schedule> {
  return transaction(ctx, async (tx) => {
    const row = (await store.holdSchedule(tx, at.workspace, at.name)) ?? notThere(at.name);
    const changed = columnsOf({ ...settingsOf(row), enabled }, tx.clock.now(), row.created_at);
    await store.setSchedule(tx, at, changed);
    const type = enabled ? "schedule.enabled" : "schedule.disabled";
    record(tx, { workspace: at.workspace, type, subject: `schedule/${at.name}` });
    tx.unit?.afterCommit.push(() => tx.signals.wake("schedule"));
    return scheduleOf({ ...row, ...changed }, (await store.listFirings(tx, at.workspace, at.name, 1))[0]);
  });
}

export async function listSchedules(ctx: Ctx, workspace: string): Promise<{ items: Schedule[] }> {
  const items: Schedule[] = [];
  for (const row of await store.listSchedules(ctx, workspace)) {
    items.push(scheduleOf(row, (await store.listFirings(ctx, workspace, row.name, 1))[0]));
  }
  return { items };
}

export async function getSchedule(ctx: Ctx, workspace: string, name: string) {
  const row = await requireSchedule(ctx, workspace, name);
  const firings = await store.listFirings(ctx, workspace, name, mostFirings);
  const settings = settingsOf(row);
  const due = settings.enabled ? nextTimes(settings.trigger, 5, ctx.clock.now(), row.created_at) : [];
  return { ...scheduleOf(row, firings[0]), firings: firings.map(firingOf), due };
}

function nextTimes(trigger: Trigger, count: number, after: number, anchor: number): number[] {
  return dueBetween(trigger, after, Number.MAX_SAFE_INTEGER, anchor, count);
}

export function previewTrigger(ctx: Ctx, trigger: Trigger, count: number): { due: number[] } {
  const now = ctx.clock.now();
  checkTrigger(trigger, now);
  return { due: nextTimes(trigger, count, now, now) };
}

export async function deleteSchedule(ctx: Ctx, workspace: string, name: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    await requireSchedule(tx, workspace, name);
    await tx.db.deleteFrom("schedule").where("workspace", "=", workspace).where("name", "=", name).execute();
    record(tx, { workspace, type: "schedule.deleted", subject: `schedule/${name}` });
  });
}

export async function fireNow(ctx: Ctx, workspace: string, name: string): Promise<Firing> {
  return transaction(ctx, async (tx) => {
    const row = await requireSchedule(tx, workspace, name);
    return firingOf(
      (await enqueue(tx, row, { dueAt: tx.clock.now(), cause: "person", key: `person/${tx.ids.next()}` }))!,
    );
  });
}

export async function backfill(
  ctx: Ctx,
  at: { workspace: string; name: string },
  span: { from: number; to: number },
): Promise<{ due: number[]; alreadyThere: number }> {
  return transaction(ctx, async (tx) => {
    const row = await requireSchedule(tx, at.workspace, at.name);
    // Times before the start may be asked for too; they are counted from where the others are.
    const { startTime, ...trigger } = { startTime: undefined, ...settingsOf(row).trigger };
    const anchor = startTime ?? row.created_at;
    const due = dueBetween(trigger as Trigger, span.from - 1, span.to, anchor, mostBackfilled + 1);
    if (due.length > mostBackfilled) {
      throw new Problem("invalid", `The span has more than ${mostBackfilled} times.`, { hint: "Take it in parts." });
    }
    if (due.length === 0) throw new Problem("invalid", `Schedule ${at.name} is never due in that span.`);
    const started: number[] = [];
    for (const time of due) {
      if (await enqueue(tx, row, { dueAt: time, cause: "backfill", key: `time/${time}` })) started.push(time);
    }
    record(tx, {
      ...{ workspace: at.workspace, type: "schedule.backfilled", subject: `schedule/${at.name}` },
      data: { ...span, count: started.length },
    });
    return { due: started, alreadyThere: due.length - started.length };
  });
}

/** A new secret address; only its hash is kept. */
export async function renewHook(ctx: Ctx, workspace: string, name: string): Promise<{ path: string }> {
  return transaction(ctx, async (tx) => {
    const row = await requireSchedule(tx, workspace, name);
    if (settingsOf(row).trigger.type !== "webhook") {
      throw new Problem("conflict", `Schedule ${name} has no webhook trigger, so it has no address.`);
    }
    const secret = randomBytes(24).toString("base64url");
    await store.setSchedule(tx, { workspace, name }, { hook: sha256(secret) });
    record(tx, { workspace, type: "schedule.address-renewed", subject: `schedule/${name}` });
    return { path: `/api/v1/hooks/${workspace}/${name}/${secret}` };
  });
}

/** A call of the address. Whoever does not know it learns nothing, not even whether the schedule is there. */
export async function callHook(
  ctx: Ctx,
  { workspace, name, secret }: { workspace: string; name: string; secret: string },
): Promise<{ firing: string }> {
  return transaction(ctx, async (tx) => {
    const row = await store.findSchedule(tx, workspace, name);
    const settings = row && settingsOf(row);
    if (!row?.hook || row.hook !== sha256(secret) || settings?.trigger.type !== "webhook") {
      throw new Problem("not_found", "There is nothing at this address.");
    }
    if (!settings.enabled) throw new Problem("conflict", "The schedule is switched off.");
    const key = `webhook/${tx.ids.next()}`;
    return { firing: (await enqueue(tx, row, { dueAt: tx.clock.now(), cause: "webhook", key }))!.id };
  });
}
