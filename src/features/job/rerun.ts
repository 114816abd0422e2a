import type { CodeSnapshot } from "../../contract/code-snapshot.ts";
import { conflict, invalid, notFound } from "../../contract/errors.ts";
import {
  isCommand,
  type Job,
  type JobBody,
  type JobDefinition,
  type JobInput,
  jobDefinitionSchema,
  partsOf,
  type RepeatedStep,
  type RerunBody,
  type ResumeBody,
  type Step,
} from "../../contract/job.ts";
import { listTasks } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { checkDefinition } from "./check.ts";
import { snapshotOf } from "./code-snapshot.ts";
import { noDebugger, withoutDebugger } from "./debug.ts";
import { withoutEffects } from "./effects.ts";
import { findChildAt } from "./fan-out/index.ts";
import { needsOf } from "./graph.ts";
import { mapSteps } from "./map-steps.ts";
import { awaitModels, pinDefinition } from "./pin.ts";
import { stepsToTakeOver } from "./recover.ts";
import { bindingOf, resolveInputs } from "./resolve.ts";
import type { JobTable } from "./schema.ts";
import * as store from "./store.ts";
import { readBody, submitJob } from "./submit.ts";
import { tagsOfJob } from "./tag.ts";

/** Goes on with a job that did not succeed, as a new one that takes over what has ended well. */
export async function resumeJob(ctx: Ctx, workspace: string, id: string, { changed }: ResumeBody): Promise<Job> {
  const row = await findEnded(ctx, workspace, id);
  if (row.state === "succeeded") {
    throw conflict(
      `Job ${id} has succeeded: there is nothing to go on with.`,
      `Run it again from a step: \`trainyard job rerun ${id} --from STEP\`.`,
    );
  }
  const wanted = await wantedOf(ctx, row, changed);
  return again(ctx, row, "resume", wanted, { recovers: await stepsToTakeOver(ctx, row, wanted.definition) });
}

/** What a job that comes from an earlier one is to do. */
interface Wanted {
  definition: JobDefinition;
  /** Where the code of a changed definition is from; otherwise that of the earlier job is meant. */
  code?: CodeSnapshot;
}

async function wantedOf(ctx: Ctx, row: JobTable, changed: JobBody | undefined): Promise<Wanted> {
  if (!changed) return { definition: definitionOf(row) };
  const definition = jobDefinitionSchema.parse(await readBody(ctx, row.workspace, changed));
  checkDefinition(definition);
  await awaitModels(ctx, row.workspace, definition);
  return { definition: await pinDefinition(ctx, row.workspace, definition), code: changed.code };
}

/** Runs a job again as a new one: all of it, from a step on, or one step alone. */
export async function rerunJob(
  ctx: Ctx,
  workspace: string,
  id: string,
  { changed, from, only, item, debug, reuse = false }: RerunBody,
): Promise<Job> {
  if (from !== undefined && only !== undefined) throw invalid("Run again from a step, or one step only: not both.");
  if (debug && only === undefined) throw invalid("A debugger attaches to one step: say which one with `only`.");
  if (item !== undefined && only === undefined) throw invalid("An item is one of a step: say which one with `only`.");
  if (changed && item !== undefined) throw invalid("An item is run again as it was: leave the changed job out.");
  const step = only ?? from;
  if (reuse && step !== undefined) throw invalid("A job is run again with reuse as a whole: leave the step out.");
  if (only !== undefined)
    return rerunAlone(ctx, await store.findJob(ctx, workspace, id), only, { changed, item, debug });
  const row = await findEnded(ctx, workspace, id);
  const { definition, code } = await wantedOf(ctx, row, changed);
  if (step === undefined) return again(ctx, row, "rerun", { definition: { ...definition, forceRerun: !reuse }, code });
  requireStep(row, definition, step);
  const anew = downstreamOf(definition, step);
  const recovers = (await stepsToTakeOver(ctx, row, definition)).filter((name) => !anew.has(name));
  const steps = Object.entries(definition.steps).map(([name, some]) => [name, anew.has(name) ? forced(some) : some]);
  const wanted = { definition: { ...definition, steps: Object.fromEntries(steps) }, code };
  return again(ctx, row, "rerun-from", wanted, { step, recovers });
}

/** What it did, without a debugger, under the name and with the tags that it has now. */
const definitionOf = (row: JobTable): JobDefinition => ({
  ...withoutDebugger(JSON.parse(row.definition) as JobDefinition),
  ...{ displayName: row.display_name, description: row.description, tags: tagsOfJob(row) },
});

function requireStep({ id }: JobTable, { steps }: JobDefinition, name: string): Step {
  if (Object.hasOwn(steps, name)) return steps[name]!;
  throw notFound("step", name, `Job ${id} has the steps ${Object.keys(steps).join(", ")}.`);
}

/** One step alone, be it one of a trial or an item; or one trial or item of a step. */
async function rerunAlone(
  ctx: Ctx,
  row: JobTable,
  only: string,
  { changed, item, debug }: Pick<RerunBody, "changed" | "item" | "debug">,
): Promise<Job> {
  const { definition, code } = await wantedOf(ctx, row, changed);
  const step = requireStep(row, definition, only);
  if (item !== undefined) return rerunItem(ctx, row, { only, step, item, debug });
  requireEnded(row);
  const wanted = { definition: await alone(ctx, row, definition, only, debug), code };
  return again(ctx, row, "rerun-only", wanted, { step: only });
}

interface OneItem {
  only: string;
  step: Step;
  item: number;
  debug: RerunBody["debug"];
}

async function rerunItem(ctx: Ctx, row: JobTable, { only, step, item, debug }: OneItem): Promise<Job> {
  if (step.type !== "sweep" && step.type !== "foreach") throw invalid(`Step ${only} has no trials or items.`);
  const what = step.type === "sweep" ? "trial" : "item";
  const found = await findChildAt(ctx.db, { job_id: row.id, step: only, number: item });
  if (!found) {
    throw notFound(what, String(item), `They count from 0: \`trainyard job children ${row.id} ${only}\` lists them.`);
  }
  const child = await store.findJob(ctx, row.workspace, found.child_id);
  requireEnded(child);
  const inside = definitionOf(child);
  const names = Object.keys(inside.steps);
  if (debug && names.length > 1) {
    const hint = `Name one of ${names.join(", ")}: \`trainyard job rerun ${child.id} --only STEP --debug\`.`;
    throw invalid(`The ${what} ${item} of step ${only} has several steps; a debugger attaches to one.`, { hint });
  }
  const isOne = names.length === 1 && inside.steps[names[0]!]!.type !== "foreach";
  const wanted = isOne || debug ? await alone(ctx, child, inside, names[0]!, debug) : withoutOutside(inside);
  const definition = { ...wanted, displayName: inside.displayName };
  return again(ctx, row, "rerun-only", { definition }, { step: only });
}

/** All steps of a job, of which nothing is seen outside. */
const withoutOutside = (definition: JobDefinition): JobDefinition => ({
  ...definition,
  steps: mapSteps(definition.steps, (step) => withoutEffects(forced(step))),
});

async function findEnded(ctx: Ctx, workspace: string, id: string): Promise<JobTable> {
  const row = await store.findJob(ctx, workspace, id);
  if (row.parent_job_id) {
    const hint = `Run that one again, or one step of this one: \`trainyard job rerun ${id} --only STEP\`.`;
    throw conflict(`Job ${id} is part of job ${row.parent_job_id}.`, hint);
  }
  requireEnded(row);
  return row;
}

function requireEnded({ id, ended_at }: JobTable): void {
  if (ended_at !== null) return;
  throw conflict(`Job ${id} has not ended.`, `Wait, or stop it first: \`trainyard job cancel ${id}\`.`);
}

async function again(
  ctx: Ctx,
  row: JobTable,
  relation: "resume" | "rerun" | "rerun-from" | "rerun-only",
  { definition, code: own }: Wanted,
  { step = null, recovers = [] }: { step?: string | null; recovers?: string[] } = {},
): Promise<Job> {
  const origin = { jobId: row.id, relation, step, recovers };
  const outermost = await store.findOutermost(ctx, row.workspace, row.id);
  const code = own ?? (await snapshotOf(ctx.db, outermost.id)) ?? undefined;
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
function forced(step: RepeatedStep): RepeatedStep;
function forced(step: Step): Step;
function forced(step: Step): Step {
  if (isCommand(step)) return { ...step, forceRerun: true };
  if (step.type === "sweep") return { ...step, trial: { ...step.trial, forceRerun: true } };
  if (step.type !== "foreach") return step;
  return { ...step, body: { ...step.body, steps: mapSteps(step.body.steps, (inner) => forced(inner)) } };
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
    const hint =
      step.type === "foreach"
        ? `Run one item of it: \`trainyard job rerun ${row.id} --only ${name} --item 0\`.`
        : undefined;
    throw invalid(`Step ${name} is a ${step.type}: it cannot be run alone.`, { hint });
  }
  if (debug && !isCommand(step)) throw noDebugger(name, step.type);
  const tasks = new Map((await listTasks(ctx, row.execution_id)).map((task) => [task.name, task]));
  const had = await resolveInputs(ctx, { workspace: row.workspace, definition, tasks }, step);
  const inputs = Object.entries(step.inputs).map(([input, declared]) => [
    input,
    { ...asTaken(declared), binding: had[input] ? bindingOf(had[input]) : null },
  ]);
  const bare = { inputs: Object.fromEntries(inputs), after: [], when: null };
  const run = isCommand(step) ? { forceRerun: true, debug: debug ?? null } : {};
  return {
    ...definition,
    type: "pipeline",
    displayName: `${definition.displayName}: ${name}`,
    inputs: {},
    outputs: {},
    steps: { [name]: { ...withoutEffects(forced(step)), ...bare, ...run } as Step },
  };
}

/** Nobody holds what an earlier step wrote to the limits of an input: now that it is a literal, nobody does either. */
function asTaken({ min, max, enum: allowed, ...declared }: JobInput): JobInput {
  const isOfStep = partsOf(declared.binding).some((part) => part?.from === "step");
  return isOfStep ? declared : { min, max, enum: allowed, ...declared };
}
