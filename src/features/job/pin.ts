import { invalid, Problem } from "../../contract/errors.ts";
import {
  type Binding,
  commandsOf,
  type ForeachStep,
  type JobDefinition,
  type JobInput,
  type SweepStep,
} from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import { readTree } from "../blob/index.ts";
import { resolveData } from "../data/index.ts";
import { requireBuildable } from "../environment/index.ts";
import { awaitUsable, requireUsable, resolveModel } from "../model/index.ts";
import { findMade } from "./made.ts";

/**
 * Replaces every name by what it stands for now: assets by version and digest. From here on the job does not look
 * anything up by name, so that it means tomorrow what it meant when it was submitted.
 */
export async function pinDefinition(ctx: Ctx, workspace: string, definition: JobDefinition): Promise<JobDefinition> {
  const inputs = await pinInputs(ctx, workspace, definition.inputs, "inputs");
  for (const { at, command } of commandsOf(definition)) {
    if (command.code) await readTree(ctx, workspace, command.code);
    await requireBuildable(ctx, workspace, command.environment, `${at}.environment`);
  }
  const steps: JobDefinition["steps"] = {};
  for (const [name, step] of Object.entries(definition.steps)) {
    const at = `steps.${name}`;
    steps[name] = { ...step, inputs: await pinInputs(ctx, workspace, step.inputs, `${at}.inputs`) };
    if (step.type === "sweep") {
      const trial = { ...step.trial, inputs: await pinInputs(ctx, workspace, step.trial.inputs, `${at}.trial.inputs`) };
      steps[name] = { ...steps[name], trial } as SweepStep;
    } else if (step.type === "foreach") {
      const body = await pinDefinition(ctx, workspace, { ...definition, ...step.body });
      steps[name] = { ...steps[name], body: { ...step.body, inputs: body.inputs, steps: body.steps } } as ForeachStep;
    }
  }
  return { ...definition, inputs, steps };
}

/** A new version is checked first, which takes a moment. */
const checkedWithinMs = 15_000;

/** Waits for the checks of the models that a definition names; refuses those that may not be used. */
export async function awaitModels(ctx: Ctx, workspace: string, definition: JobDefinition): Promise<void> {
  const inputs = [definition, ...Object.values(definition.steps)].flatMap((part) => Object.values(part.inputs));
  for (const { binding } of inputs) {
    if (binding?.from !== "asset" || binding.kind !== "model") continue;
    const model = await resolveModel(ctx, workspace, binding.name, referenceOf(binding));
    await awaitUsable(ctx, workspace, model, { waitMs: checkedWithinMs });
  }
}

type AssetBinding = Extract<Binding, { from: "asset" }>;
const referenceOf = ({ version, label }: AssetBinding) =>
  version === undefined && label === undefined ? { label: "latest" } : { version, label };

async function pinInputs(ctx: Ctx, workspace: string, inputs: Record<string, JobInput>, at: string) {
  const pinned: Record<string, JobInput> = {};
  for (const [name, input] of Object.entries(inputs)) {
    pinned[name] = { ...input, binding: await pinBinding(ctx, workspace, input.binding, `${at}.${name}`) };
  }
  return pinned;
}

async function pinBinding(ctx: Ctx, workspace: string, binding: Binding | null, at: string): Promise<Binding | null> {
  if (binding?.from === "tree") {
    const files = await readTree(ctx, workspace, binding.digest);
    if (binding.path && !files.some((file) => file.path === binding.path)) {
      throw invalid(`${at}: there is no file "${binding.path}" in the tree that came with the job.`);
    }
  }
  if (binding?.from === "job" || binding?.from === "run") return pinMade(ctx, workspace, binding, at);
  if (binding?.from !== "asset") return binding;
  const { kind, name } = binding;
  const wanted = referenceOf(binding);
  const found =
    kind === "data"
      ? await resolveData(ctx, workspace, name, wanted)
      : await resolveModel(ctx, workspace, name, wanted);
  if (kind === "model") await requireUsable(ctx, workspace, { ...found, name });
  if (!found.digest) throw invalid(`${at}: version ${found.version} of ${kind} ${name} has no files.`);
  return { from: "asset", kind, name, version: found.version, digest: found.digest };
}

type MadeBinding = Extract<Binding, { from: "job" | "run" }>;

/** What another job wrote, named by the job's id from now on. What was pinned before stays as it was. */
async function pinMade(ctx: Ctx, workspace: string, binding: MadeBinding, at: string): Promise<Binding> {
  if (binding.digest) {
    await readTree(ctx, workspace, binding.digest);
    return binding;
  }
  const made = await findMade(ctx, workspace, binding).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(error.code, `${at}: ${error.message}`, { hint: error.hint });
  });
  if (binding.from === "run") return { ...binding, run: made.runId ?? binding.run, digest: made.tree };
  return { ...binding, job: made.jobId ?? binding.job, digest: made.tree };
}
