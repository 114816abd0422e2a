import type { ResolvedStepInput } from "../../contract/agent.ts";
import type { CommandStep } from "../../contract/job.ts";

export type ResolvedInput = ResolvedStepInput;

/**
 * Everything that decides what a step does, and nothing that does not: contents, never names, tags or paths. The key
 * is the sha256 of this in canonical JSON; it is stored, so that a miss can be explained.
 */
export interface KeyPreimage {
  schema: 1;
  command: string;
  code: string | null;
  environment: { lock: string; platform: string } | { image: string; standIn?: true } | null;
  environmentVariables: Record<string, string>;
  inputs: Record<string, ResolvedInput>;
  outputs: Record<string, string>;
  /** How it is run, when that is not as one process. */
  processes?: Pick<CommandStep, "parallel" | "distribution">;
}

export function preimageOf(
  step: CommandStep,
  resolved: Record<string, ResolvedInput>,
  environment: KeyPreimage["environment"],
): KeyPreimage {
  return {
    schema: 1,
    command: step.command,
    code: step.code,
    environment,
    environmentVariables: step.environmentVariables,
    inputs: resolved,
    outputs: Object.fromEntries(Object.entries(step.outputs).map(([name, output]) => [name, output.type])),
    ...(step.parallel || step.distribution
      ? { processes: { parallel: step.parallel, distribution: step.distribution } }
      : {}),
  };
}

/** One thing that is not the same in two keys. */
export interface Difference {
  /** `command`, `code`, `environment`, `environment variable A`, `input data`, `output model` */
  part: string;
  /** Absent: it is not there. */
  now?: unknown;
  before?: unknown;
}

/** What differs between a step's key and an earlier one, part by part. */
export function differencesOf(now: KeyPreimage, before: KeyPreimage): Difference[] {
  const parts = [partsOf(now), partsOf(before)] as const;
  return [...new Set([...parts[0].keys(), ...parts[1].keys()])].flatMap((part) => {
    const [one, other] = [parts[0].get(part), parts[1].get(part)];
    return JSON.stringify(one) === JSON.stringify(other) ? [] : [{ part, now: one, before: other }];
  });
}

function partsOf(preimage: KeyPreimage): Map<string, unknown> {
  const each = (what: string, values: Record<string, unknown>): [string, unknown][] =>
    Object.entries(values).map(([name, value]) => [`${what} ${name}`, value]);
  return new Map<string, unknown>([
    ["command", preimage.command],
    ["code", preimage.code],
    ["environment", preimage.environment],
    ["processes", preimage.processes],
    ...each("environment variable", preimage.environmentVariables),
    ...each("input", preimage.inputs),
    ...each("output", preimage.outputs),
  ]);
}

/** In words, what differs: `command, input data`. */
export const explainMiss = (now: KeyPreimage, before: KeyPreimage): string =>
  differencesOf(now, before)
    .map(({ part }) => part)
    .join(", ");
