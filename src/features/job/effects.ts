import type { CommandStep, JobOutput, RepeatedStep, Step } from "../../contract/job.ts";
import { mapSteps } from "./map-steps.ts";

type Outputs = Record<string, JobOutput>;

/** Outputs that stay with their job: nothing is registered, and nothing is written where others read it. */
export const keptOutputs = (outputs: Outputs): Outputs =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, { url: _, ...output }]) => [name, { ...output, register: null }]),
  );

const quiet = (command: CommandStep): CommandStep => ({ ...command, outputs: keptOutputs(command.outputs) });

/** The step, of which nothing is seen outside its job, whatever it runs inside. */
export function withoutEffects(step: RepeatedStep): RepeatedStep;
export function withoutEffects(step: Step): Step;
export function withoutEffects(step: Step): Step {
  const outputs = keptOutputs(step.outputs);
  if (step.type === "sweep") return { ...step, outputs, trial: quiet(step.trial) };
  if (step.type !== "foreach") return { ...step, outputs };
  return {
    ...step,
    outputs,
    body: { ...step.body, steps: mapSteps(step.body.steps, (inner) => withoutEffects(inner)) },
  };
}
