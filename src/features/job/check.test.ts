// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { describe, expect, it } from "vitest";
import type { Problem } from "../../contract/errors.ts";
import { type JobDefinition, jobDefinitionSchema } from "../../contract/job.ts";
import { checkDefinition } from "./check.ts";
import { definition, step } from "./job.fixture.ts";

type Given = Parameters<typeof definition>[0];

/** Places and messages of all that is wrong. */
function wrong(steps: Given, inputs: JobDefinition["inputs"] = {}): string[] {
  try {
    checkDefinition(jobDefinitionSchema.parse({ ...definition(steps), inputs }));
    return [];
  } catch (error) {
    return (error as Problem).issues!.map(({ at, message }) => `${at}: ${message}`);
  }
}

const number = (value: number | string, limits: { min?: number; max?: number; enum?: number[] } = {}) => ({
  ...{ type: "number" as const, binding: { from: "literal" as const, value } },
  ...limits,
});
const gate = (approvers: string[], quorum: number) => ({ type: "gate" as const, approvers, quorum });

describe("a definition that came through no translator", () => {
  it("names what its commands cannot be filled with", () => {
    const inputs = { lr: number(0.1) };
    expect(wrong({ train: step("train.py --lr ${{inputs.lrr}}", { inputs }) })).toEqual([
      'steps.train.command: "lrr" is not an input of the step',
    ]);
    expect(wrong({ train: step("train.py ${{outputs.model}} ${{parent.inputs.a}}") })).toEqual([
      'steps.train.command: "model" is not an output of the step',
      "steps.train.command: ${{parent.inputs.a}} is not available in a command",
    ]);
    expect(wrong({ train: step("echo ${{inputs.lr") })).toEqual(['steps.train.command: "${{" is never closed']);
    expect(wrong({ train: step("train.py $[[--lr ${{inputs.lr}}]]", { inputs }) })).toEqual([]);
  });

  it("keeps values within what their inputs take", () => {
    const of = (input: ReturnType<typeof number>) => wrong({ train: step("true", { inputs: { lr: input } }) });
    expect(of(number("0.5"))).toEqual([]);
    expect(of(number("much"))).toEqual(['steps.train.inputs.lr: it must be a number, but it is "much"']);
    expect(of(number(2, { max: 1 }))).toEqual(["steps.train.inputs.lr: it must be at most 1, but it is 2"]);
    expect(of(number(-1, { min: 0 }))).toEqual(["steps.train.inputs.lr: it must be at least 0, but it is -1"]);
    expect(of(number(3, { enum: [1, 2] }))).toEqual(["steps.train.inputs.lr: it must be one of 1, 2, but it is 3"]);
  });

  it("says so at the input of the pipeline, where the value stands", () => {
    const inputs = { lr: { type: "number" as const, max: 1, binding: { from: "input" as const, input: "rate" } } };
    const rate = { type: "number" as const, optional: false, binding: { from: "literal" as const, value: 2 } };
    expect(wrong({ train: step("true", { inputs }) }, { rate })).toEqual([
      "inputs.rate: it must be at most 1, but it is 2",
    ]);
  });

  it("keeps the items of a loop within what its body takes", () => {
    const { binding: _, ...n } = number(0, { max: 9 });
    const inputs = { n: { ...n, binding: { from: "input" as const, input: "n" } } };
    const of = (item: string, items: object[] | number[]) =>
      wrong({
        each: {
          ...{ type: "foreach", item, items: items as number[] },
          body: { inputs: { n: { ...n, binding: null } }, steps: { fit: step("true", { inputs }) } },
        },
      });
    expect(of("n", [1, 9])).toEqual([]);
    expect(of("n", [1, 10, 11])).toEqual(["steps.each.items.1: it must be at most 9, but it is 10"]);
    expect(of("row", [{ n: 1 }, { n: "ten" }])).toEqual(['steps.each.items.1.n: it must be a number, but it is "ten"']);
  });

  it("needs no more people to approve than may", () => {
    expect(wrong({ ask: gate(["ada", "ada"], 2) })).toEqual([
      "steps.ask.quorum: 2 people must approve, but only 1 may",
    ]);
    expect(wrong({ ask: gate(["ada", "bob"], 2) })).toEqual([]);
    expect(wrong({ ask: gate([], 5) })).toEqual([]);
  });
});
