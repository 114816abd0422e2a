// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { unsaid } from "../../test/support/schema-fields.ts";
import {
  commandStepSchema,
  foreachStepSchema,
  gateStepSchema,
  type JobDefinition,
  jobDefinitionSchema,
  sweepStepSchema,
} from "../contract/job.ts";
import {
  data,
  defineComponent,
  definePipeline,
  forEach,
  fromJob,
  fromRun,
  gate,
  local,
  model,
  type StepOptions,
  sweep,
  url,
} from "./index.ts";
import { lowerPipeline, type Place } from "./lower.ts";

const place: Place = {
  code: async () => "c".repeat(64),
  files: async (path) => ({ digest: "d".repeat(64), ...(path.includes(".") ? { path } : {}) }),
  text: async () => "dependencies: [pip, { pip: [./mine-1.0-py3-none-any.whl] }]",
  gather: async () => "e".repeat(64),
  environment: async (name) => ({ name, condaFile: null, image: null }),
};

const options: StepOptions = {
  displayName: "Train",
  environmentVariables: { A: "1" },
  secrets: { DOOR: "door" },
  deterministic: false,
  maxAgeSeconds: 60,
  forceRerun: true,
  maxRetries: 2,
  retry: { delaySeconds: 1, factor: 2, capSeconds: 30 },
  queueTimeoutSeconds: 60,
  timeoutSeconds: 90,
  deadlineSeconds: 300,
  compute: "big",
  resources: { cpus: 2, memoryMb: 500, gpus: 1 },
  network: true,
  container: { shmMb: 64, arguments: ["--pids-limit=99"] },
  parallel: {
    ...{
      input: "rows",
      entryScript: "score.py",
      programArguments: "-v",
      miniBatchSize: "10",
      partitionKeys: ["region"],
    },
    ...{ instanceCount: 2, maxConcurrencyPerInstance: 3, errorThreshold: 4, miniBatchErrorThreshold: 5 },
    ...{ miniBatchRetries: 1, miniBatchTimeoutSeconds: 9, loggingLevel: "DEBUG" },
    appendRowTo: { output: "made", file: "rows.txt" },
  },
  distribution: { type: "pytorch", instanceCount: 2, processesPerInstance: 2, workers: 2, parameterServers: 1 },
};

const whole = defineComponent({
  command: "train ${{inputs.alpha}}",
  code: "src",
  environment: { name: "e", image: "i", condaFile: "conda.yml" },
  inputs: {
    rows: { type: "uri_folder", mode: "direct" },
    alpha: { type: "integer", default: 1, optional: true, min: 0, max: 9, enum: [1, 2] },
  },
  outputs: { made: { type: "mlflow_model", register: { name: "m", version: "7" }, url: "https://example.org/o" } },
  ...options,
});
const built = defineComponent({
  command: "true",
  environment: { build: { context: "image", dockerfile: "docker/Dockerfile" } },
});
const locked = defineComponent({ command: "true", environment: { uvProject: "mine" } });
const bare = defineComponent({ command: "true", inputs: { n: "integer" }, outputs: { o: "uri_folder" } });

const definitionOf = (): Promise<JobDefinition> =>
  lowerPipeline(
    definePipeline({
      ...{ name: "nightly", displayName: "Nightly", experiment: "e", description: "d", tags: { a: "b" } },
      ...{ continueOnStepFailure: true, timeoutSeconds: 99, forceRerun: true, priority: 3 },
      inputs: {
        n: { type: "integer", min: 0, max: 9, enum: [1], optional: true },
        rows: { type: "uri_file", mode: "direct" },
      },
      values: { n: 1 },
      steps({ n }) {
        const first = bare({ n });
        const when = { left: first.outputs.o, field: ["accuracy"], operator: ">=", right: 0.9 } as const;
        const one = whole({ rows: first.outputs.o }, { after: [first], when });
        const review = gate(
          {
            ...{ message: "good?", approvers: ["ada"], quorum: 2, excludeSubmitter: true, timeoutSeconds: 60 },
            ...{ onTimeout: "skip", inputs: { made: one.outputs.made } },
          },
          { displayName: "Review", after: [one], when },
        );
        const tuned = sweep(
          bare,
          {
            searchSpace: { n: { type: "choice", values: [1, 2] } },
            objective: { goal: "maximize", primaryMetric: "accuracy" },
            sampling: { type: "grid" },
            earlyTermination: { type: "median_stopping" },
            limits: { maxTotalTrials: 9, maxConcurrentTrials: 2, timeoutSeconds: 60, trialTimeoutSeconds: 9 },
          },
          {},
          { displayName: "Tune", after: [review], when },
        );
        const each = forEach(
          bare,
          { of: [{ n: 1 }], maxConcurrent: 3, maxFailures: 1 },
          {},
          { displayName: "Each", after: [tuned], when },
        );
        return {
          steps: { first, one, built: built({}), locked: locked({}), review, tuned, each },
          outputs: { made: one.outputs.made },
        };
      },
    }),
    place,
  );

describe("what a definition can say, a pipeline in TypeScript can say too:", () => {
  it("all of a command but what others note", async () => {
    const { first, one, built, locked } = (await definitionOf()).steps;
    expect(unsaid(commandStepSchema, [one, built, locked], first)).toEqual([
      // A command is one without saying so.
      "type",
      // Noted by the server when it reads code that does not lie beside the pipeline.
      ...["codeOrigin.url", "codeOrigin.commit", "codeOrigin.folder"],
      // Said when a step is run again.
      "debug.port",
    ]);
  });

  it("all of the pipeline", async () => {
    const steps = () => ({ steps: { first: bare({ n: 1 }) } });
    const least = await lowerPipeline(definePipeline({ displayName: "d", experiment: "d", steps }), place);
    const { steps: _, ...shape } = jobDefinitionSchema.shape;
    // A pipeline is one, with however many steps.
    expect(unsaid(z.object(shape), [await definitionOf()], least)).toEqual(["type"]);
  });

  const ports = ["inputs.*", "outputs.*"];
  it.each([
    // People decide on what is there: a value that may be missing, or is checked, is an input of a step. Nobody is asked
    // where the server notes so, in a job that runs on a sample.
    ["a gate", "review", gateStepSchema, [...ports, "passes"]],
    // Inputs and outputs are those of the component.
    ["a sweep", "tuned", sweepStepSchema, [...ports, "trial."]],
    ["a loop", "each", foreachStepSchema, [...ports, "body."]],
  ])("all of %s", async (_, name, schema, others) => {
    const { steps } = await definitionOf();
    const missing = unsaid(schema, [steps[name]], steps.first);
    expect(missing.filter((path) => !others.some((start) => path.startsWith(start)))).toEqual([]);
  });

  it("what people are shown at a gate, with the type that it has", async () => {
    const { review } = (await definitionOf()).steps;
    const binding = { from: "step", step: "one", output: "made" };
    expect(review!.inputs).toEqual({ made: { type: "mlflow_model", optional: false, binding } });
  });

  it.each([
    ["a data asset", data("rows", { version: "3" }), { from: "asset", kind: "data", name: "rows", version: "3" }],
    ["a model", model("m", { alias: "champion" }), { from: "asset", kind: "model", name: "m", label: "champion" }],
    ["files beside it", local("rows.csv"), { from: "tree", digest: "d".repeat(64), path: "rows.csv" }],
    ["a URL", url("https://example.org/rows.csv"), { from: "url", url: "https://example.org/rows.csv" }],
    [
      "an output of a job",
      fromJob("nightly", "o", "a.csv"),
      { from: "job", job: "nightly", output: "o", path: "a.csv" },
    ],
    ["what a run keeps", fromRun("r1"), { from: "run", run: "r1", path: "" }],
  ])("%s as an input", async (_, given, binding) => {
    const take = defineComponent({ command: "cat", inputs: { rows: "uri_file" } });
    const steps = () => ({ steps: { take: take({ rows: given }) } });
    const definition = await lowerPipeline(definePipeline({ displayName: "d", experiment: "e", steps }), place);
    expect(definition.steps.take!.inputs.rows!.binding).toEqual(binding);
  });
});
