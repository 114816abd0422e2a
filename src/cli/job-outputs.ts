import { join } from "node:path";
import { notFound, Problem } from "../contract/errors.ts";
import type { JobDetail, StepView } from "../contract/job.ts";

/** Which outputs of a job are meant; all of the job's own unless something is said. */
export interface OutputChoice {
  outputName?: string;
  step?: string;
  all?: true;
}

interface ChosenOutput {
  /** Below the folder of the job. */
  place: string;
  tree: string;
}

interface NamedOutput extends ChosenOutput {
  name: string;
}

/** Outputs that have been made, of the job or of its steps. Fails when what is named is not there. */
export function chosenOutputs(
  job: Pick<JobDetail, "definition" | "steps">,
  { outputName, step: stepName, all }: OutputChoice,
): ChosenOutput[] {
  if (stepName !== undefined) {
    const step = job.steps.find(({ name }) => name === stepName);
    if (!step) throw notFound("step", stepName, `The steps of the job are ${listed(job.steps)}.`);
    const made = outputsOfStep(step);
    if (outputName !== undefined) return only(outputName, made, made, "step");
    if (made.length === 0)
      throw new Problem("conflict", `The step ${stepName} is ${step.state} and has made no output.`);
    return made;
  }
  const made = outputsOfJob(job);
  const declared = Object.keys(job.definition.outputs).map((name) => ({ name }));
  if (outputName !== undefined) return only(outputName, made, declared, "job");
  return all ? [...made, ...job.steps.flatMap(outputsOfStep)] : made;
}

function outputsOfJob({ definition, steps }: Pick<JobDetail, "definition" | "steps">): NamedOutput[] {
  const ofSteps = new Map(steps.map((step) => [step.name, step.outputs]));
  return Object.entries(definition.outputs).flatMap(([name, { step, output }]) => {
    const tree = ofSteps.get(step)?.[output]?.digest;
    return tree ? [{ name, place: join("outputs", name), tree }] : [];
  });
}

const outputsOfStep = ({ name: step, outputs }: StepView): NamedOutput[] =>
  Object.entries(outputs).map(([name, { digest }]) => ({ name, place: join("steps", step, name), tree: digest }));

function only(name: string, made: NamedOutput[], known: { name: string }[], of: "job" | "step"): ChosenOutput[] {
  const wanted = made.filter((output) => output.name === name);
  if (wanted.length > 0) return wanted;
  const hint = known.length > 0 ? `The outputs of the ${of} are ${listed(known)}.` : `The ${of} has no outputs.`;
  throw notFound("output", name, of === "job" ? `${hint} Those of steps: --step, --all.` : hint);
}

const listed = (named: { name: string }[]): string => named.map(({ name }) => name).join(", ");
