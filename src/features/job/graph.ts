import { type Issue, invalid, Problem } from "../../contract/errors.ts";
import { type Binding, type CommandStep, isCommand, type JobDefinition, type Step } from "../../contract/job.ts";
import type { TaskDefinition } from "../../engine/index.ts";
import { findCycle } from "../../engine/index.ts";
import { specificationDigest } from "../environment/index.ts";

/** Of a task that resolves and builds the environment of later steps. */
export interface EnvironmentInput {
  specification: string;
  name: string;
  condaFile: string;
}

/** The steps that must have ended well before a step. */
export const needsOf = (step: Step): string[] => [
  ...new Set([
    ...bindingsOf(step).flatMap(({ binding }) => (binding?.from === "step" ? [binding.step] : [])),
    ...step.after,
  ]),
];

/** Everything that a step itself takes a value from, and where it says so. */
const bindingsOf = (step: Step): { at: string; binding: Binding | null }[] => [
  ...Object.entries(step.inputs).map(([name, { binding }]) => ({ at: `inputs.${name}`, binding })),
  ...(step.when ? [{ at: "when", binding: step.when.left }] : []),
  ...(step.type === "foreach" && !Array.isArray(step.items) ? [{ at: "items", binding: step.items }] : []),
];

/** What is wrong with a definition that did not come through a translator, which would have said so with line numbers. */
export function checkDefinition(definition: JobDefinition): void {
  const issues: Issue[] = [];
  const steps = Object.entries(definition.steps);
  if (steps.length === 0) issues.push({ at: "steps", message: "a job has at least one step" });
  for (const [name, step] of steps) {
    for (const [input, { binding, optional }] of Object.entries(step.inputs)) {
      const at = `steps.${name}.inputs.${input}`;
      if (binding === null && !optional) issues.push({ at, message: "a required input has no value" });
    }
    for (const { at: where, binding } of bindingsOf(step)) {
      const at = `steps.${name}.${where}`;
      if (binding?.from === "input" && !Object.hasOwn(definition.inputs, binding.input)) {
        issues.push({ at, message: `the job has no input "${binding.input}"` });
      }
      if (binding?.from === "step" && !hasOutput(definition, binding.step, binding.output)) {
        const message = `there is no output "${binding.output}" of a step "${binding.step}"`;
        issues.push({ at, message });
      }
    }
    for (const before of step.after) {
      if (Object.hasOwn(definition.steps, before)) continue;
      issues.push({ at: `steps.${name}.after`, message: `there is no step "${before}"` });
    }
  }
  for (const [name, { step, output }] of Object.entries(definition.outputs)) {
    if (hasOutput(definition, step, output)) continue;
    issues.push({ at: `outputs.${name}`, message: `there is no output "${output}" of a step "${step}"` });
  }
  const cycle = findCycle(steps.map(([name, step]) => ({ name, needs: needsOf(step) })));
  if (cycle) issues.push({ at: "steps", message: `the steps wait for each other in a circle: ${cycle.join(" → ")}` });
  if (issues.length > 0)
    throw invalid(`The job definition is not valid: ${issues[0]!.at}: ${issues[0]!.message}.`, { issues });
}

/** Names are people's: `constructor` is one that every object seems to have. */
const hasOutput = ({ steps }: JobDefinition, step: string, output: string): boolean =>
  Object.hasOwn(steps, step) && Object.hasOwn(steps[step]!.outputs, output);

/** The tasks of a job: one for each step, and one for each environment that steps need. */
export function tasksOf(definition: JobDefinition): TaskDefinition[] {
  const environments = new Map<string, { task: TaskDefinition; specification: string }>();
  const steps: TaskDefinition[] = [];
  for (const [name, step] of Object.entries(definition.steps)) {
    const needs = needsOf(step);
    const environment = isCommand(step) ? environmentOf(name, step) : undefined;
    if (environment) {
      const known = environments.get(environment.specification);
      const taskName = known?.task.name ?? freeName(definition, `environment_${environments.size + 1}`);
      if (!known) {
        const task = { name: taskName, needs: [], kind: "environment", timeoutSeconds: 3600, input: environment };
        environments.set(environment.specification, { task, specification: environment.specification });
      }
      needs.push(taskName);
    }
    steps.push(
      isCommand(step)
        ? { name, needs, kind: "step", maxAttempts: 1 + step.maxRetries, timeoutSeconds: step.timeoutSeconds }
        : { name, needs, kind: step.type },
    );
  }
  return [...[...environments.values()].map(({ task }) => task), ...steps];
}

function environmentOf(name: string, step: CommandStep): EnvironmentInput | undefined {
  const { environment } = step;
  if (environment.condaFile === null) return undefined;
  if (environment.condaFile.trim() === "") {
    throw new Problem("invalid", `The conda file of step ${name} is empty.`, {
      hint: "Name at least its dependencies.",
    });
  }
  const specification = specificationDigest(environment);
  return {
    specification,
    name: environment.name ?? `inline-${specification.slice(0, 8)}`,
    condaFile: environment.condaFile,
  };
}

const freeName = (definition: JobDefinition, wanted: string): string =>
  Object.hasOwn(definition.steps, wanted) ? freeName(definition, `${wanted}_`) : wanted;
