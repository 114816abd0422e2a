// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { digestOf, translate } from "../compat/azureml/testing.ts";
import type { CommandStep } from "../contract/job.ts";
import type { EnvironmentSpec } from "./component.ts";
import { data, defineComponent, definePipeline, forEach, gate, local, model, sweep } from "./index.ts";
import { lowerPipeline, type Place } from "./lower.ts";

const files: Record<string, Record<string, string>> = {
  src: { "train.py": "print()" },
  "rows.csv": { "rows.csv": "a,b" },
  "envs/requirements.txt": { text: "-r base.txt\nnumpy==2.2.0 # pinned\n../dist/x-1.0-py3-none-any.whl\n" },
  "envs/base.txt": { text: "-c constraints.txt\n--index-url https://example.org/simple\n" },
};
const conda = "dependencies:\n  - python=3.11\n";

const gathered: string[][] = [];
const gatheredDigest = "a".repeat(64);
const place: Place = {
  async store(path, what) {
    const found = files[path]!;
    return { digest: digestOf(found), ...(what === "input" && path.includes(".") ? { path } : {}) };
  },
  text: async (path) => files[path]?.text ?? conda,
  async gather(paths) {
    gathered.push(paths);
    return gatheredDigest;
  },
  environment: async (name) => ({ name, condaFile: conda, image: null }),
};
const lower = (pipeline: Parameters<typeof lowerPipeline>[0]) => lowerPipeline(pipeline, place);

const prep = defineComponent({
  command: ({ inputs, outputs, optional }) =>
    `python prep.py --raw ${inputs.raw} --out ${outputs.clean} ${optional(`--share ${inputs.share}`)}`,
  code: "src",
  environment: { condaFile: "conda.yml" },
  inputs: { raw: "uri_file", share: { type: "number", optional: true } },
  outputs: { clean: "uri_folder", rows: "integer" },
});
const train = defineComponent({
  command: "python train.py --data ${{inputs.data}} --alpha ${{inputs.alpha}} --model ${{outputs.model}}",
  code: "src",
  environment: { condaFile: "conda.yml" },
  inputs: { data: "uri_folder", alpha: { type: "number", default: 0.5 } },
  outputs: { model: { type: "mlflow_model", register: { name: "diabetes" } } },
  maxRetries: 2,
});
const count = defineComponent({ command: "count ${{inputs.n}}", inputs: { n: "number" } });

describe("a pipeline in TypeScript", () => {
  it("takes requirements files with what they name, and projects of uv", async () => {
    const environmentOf = async (environment: EnvironmentSpec) => {
      const step = defineComponent({ command: "true", environment });
      const { steps } = await lower(
        definePipeline({ displayName: "d", experiment: "e", steps: () => ({ steps: { one: step({}) } }) }),
      );
      return (steps.one as CommandStep).environment;
    };
    const found = await environmentOf({ requirementsFile: "envs/requirements.txt", pip: ["./y.whl"], python: "3.12" });
    expect(parse(found.condaFile!)).toEqual({
      dependencies: [
        ...["python=3.12", "pip"],
        {
          pip: [
            ...["-c ./constraints.txt", "--index-url https://example.org/simple", "numpy==2.2.0"],
            ...["./x-1.0-py3-none-any.whl", "./y.whl"],
          ],
        },
      ],
    });
    expect(found.files).toBe(gatheredDigest);
    expect(await environmentOf({ uvProject: "mine" })).toMatchObject({ condaFile: null, uvProject: gatheredDigest });
    expect(gathered).toEqual([
      ["envs/constraints.txt", "envs/../dist/x-1.0-py3-none-any.whl", "./y.whl"],
      ["mine/pyproject.toml", "mine/uv.lock", "mine/.python-version"],
    ]);
  });

  it("is the same definition as the YAML that says the same", async () => {
    const written = definePipeline({
      displayName: "diabetes",
      experiment: "diabetes",
      inputs: { raw: "uri_file", alpha: { type: "number", default: 0.1 } },
      values: { raw: local("rows.csv") },
      steps({ raw, alpha }) {
        const cleaned = prep({ raw, share: 0.2 });
        const trained = train({ data: cleaned.outputs.clean, alpha });
        return { steps: { cleaned, trained }, outputs: { model: trained.outputs.model } };
      },
    });
    const environment = "environment: { conda_file: ./conda.yml }\n    code: ./src";
    const yaml = await translate({
      "conda.yml": conda,
      "rows.csv": "a,b",
      "src/train.py": "print()",
      "job.yml": `type: pipeline
display_name: diabetes
experiment_name: diabetes
inputs:
  raw: { type: uri_file, path: ./rows.csv }
  alpha: 0.1
outputs:
  model: { type: mlflow_model, name: diabetes }
jobs:
  cleaned:
    type: command
    command: python prep.py --raw \${{inputs.raw}} --out \${{outputs.clean}} $[[--share \${{inputs.share}}]]
    ${environment}
    inputs:
      raw: \${{parent.inputs.raw}}
      share: 0.2
    outputs:
      clean: { type: uri_folder }
  trained:
    type: command
    command: python train.py --data \${{inputs.data}} --alpha \${{inputs.alpha}} --model \${{outputs.model}}
    ${environment}
    retry_settings: { max_retries: 2 }
    inputs:
      data: \${{parent.jobs.cleaned.outputs.clean}}
      alpha: \${{parent.inputs.alpha}}
    outputs:
      model: \${{parent.outputs.model}}
`,
    });
    const definition = await lower(written);
    expect(yaml.issues).toEqual([]);
    const expected = yaml.definition!;
    for (const name of ["cleaned", "trained"]) {
      const [mine, theirs] = [definition.steps[name]!, expected.steps[name]!];
      for (const key of ["command", "code", "environment", "maxRetries", "deterministic"] as const) {
        expect(mine, name).toHaveProperty(key, (theirs as unknown as Record<string, unknown>)[key]);
      }
    }
    expect(definition.inputs).toEqual(expected.inputs);
    expect(definition.steps.trained!.inputs).toEqual(expected.steps.trained!.inputs);
    expect(definition.steps.trained!.outputs).toEqual(expected.steps.trained!.outputs);
  });

  it("has steps that are many jobs, and gates", async () => {
    const definition = await lower(
      definePipeline({
        displayName: "d",
        experiment: "e",
        steps() {
          const cleaned = prep({ raw: data("raw", { label: "latest" }), share: 0.2 });
          const tuned = sweep(
            train,
            {
              searchSpace: { alpha: { type: "uniform", min: 0, max: 1 } },
              objective: { goal: "minimize", primaryMetric: "rmse" },
            },
            { data: cleaned.outputs.clean },
          );
          const review = gate({ message: "good enough?", quorum: 2 }, { after: [tuned] });
          const each = forEach(count, { item: "n", of: [1, 2, 3] }, {}, { after: [review] });
          return { steps: { cleaned, tuned, review, each } };
        },
      }),
    );
    expect(definition.steps.tuned).toMatchObject({
      type: "sweep",
      inputs: { data: { binding: { from: "step", step: "cleaned", output: "clean" } } },
      outputs: { model: { type: "mlflow_model", register: { name: "diabetes" } } },
      trial: { inputs: { data: { binding: null }, alpha: { binding: { from: "literal", value: 0.5 } } } },
    });
    expect(definition.steps.review).toMatchObject({ type: "gate", quorum: 2, after: ["tuned"] });
    expect(definition.steps.each).toMatchObject({
      ...{ type: "foreach", item: "n", items: [1, 2, 3], after: ["review"] },
      body: { steps: { main: { inputs: { n: { binding: { from: "input", input: "n" } } } } } },
    });
  });

  it("says which step is missing", async () => {
    const hidden = definePipeline({
      displayName: "d",
      experiment: "e",
      steps() {
        const cleaned = prep({ raw: data("raw") });
        return { steps: { trained: train({ data: cleaned.outputs.clean }) } };
      },
    });
    await expect(lower(hidden)).rejects.toThrow(
      "steps.trained.inputs.data: it comes from a step that is not among the pipeline's steps",
    );
  });

  it("is checked by the compiler", () => {
    const uses = () => {
      const cleaned = prep({ raw: data("raw") });
      // An integer is a number; a model is a folder.
      count({ n: cleaned.outputs.rows });
      train({ data: train({ data: model("m") }).outputs.model });
      // @ts-expect-error a required input is missing
      prep({});
      // @ts-expect-error a text is no number
      count({ n: "three" });
      // @ts-expect-error a folder is no number
      count({ n: cleaned.outputs.clean });
      // @ts-expect-error there is no such output
      train({ data: cleaned.outputs.dirty });
      // @ts-expect-error there is no such input
      train({ data: cleaned.outputs.clean, beta: 1 });
      // @ts-expect-error a sweep is over inputs of the component
      sweep(train, { searchSpace: { beta: { type: "randint", upper: 3 } }, objective: goal }, { data: data("x") });
      defineComponent({
        // @ts-expect-error the command names an input that is not declared
        command: ({ inputs }) => `x ${inputs.other}`,
        inputs: { a: "string" },
      });
    };
    const goal = { goal: "minimize", primaryMetric: "rmse" } as const;
    expect(uses).toBeTypeOf("function");
  });
});
