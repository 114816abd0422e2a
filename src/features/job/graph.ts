import type { EnvironmentPayload } from "../../contract/agent.ts";
import { Problem } from "../../contract/errors.ts";
import {
  type Binding,
  type CommandStep,
  commandsOf,
  hasPackages,
  isCommand,
  type JobDefinition,
  partsOf,
  type Step,
} from "../../contract/job.ts";
import type { TaskDefinition } from "../../engine/index.ts";
import { digestOf } from "../../platform/digest.ts";
import type { Placement } from "../compute/index.ts";
import { inlineName, specificationDigest } from "../environment/index.ts";
import { Fetches, storesOf, urlsOf } from "./transfer.ts";

/** Does it run as many jobs: is it a sweep or a loop? */
export const isFanOut = ({ kind }: { kind: string }): boolean => kind === "sweep" || kind === "foreach";

/** The steps that must have ended well before a step. */
export const needsOf = (step: Step): string[] => [
  ...new Set([
    ...bindingsOf(step).flatMap(({ binding }) => (binding?.from === "step" ? [binding.step] : [])),
    ...step.after,
  ]),
];

/** Everything that a step itself takes a value from, and where it says so. */
export const bindingsOf = (step: Step): { at: string; binding: Binding | null }[] => [
  ...Object.entries(step.inputs).flatMap(([name, { binding }]) => sources(`inputs.${name}`, binding)),
  ...(step.when ? sources("when", step.when.left) : []),
  ...(step.type === "foreach" && !Array.isArray(step.items) ? sources("items", step.items) : []),
];

const sources = (at: string, binding: Binding | null) => partsOf(binding).map((part) => ({ at, binding: part }));

/** The tasks of a job: one for each step, and those for the environments and URLs that steps need. */
export function tasksOf(definition: JobDefinition, place: (step: CommandStep) => Placement): TaskDefinition[] {
  const environments = new Map<string, { task: TaskDefinition; specification: string }>();
  const steps: TaskDefinition[] = [];
  const fetches = new Fetches((wanted) => freeName(definition, wanted));
  for (const [name, step] of Object.entries(definition.steps)) {
    const needs = new Set(needsOf(step));
    for (const { at, command } of commandsOf({ steps: { [name]: step } })) {
      const placed = place(command);
      const environment = placed.inImage ? imageOf(command) : environmentOf(at.slice("steps.".length), command);
      if (!environment) continue;
      const known = environments.get(environment.specification);
      const taskName = known?.task.name ?? freeName(definition, `environment_${environments.size + 1}`);
      if (!known) {
        const where = placed.inImage ? { compute: placed.compute } : {};
        const task = {
          ...{ name: taskName, needs: [], kind: "environment", timeoutSeconds: 3600 },
          input: environment,
          ...where,
        };
        environments.set(environment.specification, { task, specification: environment.specification });
      }
      needs.add(taskName);
    }
    for (const url of urlsOf(step, definition.inputs)) needs.add(fetches.nameOf(url));
    const common = { name, needs: [...needs] };
    steps.push(
      isCommand(step)
        ? {
            ...{ ...common, kind: "step", ...place(step) },
            ...{ retry: { maxRetries: step.maxRetries, ...step.retry }, timeoutSeconds: step.timeoutSeconds },
            ...(step.queueTimeoutSeconds === null ? {} : { queueTimeoutSeconds: step.queueTimeoutSeconds }),
            ...(step.deadlineSeconds === null ? {} : { deadlineSeconds: step.deadlineSeconds }),
          }
        : { ...common, kind: step.type },
    );
    steps.push(...storesOf(name, step, (wanted) => freeName(definition, wanted)));
  }
  return [...[...environments.values()].map(({ task }) => task), ...fetches.tasks.values(), ...steps];
}

/** A tag can be moved: what it means is found out when the job runs, and the step's key has that. */
function imageOf({ environment }: CommandStep): EnvironmentPayload {
  const { build } = environment;
  if (build) {
    const specification = digestOf(build);
    const name = environment.name ?? `build-${specification.slice(0, 8)}`;
    return { specification: `build:${specification}`, name, condaFile: null, build: { ...build, specification } };
  }
  const image = environment.image!;
  return { specification: `image:${image}`, name: environment.name ?? image, condaFile: null, image };
}

function environmentOf(step: string, { environment }: CommandStep): EnvironmentPayload | undefined {
  const { condaFile, files, uvProject } = environment;
  if (!hasPackages(environment)) return undefined;
  if (condaFile?.trim() === "") {
    throw new Problem("invalid", `The conda file of step ${step} is empty.`, {
      hint: "Name at least its dependencies.",
    });
  }
  const specification = specificationDigest(environment);
  return { specification, name: environment.name ?? inlineName(specification), condaFile, files, uvProject };
}

const freeName = (definition: JobDefinition, wanted: string): string =>
  Object.hasOwn(definition.steps, wanted) ? freeName(definition, `${wanted}_`) : wanted;
