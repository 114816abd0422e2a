import type { CommandStep } from "../../contract/job.ts";
import type { Sweep } from "../../contract/sweep.ts";
import type { Component } from "./component.ts";
import type { Loop } from "./control-flow.ts";
import type { ScalarNode } from "./document.ts";
import type { Fields } from "./fields.ts";
import type { GateSpec } from "./gate.ts";
import { type InputEntry, readInput } from "./inputs.ts";
import type { At, Issues, Located } from "./issues.ts";
import { type OutputEntry, readOutput } from "./outputs.ts";
import type { LoadedPipeline } from "./pipeline.ts";
import type { commandJobShape, stepShape } from "./schema.ts";
import type { CommandSpec } from "./spec.ts";
import type { When } from "./when.ts";

/** A step as it is written, with everything that needs no other step. */
export interface LoadedStep {
  name: string;
  at: At;
  displayName: string | undefined;
  /** Of a command, or of the trial of a sweep. */
  spec: CommandSpec | undefined;
  component: Component | undefined;
  inputs: Map<string, InputEntry>;
  outputs: Map<string, OutputEntry>;
  /** How the command is run: what the definition says besides what it runs. */
  running: Partial<
    Pick<
      CommandStep,
      | "maxRetries"
      | "retry"
      | "timeoutSeconds"
      | "queueTimeoutSeconds"
      | "deadlineSeconds"
      | "maxAgeSeconds"
      | "forceRerun"
      | "network"
      | "resources"
    >
  >;
  /** Where it runs; perhaps an input of the pipeline says it. */
  compute: ScalarNode | undefined;
  /** Steps that come before it, besides those whose outputs it takes. */
  after: Located<string>[];
  when: When | undefined;
  gate?: GateSpec;
  sweep?: Sweep;
  pipeline?: LoadedPipeline;
  loop?: Loop;
}

type JobOrStep = Fields<typeof stepShape> | Fields<typeof commandJobShape>;

/** The parts that a job of one step and a step read alike. */
export function readStepFields(name: string, at: At, fields: JobOrStep, issues: Issues): LoadedStep {
  const inputs = (fields.inputs ?? []).flatMap((entry) => readInput(entry, issues) ?? []);
  const outputs = (fields.outputs ?? []).flatMap((entry) => readOutput(entry, issues) ?? []);
  return {
    name,
    at,
    displayName: fields.display_name?.value,
    spec: undefined,
    component: undefined,
    inputs: new Map(inputs.map((input) => [input.name, input])),
    outputs: new Map(outputs.map((output) => [output.name, output])),
    running: withResources(readRunning(fields), fields),
    compute: fields.compute,
    after: [],
    when: undefined,
  };
}

function readRunning(fields: JobOrStep): LoadedStep["running"] {
  const timeout = fields.limits?.timeout ?? fields.retry_settings?.timeout;
  const { delay, backoff, max_delay } = fields.retry_settings ?? {};
  return {
    ...(fields.retry_settings?.max_retries ? { maxRetries: fields.retry_settings.max_retries.value } : {}),
    ...(timeout ? { timeoutSeconds: timeout.value } : {}),
    ...(fields.limits?.queue_timeout ? { queueTimeoutSeconds: fields.limits.queue_timeout.value } : {}),
    ...(fields.limits?.deadline ? { deadlineSeconds: fields.limits.deadline.value } : {}),
    ...(delay || backoff || max_delay
      ? { retry: { delaySeconds: delay?.value, factor: backoff?.value, capSeconds: max_delay?.value } }
      : {}),
    ...(fields.max_age_seconds ? { maxAgeSeconds: fields.max_age_seconds.value } : {}),
    ...(fields.force_rerun ? { forceRerun: fields.force_rerun.value } : {}),
    ...(fields.network ? { network: fields.network.value } : {}),
  };
}

/** What a step takes of its machine, which in Azure the type of the machine says. */
function withResources(
  running: LoadedStep["running"],
  { resources }: Pick<JobOrStep, "resources">,
): LoadedStep["running"] {
  const { cpus, memory_mb, gpus } = resources ?? {};
  if (!cpus && !memory_mb && !gpus) return running;
  return {
    ...running,
    resources: {
      ...(cpus ? { cpus: cpus.value } : {}),
      ...(memory_mb ? { memoryMb: memory_mb.value } : {}),
      ...(gpus ? { gpus: gpus.value } : {}),
    },
  };
}
