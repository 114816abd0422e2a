import { conflict, invalid, notFound } from "../../contract/errors.ts";
import {
  type Binding,
  type CommandStep,
  isCommand,
  type Job,
  type JobDefinition,
  type RerunBody,
  type Step,
} from "../../contract/job.ts";
import { listTasks } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { snapshotOf } from "./code-snapshot.ts";
import { withoutEffects } from "./effects.ts";
import { needsOf } from "./graph.ts";
import type { ResolvedInput } from "./key.ts";
import { stepsToTakeOver } from "./recover.ts";
import { resolveInputs } from "./resolve.ts";
import type { JobTable } from "./schema.ts";
import * as store from "./store.ts";
import { submitJob } from "./submit.ts";

/** Goes on with a job that did not succeed, as a new one that takes over what has ended well. */
export async function resumeJob(ctx: Ctx, workspace: string, id: string): Promise<Job> {
  const row = await findEnded(ctx, workspace, id);
  if (row.state === "succeeded") {
    throw conflict(
      `Job ${id} has succeeded: there is nothing to go on with.`,
      `Run it again from a step: \`trainyard job rerun ${id} --from STEP\`.`,
    );
  }
  return again(ctx, row, "resume", definitionOf(row), { recovers: await stepsToTakeOver(ctx, row) });
}

/** Runs a job again as a new one: all of it, from a step on, or one step alone. */
export async function rerunJob(
  ctx: Ctx,
  workspace: string,
  id: string,
  { from, only, debug, reuse = false }: RerunBody,
): Promise<Job> {
  if (from !== undefined && only !== undefined) throw invalid("Run again from a step, or one step only: not both.");
  if (debug && only === undefined) throw invalid("A debugger attaches to one step: say which one with `only`.");
  const step = only ?? from;
  if (reuse && step !== undefined) throw invalid("A job is run again with reuse as a whole: leave the step out.");
  const row = await findEnded(ctx, workspace, id);
  const definition = definitionOf(row);
  if (step === undefined) return again(ctx, row, "rerun", { ...definition, forceRerun: !reuse });
  if (!Object.hasOwn(definition.steps, step)) {
    throw notFound("step", step, `Job ${id} has the steps ${Object.keys(definition.steps).join(", ")}.`);
  }
  if (only !== undefined) {
    return again(ctx, row, "rerun-only", await alone(ctx, row, definition, only, debug), { step: only });
  }
  const anew = downstreamOf(definition, step);
  const recovers = (await stepsToTakeOver(ctx, row)).filter((name) => !anew.has(name));
  const steps = Object.entries(definition.steps).map(([name, some]) => [name, anew.has(name) ? forced(some) : some]);
  return again(ctx, row, "rerun-from", { ...definition, steps: Object.fromEntries(steps) }, { step, recovers });
}

const definitionOf = (row: JobTable): JobDefinition => JSON.parse(row.definition) as JobDefinition;

async function findEnded(ctx: Ctx, workspace: string, id: string): Promise<JobTable> {
  const row = await store.findJob(ctx, workspace, id);
  if (row.parent_job_id) {
    throw conflict(`Job ${id} is part of job ${row.parent_job_id}.`, "Run that one again.");
  }
  if (row.ended_at !== null) return row;
  throw conflict(`Job ${id} has not ended.`, `Wait, or stop it first: \`trainyard job cancel ${id}\`.`);
}

async function again(
  ctx: Ctx,
  row: JobTable,
  relation: "resume" | "rerun" | "rerun-from" | "rerun-only",
  definition: JobDefinition,
  { step = null, recovers = [] }: { step?: string | null; recovers?: string[] } = {},
): Promise<Job> {
  const origin = { jobId: row.id, relation, step, recovers };
  const code = (await snapshotOf(ctx.db, row.id)) ?? undefined;
  return submitJob(ctx, { workspace: row.workspace, trigger: "person", definition, origin, code });
}

/** A step and everything that needs it. */
function downstreamOf({ steps }: JobDefinition, first: string): Set<string> {
  const users = new Map<string, string[]>();
  for (const [name, step] of Object.entries(steps)) {
    for (const need of needsOf(step)) users.set(need, [...(users.get(need) ?? []), name]);
  }
  const found = new Set([first]);
  for (const name of found) for (const user of users.get(name) ?? []) found.add(user);
  return found;
}

/** The step, run whatever there is to be reused. */
function forced(step: Step): Step {
  if (isCommand(step)) return { ...step, forceRerun: true };
  if (step.type === "sweep") return { ...step, trial: { ...step.trial, forceRerun: true } };
  if (step.type !== "foreach") return step;
  const steps = Object.entries(step.body.steps).map(([name, some]) => [name, { ...some, forceRerun: true }]);
  return { ...step, body: { ...step.body, steps: Object.fromEntries(steps) as Record<string, CommandStep> } };
}

/** A job of one step with the inputs that it had, which registers nothing and writes nowhere else. */
async function alone(
  ctx: Ctx,
  row: JobTable,
  definition: JobDefinition,
  name: string,
  debug: RerunBody["debug"],
): Promise<JobDefinition> {
  const step = definition.steps[name]!;
  if (step.type === "foreach" || step.type === "gate") {
    throw invalid(`Step ${name} is a ${step.type}: it cannot be run alone.`);
  }
  if (debug && !isCommand(step)) throw invalid(`Step ${name} is a ${step.type}: no debugger can attach to it.`);
  const tasks = new Map((await listTasks(ctx, row.execution_id)).map((task) => [task.name, task]));
  const had = await resolveInputs(ctx, { workspace: row.workspace, definition, tasks }, step);
  const inputs = Object.entries(step.inputs).map(([input, declared]) => [
    input,
    { ...declared, binding: had[input] ? bindingOf(had[input]) : null },
  ]);
  const bare = { inputs: Object.fromEntries(inputs), after: [], when: null };
  const run = isCommand(step) ? { forceRerun: true, debug: debug ?? null, ...(debug ? { maxRetries: 0 } : {}) } : {};
  return {
    ...definition,
    type: "pipeline",
    displayName: `${definition.displayName}: ${name}`,
    inputs: {},
    outputs: {},
    steps: { [name]: { ...withoutEffects(forced(step)), ...bare, ...run } as Step },
  };
}

const bindingOf = (input: ResolvedInput): Binding =>
  input.kind === "value"
    ? { from: "literal", value: input.value, ...(input.given ? { given: true } : {}) }
    : { from: "tree", digest: input.tree, ...(input.path === null ? {} : { path: input.path }) };
