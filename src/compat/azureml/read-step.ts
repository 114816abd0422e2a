import type { Component, Components, StepEntry } from "./component.ts";
import { type Fields, readFields } from "./fields.ts";
import type { JobKind } from "./file-kind.ts";
import type { Issues } from "./issues.ts";
import { overrideSpec, refuseOwn } from "./over-component.ts";
import { type ParallelSpec, readMiniBatches, readParallelSpec } from "./parallel.ts";
import { parallelStepShape, pipelineStepShape, sparkStepShape, stepShape, sweepStepShape } from "./schema.ts";
import { knownInputs } from "./settle.ts";
import { readSparkSpec } from "./spark.ts";
import { readCommandSpec } from "./spec.ts";
import { type LoadedStep, readStepFields } from "./step.ts";
import { loadSteps } from "./steps.ts";
import { readSweep } from "./sweep.ts";
import { readTrial } from "./trial.ts";
import { readWhen } from "./when.ts";

/** A step as it is written, and the component that it is one of, if it is. */
interface Written {
  entry: StepEntry;
  component: Component | undefined;
  components: Components;
  /** Begins messages: `the step "train"`. */
  what: string;
}

/** Reads a step of each kind. Undefined when it cannot run here, which was reported. */
export const readStep: Record<JobKind, (written: Written) => Promise<LoadedStep | undefined>> = {
  command: readCommand,
  pipeline: readPipeline,
  sweep: readSweepStep,
  parallel: readParallel,
  spark: readSpark,
};

async function readCommand({ entry, component, components: { context }, what }: Written): Promise<LoadedStep> {
  const fields = readFields(entry.node, what, stepShape, context.issues, component ? [] : ["command"]);
  const base = readBase(entry, fields, component, context.issues);
  if (component) return { ...base, spec: await overrideSpec(component.spec!, fields, context) };
  return { ...base, spec: await readCommandSpec(fields, context) };
}

async function readPipeline({ entry, component, components, what }: Written): Promise<LoadedStep> {
  const { issues } = components.context;
  const fields = readFields(entry.node, what, pipelineStepShape, issues, component ? [] : ["jobs"]);
  const base = readBase(entry, fields, component, issues);
  if (component) return { ...base, pipeline: component.pipeline };
  const known = knownInputs(entry.node.entries.get("inputs")?.node, components.known, issues);
  const steps = await loadSteps(fields.jobs ?? [], components.within(known));
  return { ...base, pipeline: { label: what, steps, outputs: new Map(base.outputs) } };
}

async function readSweepStep({ entry, component, components, what }: Written): Promise<LoadedStep | undefined> {
  const { issues } = components.context;
  const fields = readFields(entry.node, what, sweepStepShape, issues, ["trial"]);
  const base = readBase(entry, fields, component, issues);
  const sweep = readSweep(entry.node, fields, what, issues);
  const trial = fields.trial && (await readTrial(fields.trial, base, sweep, components));
  if (!sweep || !trial) return undefined;
  // The time of the step is that of the sweep.
  const { timeoutSeconds: _, ...running } = base.running;
  return { ...base, ...trial, running, sweep };
}

async function readParallel({ entry, component, components: { context }, what }: Written) {
  const { issues } = context;
  const fields = readFields(entry.node, what, parallelStepShape, issues);
  const base = readBase(entry, fields, component, issues);
  // Retries and the time are those of a mini-batch.
  const { timeoutSeconds: _, maxRetries: __, ...running } = base.running;
  if (!component) {
    const spec = await readParallelSpec(entry.node, fields, what, context);
    return spec && { ...base, running, spec };
  }
  const over = await overrideSpec(component.spec!, fields, context);
  const parallel: ParallelSpec = { ...component.spec!.parallel!, ...readMiniBatches(fields, issues) };
  return { ...base, running, spec: { ...over, parallel } };
}

async function readSpark({ entry, component, components: { context }, what }: Written) {
  const fields = readFields(entry.node, what, sparkStepShape, context.issues);
  const base = readBase(entry, fields, component, context.issues);
  if (component) return { ...base, spec: await overrideSpec(component.spec!, fields, context) };
  const spec = await readSparkSpec(entry.node, fields, what, context);
  return spec && { ...base, spec };
}

function readBase(
  { name, at, node }: StepEntry,
  fields: Fields<typeof stepShape>,
  component: Component | undefined,
  issues: Issues,
): LoadedStep {
  if (component) refuseOwn(node, issues);
  return {
    ...readStepFields(name, at, fields, issues),
    after: fields.after ?? [],
    when: fields.when && readWhen(fields.when, issues),
  };
}
