import { expect, it } from "vitest";
import { defineBody, defineComponent, definePipeline, forEach, gate } from "./index.ts";
import { lowerPipeline, type Place } from "./lower.ts";
import type { StepHandle } from "./spec.ts";
import type { Reference } from "./types.ts";

const nowhere = async (): Promise<never> => {
  throw new Error("no file is named here");
};
const place: Place = { code: nowhere, files: nowhere, text: nowhere, gather: nowhere, environment: nowhere };

const take = defineComponent({
  command: "take",
  inputs: { n: { type: "integer", default: 1 } },
  outputs: { n: "integer" },
});
const bodyOf = (steps: () => Record<string, StepHandle>) => defineBody({ steps: () => ({ steps: steps() }) });

const lower = (steps: (inputs: { n: Reference<"integer"> }) => Record<string, StepHandle>, more: object = {}) => {
  const inputs = { n: { type: "integer", default: 1 } } as const;
  const made = { displayName: "d", experiment: "e", inputs, ...more };
  return lowerPipeline(definePipeline({ ...made, steps: (given) => ({ steps: steps(given) }) }), place);
};

/** What the compiler refuses too, and who runs a file without it is told. */
const unchecked = (value: object): never => value as never;

it.each<[string, Parameters<typeof lower>[0], string]>([
  [
    "a step that is not returned",
    () => ({ b: take({ n: take({}).outputs.n }) }),
    "steps.b.inputs.n: it comes from a step that is not among the pipeline's steps",
  ],
  ["an order after such a step", () => ({ b: take({}, { after: [take({})] }) }), "steps.b.after: it comes from a step"],
  ["an unknown input", () => ({ b: take(unchecked({ m: 1 })) }), "steps.b.inputs.m: there is no such input"],
  [
    "an unknown output",
    () => ({ b: take({ n: unchecked((take({}).outputs as object as { x: object }).x) }) }),
    "steps.b.inputs.n: it is undefined",
  ],
  ["a misspelled option", () => ({ b: take({}, unchecked({ maxRetry: 1 })) }), 'steps.b: Unrecognized key: "maxRetry"'],
  ["a value out of range", () => ({ b: take({}, { maxRetries: 99 }) }), "steps.b.maxRetries: Too big"],
  [
    "a loop over nothing",
    () => ({ b: forEach(take, unchecked({ item: "n", of: undefined }), {}) }),
    "steps.b.items: it is undefined",
  ],
  [
    "a step of the pipeline in a body",
    () => {
      const a = take({});
      return {
        a,
        b: forEach(
          bodyOf(() => ({ c: take({ n: a.outputs.n }) })),
          { of: [] },
          {},
        ),
      };
    },
    "steps.b.body.steps.c.inputs.n: it comes from a step that is not among the pipeline's steps",
  ],
  [
    "an input of the pipeline in a body",
    ({ n }) => ({
      b: forEach(
        bodyOf(() => ({ c: take({ n }) })),
        { of: [] },
        {},
      ),
    }),
    'steps.b.body.steps.c.inputs.n: it is the input "n" of another pipeline',
  ],
  [
    "a gate in a body",
    () => ({
      b: forEach(
        bodyOf(() => ({ c: gate() })),
        { of: [] },
        {},
      ),
    }),
    "steps.b.body.steps.c: a loop repeats no gate",
  ],
])("says where there is %s", async (_, steps, message) => {
  await expect(lower(steps)).rejects.toThrow(`The pipeline is not valid: ${message}`);
});

it("says all that is wrong with the values", async () => {
  await expect(lower(() => ({ b: take({}, { maxRetries: 99 }) }), { priority: 500 })).rejects.toMatchObject({
    message: "The pipeline is not valid.",
    issues: [{ at: "steps.b.maxRetries" }, { at: "priority" }],
  });
});
