import type { Binding, JobDefinition, JobInput, RepeatedStep, Step } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import { cutTree } from "./cut-tree.ts";
import { withoutEffects } from "./effects.ts";
import { pinDefinition } from "./pin.ts";

/**
 * The job with only the first rows of its tables: CSV, TSV, JSON Lines and Parquet files among the inputs are cut, other
 * files stay whole. Gates let it pass. It registers nothing and writes nowhere else, because what comes of a sample is nobody's model.
 */
export async function sampleDefinition(
  ctx: Ctx,
  workspace: string,
  definition: JobDefinition,
  rows: number,
): Promise<JobDefinition> {
  const pinned = await pinDefinition(ctx, workspace, definition);
  const trees = new Map<string, Promise<string>>();
  const sample: Sample = {
    rows,
    cut(tree) {
      const known = trees.get(tree) ?? cutTree(ctx, workspace, tree, rows);
      trees.set(tree, known);
      return known;
    },
  };
  const steps: JobDefinition["steps"] = {};
  for (const [name, step] of Object.entries(pinned.steps)) steps[name] = await sampleStep(withoutEffects(step), sample);
  const tags = { ...pinned.tags, "trainyard.sample": `${rows} rows` };
  return { ...pinned, tags, inputs: await sampleInputs(pinned.inputs, sample), steps };
}

interface Sample {
  rows: number;
  /** The tree with only so many rows of its tables. */
  cut(tree: string): Promise<string>;
}

async function sampleStep(step: RepeatedStep, sample: Sample): Promise<RepeatedStep>;
async function sampleStep(step: Step, sample: Sample): Promise<Step>;
async function sampleStep(step: Step, sample: Sample): Promise<Step> {
  const inputs = await sampleInputs(step.inputs, sample);
  // Nobody is there to decide on what a sample gives.
  if (step.type === "gate") return { ...step, inputs, passes: true };
  if (step.type === "sweep") {
    return { ...step, inputs, trial: { ...step.trial, inputs: await sampleInputs(step.trial.inputs, sample) } };
  }
  if (step.type !== "foreach") return { ...step, inputs };
  const steps: typeof step.body.steps = {};
  for (const [name, inner] of Object.entries(step.body.steps)) steps[name] = await sampleStep(inner, sample);
  return { ...step, inputs, body: { ...step.body, inputs: await sampleInputs(step.body.inputs, sample), steps } };
}

async function sampleInputs(inputs: Record<string, JobInput>, sample: Sample): Promise<Record<string, JobInput>> {
  const entries = Object.entries(inputs).map(async ([name, input]): Promise<[string, JobInput]> => {
    const binding = input.binding && (await sampleBinding(input.binding, sample));
    return [name, { ...input, binding }];
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function sampleBinding(binding: Binding, { rows, cut }: Sample): Promise<Binding> {
  // It is cut when it has been fetched.
  if (binding.from === "url") return { ...binding, rows };
  if (binding.from === "tree") return { ...binding, digest: await cut(binding.digest) };
  if (binding.from === "job" || binding.from === "run") return { from: "tree", digest: await cut(binding.digest!) };
  if (binding.from !== "asset" || binding.kind !== "data") return binding;
  // It is no version of the asset any more.
  return { from: "tree", digest: await cut(binding.digest!) };
}
