import { literalText } from "../../contract/command.ts";
import { conditionText, holds } from "../../contract/condition.ts";
import { invalid, Problem } from "../../contract/errors.ts";
import {
  type Binding,
  type CommandStep,
  type Condition,
  hasPackages,
  type JobDefinition,
  type JobInput,
  type Step,
  type TextBinding,
} from "../../contract/job.ts";
import type { Task } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import type { KeyPreimage, ResolvedInput } from "./key.ts";
import { fetched, fetchOf } from "./transfer.ts";
import { checkValue, givenValue, isValueType, parseValue, readText } from "./value.ts";

/** What a step leaves behind: per output, the tree of its files; of an output of a value type also the value. */
export interface StepOutputs {
  outputs: Record<string, { digest: string; files: number; size: number; value?: string }>;
}

/** What the environment task of a step leaves behind. */
export interface EnvironmentResult {
  platform: string;
  lock: string;
  digest: string;
  /** Of an image: where it can be pulled by digest. */
  source?: string | null;
}

/** Where the values of a step are looked up. */
export interface Surroundings {
  workspace: string;
  definition: JobDefinition;
  tasks: ReadonlyMap<string, Task>;
}

/** The values of a step's inputs, now that the steps before it are done. Absent optional inputs are left out. */
export async function resolveInputs(
  ctx: Ctx,
  around: Surroundings,
  step: Step,
): Promise<Record<string, ResolvedInput>> {
  const resolved: Record<string, ResolvedInput> = {};
  for (const [name, input] of Object.entries(step.inputs)) {
    const value = await resolveBinding(ctx, around, input, input.binding);
    if (value) resolved[name] = value;
    else if (!input.optional) throw new Problem("invalid", `Input ${name} has no value.`);
  }
  return resolved;
}

export async function resolveBinding(
  ctx: Ctx,
  around: Surroundings,
  input: Pick<JobInput, "type" | "mode">,
  binding: Binding | null,
): Promise<ResolvedInput | undefined> {
  if (binding === null) return undefined;
  if (binding.from === "literal") {
    const value = literalText(binding.value);
    if (!binding.given) return { kind: "value", type: input.type, value };
    return givenValue(
      input.type,
      isValueType(input.type) ? checkValue(value, input.type, "value that is given") : value,
    );
  }
  if (binding.from === "input") {
    const outer = around.definition.inputs[binding.input];
    return outer && resolveBinding(ctx, around, { type: input.type, mode: input.mode ?? outer.mode }, outer.binding);
  }
  if (binding.from === "text") return joined(ctx, around, input.type, binding);
  if (binding.from === "url") {
    return fetched(around.tasks, input.type, fetchOf(binding, input.mode === "direct"));
  }
  if (binding.from === "asset") return { kind: "files", type: input.type, tree: binding.digest!, path: null };
  if (binding.from === "job" || binding.from === "run") {
    return { kind: "files", type: input.type, tree: binding.digest!, path: null };
  }
  if (binding.from === "tree") {
    return { kind: "files", type: input.type, tree: binding.digest, path: binding.path ?? null };
  }
  const output = outputOf(around.tasks, binding);
  if (!isValueType(input.type)) return { kind: "files", type: input.type, tree: output.digest, path: null };
  const what = `output "${binding.output}" of step ${binding.step}`;
  const value = output.value ?? (await readText(ctx, around.workspace, output.digest, what));
  return givenValue(input.type, checkValue(value, input.type, what));
}

/** What an input stood for, as a binding that stands for the same. */
export const bindingOf = (input: ResolvedInput): Binding =>
  input.kind === "value"
    ? { from: "literal", value: input.value, ...(input.given ? { given: true } : {}) }
    : { from: "tree", digest: input.tree, ...(input.path === null ? {} : { path: input.path }) };

/** A text with the values in it. It is the author's only when all of them are. */
async function joined(
  ctx: Ctx,
  around: Surroundings,
  type: JobInput["type"],
  { parts }: TextBinding,
): Promise<ResolvedInput> {
  let text = "";
  let isGiven = false;
  for (const part of parts) {
    const value = await resolveBinding(ctx, around, { type: "string" }, part);
    if (value?.kind === "files") throw invalid("Files cannot be part of a text.", { hint: "Take them as an input." });
    text += value?.value ?? "";
    isGiven ||= value?.given === true;
  }
  const value = isValueType(type) ? checkValue(text, type, "text with values in it") : text;
  return isGiven ? givenValue(type, value) : { kind: "value", type, value };
}

function outputOf(tasks: Surroundings["tasks"], { step, output }: { step: string; output: string }) {
  const found = (tasks.get(step)?.result as StepOutputs | undefined)?.outputs[output];
  if (found) return found;
  throw new Problem("invalid", `Step ${step} left no output "${output}".`, {
    hint: "A declared output must be written, even if it is an empty folder.",
  });
}

/** Does the condition of a step hold, now that the steps before it are done? Undefined when it does; else why not. */
export async function whyNot(ctx: Ctx, around: Surroundings, condition: Condition): Promise<string | undefined> {
  const { left, field, operator, right } = condition;
  const what = left.from === "step" ? `output "${left.output}" of step ${left.step}` : "left side of the condition";
  const found = await resolveBinding(ctx, around, { type: "uri_file" }, left);
  if (!found) throw new Problem("invalid", `The ${what} has no value.`);
  const text = found.kind === "value" ? found.value : await readText(ctx, around.workspace, found.tree, what);
  const parsed = parseValue(text, field, what);
  // `1.0` is a number to a number, and the text that was written to a text.
  const isText = typeof right === "string" && field.length === 0 && typeof parsed !== "string";
  const value = isText ? text.trim() : parsed;
  if (holds(value, operator, right)) return undefined;
  return `${conditionText(condition)} does not hold: it is ${JSON.stringify(value)}`;
}

/** What the step runs in, by content: the lock that the environment task recorded. */
export function resolveEnvironment(
  step: CommandStep,
  task: Task,
  tasks: ReadonlyMap<string, Task>,
): {
  key: KeyPreimage["environment"];
  lock: EnvironmentResult | null;
  image: string | null;
  imageSource: string | null;
} {
  const none = { lock: null, image: null, imageSource: null };
  for (const need of task.needs) {
    const environment = tasks.get(need);
    if (environment?.kind !== "environment") continue;
    const lock = environment.result as EnvironmentResult;
    if (lock.platform === "container") {
      return { ...none, key: { image: lock.lock }, image: lock.lock, imageSource: lock.source ?? null };
    }
    return { ...none, key: { lock: lock.digest, platform: lock.platform }, lock };
  }
  const image = hasPackages(step.environment) ? null : step.environment.image;
  return { ...none, key: image ? { image } : null, image };
}

type AssetName = { name: string; version: string };

/** What a job reads of what is known here: what the models that it registers were made of. */
interface Assets {
  data: AssetName[];
  models: AssetName[];
  /** Ids of jobs and of runs that wrote what it reads. */
  jobs: string[];
  runs: string[];
}

/** The data and models that a job reads by name, and the jobs and runs whose outputs it reads. */
export function assetsOf(definition: JobDefinition): Assets {
  const inputs = [
    ...Object.values(definition.inputs),
    ...Object.values(definition.steps).flatMap((step) => Object.values(step.inputs)),
  ];
  const found = new Map<string, Extract<Binding, { from: "asset" }>>();
  for (const { binding } of inputs)
    if (binding?.from === "asset") found.set(`${binding.kind}/${binding.name}/${binding.version}`, binding);
  const of = (kind: "data" | "model"): AssetName[] =>
    [...found.values()]
      .filter((binding) => binding.kind === kind)
      .map(({ name, version }) => ({ name, version: version! }));
  const makers = { job: new Set<string>(), run: new Set<string>() };
  for (const { binding } of inputs) {
    if (binding?.from === "job") makers.job.add(binding.job);
    if (binding?.from === "run") makers.run.add(binding.run);
  }
  return { data: of("data"), models: of("model"), jobs: [...makers.job], runs: [...makers.run] };
}
