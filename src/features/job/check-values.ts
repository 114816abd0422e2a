import { literalText } from "../../contract/command.ts";
import { type Issue, Problem } from "../../contract/errors.ts";
import type { Binding, JobDefinition, JobInput, Step } from "../../contract/job.ts";
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
