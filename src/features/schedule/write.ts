import type { CodeSnapshot } from "../../contract/code-snapshot.ts";
import { conflict, invalid } from "../../contract/errors.ts";
import type { JobDefinition } from "../../contract/job.ts";
import { lateNames, problemOfLate } from "../../contract/late-value.ts";
import type { Schedule, ScheduleSettings } from "../../contract/schedule.ts";
import { checkTrigger, nextDue } from "../../platform/calendar/due.ts";
import type { Ctx } from "../../platform/context.ts";
import { takeName } from "../../platform/db/take-name.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { checkInputs, publishPipeline } from "../pipeline/index.ts";
import type { ScheduleTable } from "./schema.ts";
import { settingsOf } from "./settings.ts";
import * as store from "./store.ts";
import { notThere, scheduleOf } from "./view.ts";

type NewSettings = ScheduleSettings & { definition?: JobDefinition; code?: CodeSnapshot };

/** Creates a schedule; one of the name must not be there. */
export const createSchedule = (
  ctx: Ctx,
  at: { workspace: string; name: string },
  settings: NewSettings,
): Promise<Schedule> => writeSchedule(ctx, at, settings, { mustBeNew: true });

/** Creates a schedule, or changes it. Its jobs are started in the name of who did so last. */
export const putSchedule = (
  ctx: Ctx,
  at: { workspace: string; name: string },
  settings: NewSettings,
): Promise<Schedule> => writeSchedule(ctx, at, settings, { mustBeNew: false });

function writeSchedule(
  ctx: Ctx,
  at: { workspace: string; name: string },
  { definition, code, ...settings }: NewSettings,
  { mustBeNew }: { mustBeNew: boolean },
): Promise<Schedule> {
  checkTrigger(settings.trigger, ctx.clock.now());
  return transaction(ctx, async (tx) => {
    await takeName(tx.db, { workspace: at.workspace, kind: "schedule", name: at.name });
    const before = await store.findSchedule(tx, at.workspace, at.name);
    if (before && mustBeNew) {
      throw conflict(`There is a schedule "${at.name}" already; it starts ${settingsOf(before).pipeline}.`);
    }
    if (definition) await publishFor(tx, at, settings, { definition, code }, before);
    await checkStart(tx, at.workspace, settings);
    const now = tx.clock.now();
    const createdAt = before?.created_at ?? now;
    const maker = { created_by_id: tx.actor.id, created_by_name: tx.actor.name };
    const changed = { ...columnsOf(settings, now, createdAt), ...maker };
    const row: ScheduleTable = { ...at, hook: null, hook_key: null, created_at: createdAt, ...before, ...changed };
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

/** Publishes what a schedule starts. Only its own pipeline gets a next version: others start the newest of theirs. */
async function publishFor(
  tx: Ctx,
  { workspace }: { workspace: string },
  { pipeline, description }: ScheduleSettings,
  content: { definition: JobDefinition; code?: CodeSnapshot },
  before: ScheduleTable | undefined,
): Promise<void> {
  const isOwn = before !== undefined && settingsOf(before).pipeline === pipeline;
  await publishPipeline(tx, { workspace, name: pipeline, description, ...content, onlyNew: !isOwn });
}

/** Fails when the pipeline cannot be started with the inputs. Values that are known later are checked later. */
async function checkStart(
  tx: Ctx,
  workspace: string,
  { trigger, pipeline, start }: Pick<ScheduleSettings, "trigger" | "pipeline" | "start">,
): Promise<void> {
  const isLate = (value: unknown): boolean => typeof value === "string" && lateNames(value).length > 0;
  for (const [input, value] of Object.entries(start.inputs)) {
    for (const name of typeof value === "string" ? lateNames(value) : []) {
      const problem = problemOfLate(name, trigger.type);
      if (problem) throw invalid(`Input ${input}: ${problem.message}.`, { hint: problem.hint });
    }
  }
  const late = Object.keys(start.inputs).filter((input) => isLate(start.inputs[input]));
  await checkInputs(tx, { workspace, name: pipeline }, start, late);
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

export async function deleteSchedule(ctx: Ctx, workspace: string, name: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    if (!(await store.holdSchedule(tx, workspace, name))) notThere(name);
    await store.deleteSchedule(tx, workspace, name);
    record(tx, { workspace, type: "schedule.deleted", subject: `schedule/${name}` });
  });
}
