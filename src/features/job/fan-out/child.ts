// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { givenLiteral } from "../../../contract/command.ts";
import type { Binding, CommandStep, ForeachStep, JobDefinition, JobInput, SweepStep } from "../../../contract/job.ts";
import { keptOutputs } from "../effects.ts";
import type { ResolvedInput } from "../key.ts";
import { mapSteps } from "../map-steps.ts";
import { bindingOf } from "../resolve.ts";

type Value = string | number | boolean;
/** The item of a loop: a value, or values by name. */
export type Item = Value | Record<string, Value>;

/** The only step of a trial. */
export const trialStep = "main";

/** The job that is one trial of a sweep: its command, with the values as inputs. */
export function trialDefinition(
  job: JobDefinition,
  name: string,
  step: SweepStep,
  inputs: Record<string, ResolvedInput>,
  trial: { number: number; values: Record<string, Value> },
): JobDefinition {
  const given = Object.entries(trial.values).map(([parameter, value]) => [parameter, valueInput(value)] as const);
  const asInputs = (text: string): string => text.replace(/\$\{\{\s*search_space\.(\w+)\s*\}\}/g, "${{inputs.$1}}");
  const variables = Object.entries(step.trial.environmentVariables).map(([variable, text]) => [
    variable,
    asInputs(text),
  ]);
  const command: CommandStep = {
    ...step.trial,
    command: asInputs(step.trial.command),
    environmentVariables: Object.fromEntries(variables),
    inputs: { ...step.trial.inputs, ...fixed(step.trial.inputs, inputs), ...Object.fromEntries(given) },
    outputs: keptOutputs({ ...step.trial.outputs, ...step.outputs }),
    ...(step.limits.trialTimeoutSeconds === undefined ? {} : { timeoutSeconds: step.limits.trialTimeoutSeconds }),
  };
  return {
    ...childOf(job, name, trial.number, "command"),
    outputs: Object.fromEntries(Object.keys(command.outputs).map((output) => [output, { step: trialStep, output }])),
    steps: { [trialStep]: command },
  };
}

/** The job that is the body of a loop for one item. */
export function itemDefinition(
  job: JobDefinition,
  name: string,
  step: ForeachStep,
  inputs: Record<string, ResolvedInput>,
  { number, item }: { number: number; item: Item },
): JobDefinition {
  const values = valuesOf(item, step.item);
  const isFound = !Array.isArray(step.items);
  const given: Record<string, JobInput> = {};
  for (const [input, value] of Object.entries(values)) {
    const binding: Binding = isFound ? givenLiteral(value) : { from: "literal", value };
    given[input] = { ...(step.body.inputs[input] ?? valueInput(value)), binding };
  }
  return {
    ...childOf(job, name, number, "pipeline"),
    inputs: { ...step.body.inputs, ...fixed(step.body.inputs, inputs), ...given },
    outputs: step.body.outputs,
    steps: mapSteps(step.body.steps, (inner) => ({ ...inner, outputs: unregistered(inner.outputs) })),
  };
}

/** The values of an item by name; a single one has the name that the loop gives its item. */
export const valuesOf = (item: Item, name: string): Record<string, Value> =>
  typeof item === "object" ? item : { [name]: item };

const childOf = (job: JobDefinition, step: string, number: number, type: "command" | "pipeline"): JobDefinition => ({
  type,
  displayName: `${job.displayName}/${step}/${number}`.slice(-255),
  experiment: job.experiment,
  description: "",
  tags: job.tags,
  inputs: {},
  outputs: {},
  steps: {},
  continueOnStepFailure: false,
  forceRerun: job.forceRerun,
  timeoutSeconds: null,
  priority: job.priority,
});

const valueInput = (value: Value): JobInput => ({
  type: typeof value === "boolean" ? "boolean" : typeof value === "number" ? "number" : "string",
  optional: false,
  binding: { from: "literal", value },
});

/** Inputs with what they stood for when the step began. */
function fixed(declared: Record<string, JobInput>, resolved: Record<string, ResolvedInput>): Record<string, JobInput> {
  const entries = Object.entries(resolved).map(([name, input]): [string, JobInput] => [
    name,
    { ...(declared[name] ?? { optional: false }), type: input.type as JobInput["type"], binding: bindingOf(input) },
  ]);
  return Object.fromEntries(entries);
}

/** Items register nothing: the step does, with what comes of them. Where one says that it writes to a URL, it does. */
const unregistered = (outputs: CommandStep["outputs"]): CommandStep["outputs"] =>
  Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, { ...output, register: null }]));
