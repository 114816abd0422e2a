import { describe, expect, it } from "vitest";
import type { JobDetail, StepView } from "../contract/job.ts";
import { chosenOutputs } from "./job-outputs.ts";

const made = (digest: string) => ({ digest, files: 1, size: 1 });
const step = (name: string, outputs: StepView["outputs"]) => ({ name, outputs, state: "succeeded" }) as StepView;
const job = {
  definition: { outputs: { best: { step: "train", output: "model" }, late: { step: "score", output: "rows" } } },
  steps: [step("train", { model: made("m"), report: made("r") }), step("score", {})],
} as unknown as Pick<JobDetail, "definition" | "steps">;
const places = (choice: Parameters<typeof chosenOutputs>[1]) =>
  chosenOutputs(job, choice).map(({ place, tree }) => `${place} ${tree}`);

describe("the outputs that are downloaded", () => {
  it.each([
    [{}, ["outputs/best m"]],
    [{ outputName: "best" }, ["outputs/best m"]],
    [{ step: "train" }, ["steps/train/model m", "steps/train/report r"]],
    [{ step: "train", outputName: "report" }, ["steps/train/report r"]],
    [{ all: true as const }, ["outputs/best m", "steps/train/model m", "steps/train/report r"]],
  ])("are of the job, of a step or all: %j", (choice, expected) => expect(places(choice)).toEqual(expected));

  it.each([
    [{ step: "trian" }, 'There is no step "trian".', "The steps of the job are train, score."],
    [{ step: "score" }, "The step score is succeeded and has made no output.", undefined],
    [{ step: "train", outputName: "best" }, 'There is no output "best".', "The outputs of the step are model, report."],
    [
      { outputName: "late" },
      'There is no output "late".',
      "The outputs of the job are best, late. Those of steps: --step, --all.",
    ],
  ])("are refused when they are not there: %j", (choice, message, hint) =>
    expect(() => chosenOutputs(job, choice)).toThrow(expect.objectContaining({ message, hint })),
  );
});
