import { Problem } from "../../contract/errors.ts";
import type { ScheduleSettings } from "../../contract/schedule.ts";
import type { Actor, Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { resolveData } from "../data/index.ts";
import { cancelJob, listRunningOf } from "../job/index.ts";
import { startPipeline } from "../pipeline/index.ts";
import { alone } from "./alone.ts";
import type { FiringTable, ScheduleTable } from "./schema.ts";
import { settingsOf } from "./settings.ts";
import * as store from "./store.ts";
import { fillInputs, type LateValues } from "./values.ts";

/** So many jobs of one schedule are started before times that came meanwhile are looked for. */
const mostRounds = 100;

/** Starts what is noted, of each schedule in the order in which it was, as its policy says. */
export async function startQueued(ctx: Ctx): Promise<void> {
  const held = new Set<string>();
  for (let round = 0; round < mostRounds; round++) {
    const next = (await store.listQueued(ctx)).filter((firing) => !held.has(keyOf(firing)));
    if (next.length === 0) return;
    for (const firing of next) {
      if ((await alone(ctx, firing.schedule, () => startOne(ctx, firing))) !== "done") held.add(keyOf(firing));
    }
  }
}

/** So long what it needs may be on its way. */
const patienceMs = 15 * 60_000;

const keyOf = ({ workspace, schedule }: FiringTable): string => `${workspace} ${schedule}`;

async function startOne(ctx: Ctx, firing: FiringTable): Promise<"done" | "waits"> {
  const row = await store.findSchedule(ctx, firing.workspace, firing.schedule);
  if (!row) return forget(ctx, firing);
  const settings = settingsOf(row);
  if (!settings.enabled && firing.cause !== "person") return end(ctx, firing, "skipped", "the schedule was disabled");
  const running = settings.overlap === "allow" ? [] : await listRunningOf(ctx.db, row.workspace, triggerOf(row));
  if (running.length > 0) {
    const policy = policyFor(settings.overlap, firing.cause);
    if (policy === "skip") return end(ctx, firing, "skipped", `job ${running.at(-1)} still runs`);
    if (policy === "newest") return waitAsNewest(ctx, firing);
    if (policy === "queue") return "waits";
  }
  try {
    await startJob(ctx, row, firing, running);
    return "done";
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // Such as a model that is still being checked: whoever starts it by hand waits as well.
    if (error.code === "unavailable" && ctx.clock.now() < firing.created_at + patienceMs) return "waits";
    return end(ctx, firing, "failed", error.message);
  }
}

const triggerOf = ({ name }: ScheduleTable): string => `schedule/${name}`;

/**
 * What happens to a firing while a job of its schedule runs. Only a time that has come is left out for good, for the next
 * one comes by itself; new data, a call and a person come once. A backfill asks for each of its times.
 */
function policyFor(overlap: ScheduleSettings["overlap"], cause: string): "skip" | "newest" | "queue" | "start" {
  if (overlap === "allow") return "start";
  if (cause === "backfill" || overlap === "queue") return "queue";
  if (overlap === "cancel") return "start";
  return cause === "time" ? "skip" : "newest";
}

/** Of those that come during one run, only the newest waits for its end. */
async function waitAsNewest(ctx: Ctx, firing: FiringTable): Promise<"done" | "waits"> {
  const newer = await store.findNewerQueued(ctx, firing);
  return newer ? end(ctx, firing, "skipped", `${newer.cause} came before the running job ended`) : "waits";
}

function startJob(ctx: Ctx, row: ScheduleTable, firing: FiringTable, running: string[]): Promise<void> {
  const settings = settingsOf(row);
  return transaction({ ...ctx, actor: actorOf(row, firing) }, async (tx) => {
    // Taking the firing takes the row: of several servers one starts the job.
    if (!(await store.endFiring(tx, firing.id, { state: "started", job_id: null, reason: null }))) return;
    for (const id of running) await cancelJob(tx, row.workspace, id, `schedule ${row.name} starts it anew`);
    const jobId = tx.ids.next();
    const inputs = fillInputs(settings.start.inputs, await lateValuesOf(tx, settings, firing, jobId));
    const at = { workspace: row.workspace, name: settings.pipeline };
    const job = await startPipeline(tx, at, { ...settings.start, inputs, trigger: triggerOf(row), id: jobId });
    await store.setJob(tx, firing.id, job.id);
    record(tx, {
      workspace: row.workspace,
      type: "schedule.fired",
      subject: `schedule/${row.name}`,
      data: { job: job.id, cause: firing.cause },
    });
  });
}

/** In whose name it is done: who asked for it may do so, and may not decide on it at a gate for others. */
const actorOf = (row: ScheduleTable, { asked_by_id, asked_by_name }: FiringTable): Actor =>
  asked_by_id !== null && asked_by_name !== null
    ? { id: asked_by_id, name: asked_by_name }
    : { id: row.created_by_id, name: row.created_by_name };

async function lateValuesOf(
  tx: Ctx,
  { trigger }: ScheduleSettings,
  firing: FiringTable,
  jobId: string,
): Promise<LateValues> {
  const values: LateValues = firing.body_values === null ? {} : (JSON.parse(firing.body_values) as LateValues);
  values.name = jobId;
  values["creation_context.trigger_time"] = new Date(firing.due_at).toISOString();
  if (trigger.type === "data") {
    const [, , version] = firing.cause.split("/");
    values["creation_context.data_version"] =
      version ?? (await resolveData(tx, firing.workspace, trigger.name, {})).version;
  }
  return values;
}

/** Of a schedule that was deleted while this was noted. */
async function forget(ctx: Ctx, { id }: FiringTable): Promise<"done"> {
  await store.deleteFiring(ctx, id);
  return "done";
}

async function end(ctx: Ctx, firing: FiringTable, state: "skipped" | "failed", reason: string): Promise<"done"> {
  await transaction(ctx, async (tx) => {
    if (!(await store.endFiring(tx, firing.id, { state, reason, job_id: null }))) return;
    record(tx, {
      workspace: firing.workspace,
      type: `schedule.${state}`,
      subject: `schedule/${firing.schedule}`,
      data: { reason, dueAt: firing.due_at },
    });
  });
  return "done";
}
