import { isDeepStrictEqual } from "node:util";
import { isCommand, type Step } from "../../contract/job.ts";
import { mapSteps } from "./map-steps.ts";

/** Is a step of a stored definition defined as another one? How it is run this once does not count. */
export const isSameStep = (one: Step, other: Step): boolean => isDeepStrictEqual(plain(one), plain(other));

/** As it is stored, where what is undefined is not there. */
const plain = (step: Step): unknown => JSON.parse(JSON.stringify(atRest(step)));

/** Without what a rerun says of it, or somebody with a debugger. */
export function atRest<S extends Step>(step: S): S {
  if (isCommand(step)) return { ...step, forceRerun: false, debug: null };
  if (step.type === "sweep") return { ...step, trial: atRest(step.trial) };
  if (step.type !== "foreach") return step;
  return { ...step, body: { ...step.body, steps: mapSteps(step.body.steps, atRest) } };
}
