import type { CommandStep } from "../contract/job.ts";
import { type EnvironmentPlace, environmentOf } from "./environment.ts";
import type { AnyComponent, ComponentSpec, RunOptions, StepOptions } from "./spec.ts";
import type { Inputs, Outputs } from "./types.ts";

/** What a command needs of the world. */
export interface CommandPlace extends EnvironmentPlace {
  /** Stores code, and what is included in it; gives its digest. */
  code(path: string | undefined, include: string[]): Promise<string>;
}

type Spec = ComponentSpec<Inputs, Outputs>;

/** What a component runs, and how: as the step says, else as the component says, else as is said `around`. */
export async function commandOf(
  { spec }: AnyComponent,
  { after: _, when: __, ...own }: StepOptions,
  around: RunOptions,
  place: CommandPlace,
  at: string,
) {
  const {
    command: ___,
    code,
    include = [],
    environment,
    inputs: ____,
    outputs: _____,
    environmentVariables,
    ...run
  } = spec;
  const path = code === undefined ? undefined : String(code);
  return {
    ...{ ...defined(around), ...defined(run), ...defined(own) },
    ...variablesOf({ ...run, environmentVariables: variables(spec) }, own),
    command: commandText(spec),
    code: path === undefined && include.length === 0 ? null : await place.code(path, include.map(String)),
    environment: await environmentOf(environment, place, `${at}.environment`),
  };
}

type Variables = Pick<CommandStep, "environmentVariables" | "secrets">;

/** Of a variable, what the step says counts, whether that is a value or a secret. */
function variablesOf(component: Partial<Variables>, step: Partial<Variables>): Variables {
  const without = (values: Record<string, string> = {}, taken: Record<string, string> = {}) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => !Object.hasOwn(taken, name)));
  const secrets = { ...without(component.secrets, step.environmentVariables), ...step.secrets };
  return {
    environmentVariables: { ...without(component.environmentVariables, step.secrets), ...step.environmentVariables },
    ...(Object.keys(secrets).length > 0 ? { secrets } : {}),
  };
}

/** Options that are undefined are not said. */
export const defined = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;

const namesOf = ({ inputs = {}, outputs = {} }: Spec) => ({
  inputs: named(inputs, "inputs"),
  outputs: named(outputs, "outputs"),
});

const named = (of: object, group: string): Record<string, string> =>
  Object.fromEntries(Object.keys(of).map((name) => [name, `\${{${group}.${name}}}`]));

const commandText = (spec: Spec): string =>
  typeof spec.command === "string"
    ? spec.command
    : spec.command({ ...namesOf(spec), optional: (text) => `$[[${text}]]` });

const variables = ({ environmentVariables = {}, ...spec }: Spec): Record<string, string> =>
  typeof environmentVariables === "function" ? environmentVariables(namesOf(spec)) : environmentVariables;
