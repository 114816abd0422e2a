import { literalText } from "../../contract/command.ts";
import { type Issue, invalid, Problem } from "../../contract/errors.ts";
import type { Binding, ForeachStep, JobDefinition, JobInput, Step } from "../../contract/job.ts";
import { valuesOf } from "./fan-out/child.ts";
import { checkValue, isValueType } from "./value.ts";

/** Values that are written in the definition and are not what the input that they go to takes. */
export function checkValues({ inputs }: Pick<JobDefinition, "inputs">, step: Step, at: string): Issue[] {
  return Object.entries(step.inputs).flatMap(([name, input]) => {
    const { binding } = input;
    const source =
      binding?.from === "input" && Object.hasOwn(inputs, binding.input) ? inputs[binding.input]! : undefined;
    const message =
      problemOf(input, source ? source.binding : binding) ?? (source && problemOf(source, source.binding));
    return message === undefined
      ? []
      : [{ at: source ? `inputs.${(binding as { input: string }).input}` : `${at}.inputs.${name}`, message }];
  });
}

/** Values that items written in the definition have, and that the body takes otherwise: of each field the first one. */
export function checkItems({ item, items, body }: ForeachStep, at: string): Issue[] {
  if (!Array.isArray(items)) return [];
  const takers = new Map(Object.keys(body.inputs).map((name) => [name, takersOf(body, name)]));
  const found = new Map<string, Issue>();
  for (const [number, one] of items.entries()) {
    for (const [field, value] of Object.entries(valuesOf(one, item))) {
      if (found.has(field)) continue;
      const message = (takers.get(field) ?? [])
        .map((input) => problemOf(input, { from: "literal", value }))
        .find((problem) => problem !== undefined);
      const where = typeof one === "object" ? `${number}.${field}` : number;
      if (message !== undefined) found.set(field, { at: `${at}.items.${where}`, message });
    }
  }
  return [...found.values()];
}

/** What a value for an input of the body goes to: the input itself, and those of the steps that take it. */
function takersOf({ inputs, steps }: ForeachStep["body"], name: string): JobInput[] {
  const takers = Object.values(steps)
    .flatMap((step) => Object.values(step.inputs))
    .filter(({ binding }) => binding?.from === "input" && binding.input === name);
  return takers.length > 0 ? [inputs[name]!, ...takers] : [];
}

/** Refuses the values that a trial or an item was given, before any of it runs. */
export function requireValues(definition: JobDefinition): void {
  for (const [name, step] of Object.entries(definition.steps)) {
    const [issue] = checkValues(definition, step, `steps.${name}`);
    if (issue) throw invalid(`${issue.at}: ${issue.message}.`);
  }
}

function problemOf({ type, min, max, enum: allowed }: JobInput, binding: Binding | null): string | undefined {
  if (binding?.from !== "literal" || !isValueType(type)) return undefined;
  const text = literalText(binding.value);
  try {
    checkValue(text, type, "value");
  } catch (error) {
    if (error instanceof Problem)
      return `it must be ${type === "integer" ? "an" : "a"} ${type}, but it is ${JSON.stringify(text)}`;
    throw error;
  }
  if (allowed && !allowed.some((one) => literalText(one) === text))
    return `it must be one of ${allowed.join(", ")}, but it is ${text}`;
  if (min !== undefined && Number(text) < min) return `it must be at least ${min}, but it is ${text}`;
  if (max !== undefined && Number(text) > max) return `it must be at most ${max}, but it is ${text}`;
  return undefined;
}
