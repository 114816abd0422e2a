import { type Binding, partsOf, type Step } from "../../contract/job.ts";

/** Does it run as many jobs: is it a sweep or a loop? */
export const isFanOut = ({ kind }: { kind: string }): boolean => kind === "sweep" || kind === "foreach";

/** The steps that must have ended well before a step. */
export const needsOf = (step: Step): string[] => [
  ...new Set([
    ...bindingsOf(step).flatMap(({ binding }) => (binding?.from === "step" ? [binding.step] : [])),
    ...step.after,
  ]),
];

/** Everything that a step itself takes a value from, and where it says so. */
export const bindingsOf = (step: Step): { at: string; binding: Binding | null }[] => [
  ...Object.entries(step.inputs).flatMap(([name, { binding }]) => sources(`inputs.${name}`, binding)),
  ...(step.when ? sources("when", step.when.left) : []),
  ...(step.type === "foreach" && !Array.isArray(step.items) ? sources("items", step.items) : []),
];

const sources = (at: string, binding: Binding | null) => partsOf(binding).map((part) => ({ at, binding: part }));
