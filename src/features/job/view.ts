import type { Job, JobDetail, StepView } from "../../contract/job.ts";
import { listTasks, type Task } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { whyTasksWait } from "../compute/index.ts";
import { snapshotOf } from "./code-snapshot.ts";
import { decisionsOf, gateOf, openGates, waitingOf } from "./decide.ts";
import { reuseOf } from "./explain.ts";
import { countsOf } from "./fan-out/index.ts";
import type { EnvironmentInput } from "./graph.ts";
import { jobOf } from "./job-of.ts";
import { assetsOf, type StepOutputs } from "./resolve.ts";
import type { JobStepTable } from "./schema.ts";
import * as store from "./store.ts";
import { isTransfer, transferName } from "./transfer.ts";

/** What a job reads by name. Of a job that is not known here, nothing. */
export async function assetsOfJob(ctx: Ctx, workspace: string, id: string): Promise<ReturnType<typeof assetsOf>> {
  const row = await ctx.db
    .selectFrom("job")
    .select("definition")
    .where("workspace", "=", workspace)
    .where("id", "=", id)
    .executeTakeFirst();
  return row ? assetsOf(JSON.parse(row.definition) as JobDetail["definition"]) : { data: [], models: [] };
}

/** A job with its steps, environments included. */
export async function getJob(ctx: Ctx, workspace: string, id: string): Promise<JobDetail> {
  const row = await store.findJob(ctx, workspace, id);
  const definition = JSON.parse(row.definition) as JobDetail["definition"];
  const [tasks, steps, decisions, children] = await Promise.all([
    listTasks(ctx, row.execution_id),
    store.listSteps(ctx.db, id),
    decisionsOf(ctx, id),
    countsOf(ctx, id),
  ]);
  const waits = await whyTasksWait(ctx, { id: row.execution_id, workspace }, tasks);
  const byName = new Map(steps.map((step) => [step.name, step]));
  const views = tasks.map((task): StepView => {
    const step = definition.steps[task.name];
    const theirs = decisions.filter((decision) => decision.step === task.name);
    const gate = step?.type === "gate" ? gateOf(ctx, row, task, step, theirs) : null;
    return {
      ...stepOf(task, byName.get(task.name), definition, waits),
      gate,
      children: children.get(task.name) ?? null,
    };
  });
  const waiting = views.flatMap(({ name, state, gate }) =>
    gate && state === "waiting" ? [{ step: name, you: gate.refusal === null }] : [],
  );
  return {
    ...jobOf(row, waiting),
    definition,
    registered: JSON.parse(row.registered) as string[],
    code: await snapshotOf(ctx.db, id),
    steps: views,
    related: await relatedTo(ctx, id),
  };
}

function stepOf(
  task: Task,
  row: JobStepTable | undefined,
  definition: JobDetail["definition"],
  waits: ReadonlyMap<string, string>,
): Omit<StepView, "gate" | "children"> {
  const ended = task.state === "succeeded" || task.state === "reused";
  const displayName =
    task.kind === "environment"
      ? `environment ${(task.input as EnvironmentInput).name}`
      : isTransfer(task)
        ? transferName(task)
        : (definition.steps[task.name]?.displayName ?? task.name);
  return {
    name: task.name,
    kind: kindOf(task, definition),
    displayName,
    state: task.state,
    needs: task.needs,
    attempt: task.attempt,
    startedAt: task.startedAt,
    endedAt: task.endedAt,
    error: task.error,
    runId: row?.run_id ?? null,
    reuse: reuseOf(row?.reuse ?? null) ?? environmentReuse(task),
    compute: task.compute,
    resources: task.resources,
    waitsFor: waits.get(task.name) ?? null,
    outputs: (ended && (task.result as StepOutputs | null)?.outputs) || {},
  };
}

function kindOf(task: Task, definition: JobDetail["definition"]): StepView["kind"] {
  if (task.kind === "environment") return "environment";
  if (isTransfer(task)) return task.kind === "system.fetch" ? "fetch" : "store";
  return definition.steps[task.name]?.type ?? "command";
}

function environmentReuse(task: Task): StepView["reuse"] {
  if (task.kind !== "environment" || task.state !== "reused") return null;
  return {
    status: "hit",
    key: null,
    originJobId: null,
    originStep: null,
    reason: "this environment is locked already",
  };
}

export async function listJobs(
  ctx: Ctx,
  workspace: string,
  query: {
    limit: number;
    after?: string;
    state?: string;
    experiment?: string;
    waiting?: "true";
    archived?: "include" | "only";
    parent?: string;
  },
): Promise<{ items: Job[]; next?: string }> {
  let select = ctx.db
    .selectFrom("job")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("parent_job_id", query.parent === undefined ? "is" : "=", query.parent ?? null)
    .orderBy("id", "desc")
    .limit(query.limit + 1);
  if (query.state) select = select.where("state", "=", query.state);
  if (query.archived !== "include") {
    select = select.where("archived_at", query.archived === "only" ? "is not" : "is", null);
  }
  if (query.experiment) select = select.where("experiment", "=", query.experiment);
  if (query.waiting) select = select.where("execution_id", "in", openGates(ctx).select("execution_id"));
  if (query.after) select = select.where("id", "<", query.after);
  const rows = await select.execute();
  const waiting = await waitingOf(ctx, rows);
  const items = rows.slice(0, query.limit).map((row) => jobOf(row, waiting.get(row.id)));
  return { items, next: rows.length > query.limit ? items.at(-1)?.id : undefined };
}

async function relatedTo(ctx: Ctx, id: string): Promise<JobDetail["related"]> {
  const rows = await ctx.db.selectFrom("job").selectAll().where("origin_job_id", "=", id).orderBy("id").execute();
  return rows.map((row) => {
    const { relation, step } = jobOf(row).origin!;
    return { id: row.id, relation, step, state: row.state, createdAt: row.created_at };
  });
}
