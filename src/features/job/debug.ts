import type { z } from "zod";
import { invalid, notFound } from "../../contract/errors.ts";
import {
  type CommandStep,
  type debugSchema,
  isCommand,
  type JobDefinition,
  longestMiniBatchSeconds,
  longestSeconds,
} from "../../contract/job.ts";
import { mapSteps } from "./map-steps.ts";

type Debug = z.output<typeof debugSchema>;

/** A step as it is run. Whoever looks at one with a debugger takes their time: its limits do not count then. */
export const unhurried = (step: CommandStep): CommandStep =>
  step.debug
    ? {
        ...{ ...step, maxRetries: 0, timeoutSeconds: longestSeconds, deadlineSeconds: null },
        parallel: step.parallel && {
          ...{ ...step.parallel, miniBatchTimeoutSeconds: longestMiniBatchSeconds, miniBatchRetries: 0 },
        },
      }
    : step;

/** How long a job may take; null: as long as it takes. */
export const timeOf = ({ timeoutSeconds, steps }: JobDefinition): number | null =>
  Object.values(steps).some((step) => isCommand(step) && step.debug) ? null : timeoutSeconds;

/** The job, one of whose steps waits for a debugger. */
export function withDebugger(
  definition: JobDefinition,
  { step: name, ...debug }: Debug & { step: string },
): JobDefinition {
  const { steps } = definition;
  if (!Object.hasOwn(steps, name))
    throw notFound("step", name, `The job has the steps ${Object.keys(steps).join(", ")}.`);
  const step = steps[name]!;
  if (!isCommand(step)) throw noDebugger(name, step.type);
  return { ...definition, steps: { ...steps, [name]: { ...step, debug } } };
}

/** The job as it is run again: nobody has asked for a debugger this time. */
export const withoutDebugger = (definition: JobDefinition): JobDefinition => ({
  ...definition,
  steps: mapSteps(definition.steps, (step) => (isCommand(step) && step.debug ? { ...step, debug: null } : step)),
});

export const noDebugger = (name: string, type: string) =>
  invalid(`Step ${name} is a ${type}: no debugger can attach to it.`);
