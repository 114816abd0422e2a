import { type CommandStep, commandsOf, isCommand, type JobDefinition, type Step } from "../../contract/job.ts";
import type { TaskDefinition } from "../../engine/index.ts";
import type { Placement } from "../compute/index.ts";
import { unhurried } from "./debug.ts";
import { Environments } from "./environment-tasks.ts";
import { needsOf } from "./graph.ts";
import { Fetches, storesOf, urlsOf } from "./transfer.ts";

type Place = (step: CommandStep) => Placement;

/** The tasks of a job: one for each step, and those for the environments and URLs that steps need. */
export function tasksOf(definition: JobDefinition, place: Place): TaskDefinition[] {
  const free = (wanted: string) => freeName(definition, wanted);
  const environments = new Environments(free);
  const fetches = new Fetches(free);
  const steps = Object.entries(definition.steps).flatMap(([name, step]) => {
    const needs = new Set(needsOf(step));
    for (const { at, command } of commandsOf({ steps: { [name]: step } })) {
      const environment = environments.nameOf(command, place(command), at.slice("steps.".length));
      if (environment !== undefined) needs.add(environment);
    }
    for (const url of urlsOf(step, definition.inputs)) needs.add(fetches.nameOf(url));
    return [taskOf(name, step, [...needs], place), ...storesOf(name, step, free)];
  });
  return [...environments.tasks.values(), ...fetches.tasks.values(), ...steps];
}

function taskOf(name: string, step: Step, needs: string[], place: Place): TaskDefinition {
  if (!isCommand(step)) return { name, needs, kind: step.type };
  const { maxRetries, retry, timeoutSeconds, queueTimeoutSeconds, deadlineSeconds } = unhurried(step);
  return {
    ...{ name, needs, kind: "step", ...place(step), retry: { maxRetries, ...retry }, timeoutSeconds },
    ...(queueTimeoutSeconds === null ? {} : { queueTimeoutSeconds }),
    ...(deadlineSeconds === null ? {} : { deadlineSeconds }),
  };
}

const freeName = (definition: JobDefinition, wanted: string): string =>
  Object.hasOwn(definition.steps, wanted) ? freeName(definition, `${wanted}_`) : wanted;
