import { notFound } from "../../contract/errors.ts";
import type { Firing, Schedule } from "../../contract/schedule.ts";
import type { Trigger } from "../../contract/trigger.ts";
import { checkTrigger, dueBetween } from "../../platform/calendar/due.ts";
import type { Ctx } from "../../platform/context.ts";
import type { FiringTable, ScheduleTable } from "./schema.ts";
import { settingsOf } from "./settings.ts";
import * as store from "./store.ts";

const mostFirings = 50;

export const firingOf = (row: FiringTable): Firing => ({
  id: row.id,
  dueAt: row.due_at,
  cause: row.cause,
  state: row.state,
  jobId: row.job_id,
  reason: row.reason,
  createdAt: row.created_at,
});

export const scheduleOf = (row: ScheduleTable, last: FiringTable | undefined): Schedule => ({
  name: row.name,
  ...settingsOf(row),
  hasAddress: hasAddress(row),
  nextAt: row.next_at,
  last: last ? firingOf(last) : null,
  createdAt: row.created_at,
  createdBy: { id: row.created_by_id, name: row.created_by_name },
});

function hasAddress(row: ScheduleTable): boolean {
  const { trigger } = settingsOf(row);
  return trigger.type === "webhook" && row.hook !== null && (!trigger.signed || row.hook_key !== null);
}

export function notThere(name: string): never {
  throw notFound("schedule", name, "List them with `trainyard schedule list`.");
}

export const requireSchedule = async (ctx: Ctx, workspace: string, name: string): Promise<ScheduleTable> =>
  (await store.findSchedule(ctx, workspace, name)) ?? notThere(name);

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
