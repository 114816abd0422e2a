import type { JobInput, JobOutput, Step } from "../../contract/job.ts";
import { didYouMean } from "../../contract/suggest.ts";
import type { ScalarNode } from "./document.ts";
import { readBinding } from "./expression.ts";
import type { Issues } from "./issues.ts";
import { nameResultFile } from "./parallel.ts";
import type { Inherited } from "./pipeline.ts";
import type { Scope } from "./scope.ts";
import type { LoadedStep } from "./step.ts";

interface Parts {
  inputs: Record<string, JobInput>;
  outputs: Record<string, JobOutput>;
}

/** The step of a definition, when its inputs are bound and its outputs typed. */
export function buildStep(
  step: LoadedStep,
  { inputs, outputs }: Parts,
  { after, when, compute }: Inherited,
  scope: Scope,
  issues: Issues,
): unknown {
  const displayName = step.displayName ?? step.component?.displayName;
  const common = {
    ...(displayName === undefined ? {} : { displayName }),
    ...(after.length === 0 ? {} : { after: [...new Set(after)] }),
    ...(when ? { when } : {}),
  };
  if (step.gate) return { ...common, ...step.gate, inputs };
  const command = buildCommand(step, Object.keys(inputs), outputs, issues);
  const place = compute && readCompute(compute, scope, issues);
  const placed = place === undefined ? command : { ...command, compute: place };
  if (!step.sweep) return { ...common, ...placed, inputs, outputs };
  checkParameters(step, inputs, issues);
  const absent = Object.entries(inputs).filter(([, { binding }]) => binding === null);
  return {
    ...common,
    type: "sweep",
    inputs,
    outputs,
    trial: { ...placed, inputs: Object.fromEntries(absent) },
    ...step.sweep,
  };
}

/** The part of a step that says what is run, without what it takes and gives. */
function buildCommand(step: LoadedStep, inputs: string[], outputs: Parts["outputs"], issues: Issues) {
  const { spec } = step;
  const parallel = spec?.parallel && nameResultFile(spec.parallel, (output) => outputs[output]?.url);
  if (parallel && !inputs.includes(parallel.input)) {
    const message = `"${parallel.input}" is not an input of the step "${step.name}"`;
    issues.add(spec?.command?.at ?? step.at, message, didYouMean(parallel.input, inputs));
  }
  return {
    command: spec?.command?.text ?? "",
    code: spec?.code ?? null,
    ...(spec?.codeOrigin ? { codeOrigin: spec.codeOrigin } : {}),
    environment: spec?.environment ?? { name: null, condaFile: null, image: null },
    environmentVariables: spec?.environmentVariables ?? {},
    ...(spec && Object.keys(spec.secrets).length > 0 ? { secrets: spec.secrets } : {}),
    deterministic: spec?.deterministic ?? true,
    ...step.running,
    ...(spec?.distribution ? { distribution: spec.distribution } : {}),
    ...(spec?.container ? { container: spec.container } : {}),
    ...(parallel ? { parallel } : {}),
  };
}

/** Where a step runs, as it is written; an input of the pipeline may say it. */
function readCompute(node: ScalarNode, scope: Scope, issues: Issues): string | undefined {
  const binding = readBinding(node, issues);
  if (binding === "none") return node.text.trim() === "" ? undefined : node.text.trim();
  if (binding === "wrong") return undefined;
  if (binding.kind !== "parentInput") {
    issues.add(node.at, '"compute" can be bound to an input of the pipeline only');
    return undefined;
  }
  scope.resolve(binding, node.at, undefined);
  return scope.textOf(binding.input);
}

function checkParameters(step: LoadedStep, inputs: Step["inputs"], issues: Issues): void {
  for (const parameter of Object.keys(step.sweep?.searchSpace ?? {})) {
    if (!Object.hasOwn(inputs, parameter)) continue;
    const at = step.inputs.get(parameter)?.at ?? step.at;
    issues.add(
      at,
      `"${parameter}" is an input of the step and a parameter of its search space`,
      "Remove one of the two.",
    );
  }
}
