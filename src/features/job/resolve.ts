import { literalText } from "../../contract/command.ts";
import { Problem } from "../../contract/errors.ts";
import type { Binding, CommandStep, JobDefinition, JobInput, Step } from "../../contract/job.ts";
import type { Task } from "../../engine/index.ts";
import type { KeyPreimage, ResolvedInput } from "./key.ts";

/** What a step leaves behind: per output, the tree of its files. */
export interface StepOutputs {
  outputs: Record<string, { digest: string; files: number; size: number }>;
}

/** What the environment task of a step leaves behind. */
export interface EnvironmentResult {
  platform: string;
  lock: string;
  digest: string;
}

/** The values of a step's inputs, now that the steps before it are done. Absent optional inputs are left out. */
export function resolveInputs(
  definition: JobDefinition,
  step: Step,
  tasks: ReadonlyMap<string, Task>,
): Record<string, ResolvedInput> {
  const resolved: Record<string, ResolvedInput> = {};
  for (const [name, input] of Object.entries(step.inputs)) {
    const value = resolveBinding(definition, input, input.binding, tasks);
    if (value) resolved[name] = value;
    else if (!input.optional) throw new Problem("invalid", `Input ${name} has no value.`);
  }
  return resolved;
}

function resolveBinding(
  definition: JobDefinition,
  input: JobInput,
  binding: Binding | null,
  tasks: ReadonlyMap<string, Task>,
): ResolvedInput | undefined {
  if (binding === null) return undefined;
  if (binding.from === "literal") return { kind: "value", type: input.type, value: literalText(binding.value) };
  if (binding.from === "input") {
    const outer = definition.inputs[binding.input];
    return outer && resolveBinding(definition, input, outer.binding, tasks);
  }
  if (binding.from === "asset") return { kind: "files", type: input.type, tree: binding.digest!, path: null };
  if (binding.from === "tree") {
    return { kind: "files", type: input.type, tree: binding.digest, path: binding.path ?? null };
  }
  const output = (tasks.get(binding.step)?.result as StepOutputs | undefined)?.outputs[binding.output];
  if (!output) {
    throw new Problem("invalid", `Step ${binding.step} left no output "${binding.output}".`, {
      hint: "A declared output must be written, even if it is an empty folder.",
    });
  }
  return { kind: "files", type: input.type, tree: output.digest, path: null };
}

/** What the step runs in, by content: the lock that the environment task recorded. */
export function resolveEnvironment(
  step: CommandStep,
  task: Task,
  tasks: ReadonlyMap<string, Task>,
): { key: KeyPreimage["environment"]; lock: EnvironmentResult | null } {
  for (const need of task.needs) {
    const environment = tasks.get(need);
    if (environment?.kind !== "environment") continue;
    const lock = environment.result as EnvironmentResult;
    return { key: { lock: lock.digest, platform: lock.platform }, lock };
  }
  return { key: step.environment.image ? { image: step.environment.image } : null, lock: null };
}

type AssetName = { name: string; version: string };

/** The data and models that a job reads by name: what the models that it registers were made of. */
export function assetsOf(definition: JobDefinition): { data: AssetName[]; models: AssetName[] } {
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
  return { data: of("data"), models: of("model") };
}
