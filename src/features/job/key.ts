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
  environment: { lock: string; platform: string } | { image: string } | null;
  environmentVariables: Record<string, string>;
  inputs: Record<string, ResolvedInput>;
  outputs: Record<string, string>;
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
  };
}

/** In words, what differs between a step's key and the newest one of the step of that name: `code, input data`. */
export function explainMiss(now: KeyPreimage, before: KeyPreimage): string {
  const changed: string[] = [];
  if (now.command !== before.command) changed.push("command");
  if (now.code !== before.code) changed.push("code");
  if (JSON.stringify(now.environment) !== JSON.stringify(before.environment)) changed.push("environment");
  if (JSON.stringify(now.environmentVariables) !== JSON.stringify(before.environmentVariables)) {
    changed.push("environment variables");
  }
  for (const name of new Set([...Object.keys(now.inputs), ...Object.keys(before.inputs)])) {
    if (JSON.stringify(now.inputs[name]) !== JSON.stringify(before.inputs[name])) changed.push(`input ${name}`);
  }
  if (JSON.stringify(now.outputs) !== JSON.stringify(before.outputs)) changed.push("outputs");
  return changed.join(", ");
}
