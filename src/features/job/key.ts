import type { ResolvedStepInput } from "../../contract/agent.ts";
import type { CommandStep } from "../../contract/job.ts";
import { canonicalJson } from "../../platform/digest.ts";

export type ResolvedInput = ResolvedStepInput;

/**
 * Which fields a key has, in which shape, and how the agent runs what they say. Raised whenever any of it changes: keys
 * of another format are never equal, and a miss says that this is why.
 */
export const keyFormat = 2;

/**
 * Everything that decides what a step does, and nothing that does not: contents, never names, tags or paths. The key
 * is the sha256 of this in canonical JSON; it is stored, so that a miss can be explained.
 */
export interface KeyPreimage {
  /** The format: `keyFormat` when it was made. */
  schema: number;
  command: string;
  code: string | null;
  environment: { lock: string; platform: string } | { image: string; standIn?: true } | null;
  environmentVariables: Record<string, string>;
  inputs: Record<string, ResolvedInput>;
  outputs: Record<string, string>;
  /** How it is run, when that is not as one process. Format 1 leaves it out then. */
  processes?: Pick<CommandStep, "parallel" | "distribution"> | null;
  /** In a container: may it reach the network? Null where nothing keeps it from it. Not in format 1. */
  network?: boolean | null;
  /** How many GPUs it is given: with one, other code runs. Not in format 1. */
  gpus?: number;
  /** By environment variable. Left out when there are none, so that keys from before there were any stay what they are. */
  secrets?: Record<string, { name: string; version: number }>;
}

/** What a step is run with, as far as that is not in its definition. */
export interface KeySurroundings {
  inputs: Record<string, ResolvedInput>;
  environment: KeyPreimage["environment"];
  network: boolean | null;
  gpus: number;
  secrets?: KeyPreimage["secrets"];
}

export function preimageOf(step: CommandStep, around: KeySurroundings): KeyPreimage {
  const { inputs, environment, network, gpus, secrets } = around;
  const { command, code, environmentVariables, parallel, distribution } = step;
  return {
    ...{ schema: keyFormat, command, code, environment, environmentVariables, inputs },
    outputs: Object.fromEntries(Object.entries(step.outputs).map(([name, output]) => [name, output.type])),
    processes: parallel || distribution ? { parallel, distribution } : null,
    ...{ network, gpus },
    ...(secrets ? { secrets } : {}),
  };
}

/** One thing that is not the same in two keys. */
export interface Difference {
  /** `key format`, `command`, `code`, `environment`, `environment variable A`, `secret in A`, `input data`, `output model`, `network` */
  part: string;
  /** Absent: it is not there. */
  now?: unknown;
  before?: unknown;
}

/**
 * What differs between a step's key and an earlier one, part by part. Between keys of two formats that comes first, and
 * what only one format knows is not compared.
 */
export function differencesOf(now: KeyPreimage, before: KeyPreimage): Difference[] {
  const isAlike = now.schema === before.schema;
  const format = isAlike ? [] : [{ part: formatPart, now: now.schema, before: before.schema }];
  const parts = [partsOf(now), partsOf(before)] as const;
  const differences = [...new Set([...parts[0].keys(), ...parts[1].keys()])].flatMap((part) => {
    const [one, other] = [parts[0].get(part), parts[1].get(part)];
    if (!isAlike && laterParts.has(part)) return [];
    const isSame = isAlike ? isEqual(one, other) : isEqual(...shared(one, other));
    return isSame ? [] : [{ part, now: one, before: other }];
  });
  return [...format, ...differences];
}

export const formatPart = "key format";

/** Parts that came with a later format. */
const laterParts = new Set(["network", "GPUs"]);

/** Whatever the order of their fields: one of them has been stored. */
const isEqual = (one: unknown, other: unknown): boolean =>
  (one === undefined) === (other === undefined) && canonicalJson(one) === canonicalJson(other);

/** Two values without the fields that only one of them has. */
function shared(one: unknown, other: unknown): [unknown, unknown] {
  if (!isObject(one) || !isObject(other)) return [one, other];
  const names = Object.keys(one).filter((name) => Object.hasOwn(other, name));
  const only = (of: Record<string, unknown>) => names.map((name) => of[name]);
  return [only(one), only(other)];
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function partsOf(preimage: KeyPreimage): Map<string, unknown> {
  const each = (what: string, values: Record<string, unknown>): [string, unknown][] =>
    Object.entries(values).map(([name, value]) => [`${what} ${name}`, value]);
  return new Map<string, unknown>([
    ["command", preimage.command],
    ["code", preimage.code],
    ["environment", preimage.environment],
    ["processes", preimage.processes ?? null],
    ...each("environment variable", preimage.environmentVariables),
    ...each("secret in", preimage.secrets ?? {}),
    ...each("input", preimage.inputs),
    ...each("output", preimage.outputs),
    ["network", preimage.network],
    ["GPUs", preimage.gpus],
  ]);
}

/** In words, what differs: `command, input data`. */
export const partsIn = (differences: Difference[]): string => differences.map(({ part }) => part).join(", ");
