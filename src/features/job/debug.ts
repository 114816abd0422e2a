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

type Debug = z.output<typeof debugSchema>;

/** Whoever looks at a step with a debugger takes their time. */
export const debugged = ({ parallel }: CommandStep, debug: Debug): Partial<CommandStep> => ({
  ...{ debug, maxRetries: 0, timeoutSeconds: longestSeconds, deadlineSeconds: null },
  parallel: parallel && { ...parallel, miniBatchTimeoutSeconds: longestMiniBatchSeconds, miniBatchRetries: 0 },
});

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
  return { ...definition, timeoutSeconds: null, steps: { ...steps, [name]: { ...step, ...debugged(step, debug) } } };
}

export const noDebugger = (name: string, type: string) =>
  invalid(`Step ${name} is a ${type}: no debugger can attach to it.`);
