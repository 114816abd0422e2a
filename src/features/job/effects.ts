import type { CommandStep, JobOutput, Step } from "../../contract/job.ts";

type Outputs = Record<string, JobOutput>;

/** Outputs that stay with their job: nothing is registered, and nothing is written where others read it. */
export const keptOutputs = (outputs: Outputs): Outputs =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, { url: _, ...output }]) => [name, { ...output, register: null }]),
  );

const quiet = (command: CommandStep): CommandStep => ({ ...command, outputs: keptOutputs(command.outputs) });

/** The step, of which nothing is seen outside its job, whatever it runs inside. */
export function withoutEffects(step: Step): Step {
  const outputs = keptOutputs(step.outputs);
  if (step.type === "sweep") return { ...step, outputs, trial: quiet(step.trial) };
  if (step.type !== "foreach") return { ...step, outputs };
  const steps = Object.fromEntries(Object.entries(step.body.steps).map(([name, inner]) => [name, quiet(inner)]));
  return { ...step, outputs, body: { ...step.body, steps } };
}
