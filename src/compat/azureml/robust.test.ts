// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import fc from "fast-check";
import { expect, it } from "vitest";
import { translate } from "./testing.ts";

const pipeline = `type: pipeline
settings: { force_rerun: false }
inputs:
  rows: { type: uri_folder, path: ./data }
  alpha: 0.5
outputs:
  best: { type: mlflow_model, name: best }
jobs:
  train:
    command: train \${{inputs.rows}} $[[--a \${{inputs.alpha}}]] \${{outputs.model}}
    environment: { conda_file: ./conda.yml }
    environment_variables: { A: b }
    inputs:
      rows: \${{parent.inputs.rows}}
      alpha: \${{parent.inputs.alpha}}
    outputs:
      model: \${{parent.outputs.best}}
  judge:
    component: ./judge.yml
    inputs:
      model: \${{parent.jobs.train.outputs.model}}
    outputs: { report: { type: uri_file } }
`;
const judge = `command: judge \${{inputs.model}} \${{outputs.report}}
inputs:
  model: { type: mlflow_model }
  depth: { type: integer, default: 3, min: 1, max: 9, enum: [1, 3] }
outputs:
  report: { type: uri_file }
`;
const lines = pipeline.split("\n");
const odd = [
  "",
  "null",
  "[]",
  "{}",
  "- x",
  "1",
  "'${{'",
  "${{parent.jobs.train.outputs.model}}",
  "*a",
  "&a x",
  "__proto__",
  "!!js x",
];

const edit = fc.oneof(
  fc.record({ kind: fc.constant("drop" as const), line: fc.nat(lines.length - 1), text: fc.constant("") }),
  fc.record({ kind: fc.constant("value" as const), line: fc.nat(lines.length - 1), text: fc.constantFrom(...odd) }),
  fc.record({
    kind: fc.constant("key" as const),
    line: fc.nat(lines.length - 1),
    text: fc.constantFrom(...odd, "toString"),
  }),
);

function apply(text: string[], { kind, line, text: by }: { kind: string; line: number; text: string }): string[] {
  const old = text[line] ?? "";
  if (kind === "drop") return text.toSpliced(line, 1);
  if (kind === "value") return text.with(line, old.replace(/(: ).*$/, `$1${by.replaceAll("$", "$$$$")}`));
  return text.with(line, old.replace(/[A-Za-z_]+:/, `${by.replaceAll("$", "$$$$")}:`));
}

it("the file that is damaged below is whole", async () => {
  const whole = { "job.yml": pipeline, "judge.yml": judge, "conda.yml": "dependencies: [pip]", "data/a": "" };
  expect((await translate(whole)).issues).toEqual([]);
});

it("a damaged file gives a definition or issues with places, and never an exception", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
      const yaml = edits.reduce((text, one) => (one.line < text.length ? apply(text, one) : text), lines).join("\n");
      const files = { "job.yml": yaml, "judge.yml": judge, "conda.yml": "dependencies: [pip]", "data/a": "" };
      const { definition, issues } = await translate(files);
      expect(definition === null).toBe(issues.length > 0);
      for (const issue of issues) expect(issue.at).toMatch(/^[a-z]+\.yml:\d+:\d+$/);
    }),
    { numRuns: 1500 },
  );
});

it("any text gives issues, and never an exception", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", maxLength: 80 }), fc.string(), async (yaml, target) => {
      await translate({ "job.yml": yaml }, { set: { [target]: yaml } });
    }),
    { numRuns: 500 },
  );
});

it("plans ten thousand steps", async () => {
  const steps = Array.from(
    { length: 10_000 },
    (_, i) => `  s${i}:
    component: ./judge.yml
    inputs: { model: ${i === 0 ? "./data" : `'\${{parent.jobs.s${i - 1}.outputs.report}}'`} }`,
  );
  const files = {
    "job.yml": `jobs:\n${steps.join("\n")}\n`,
    "judge.yml": judge.replaceAll("mlflow_model", "uri_file").replaceAll("uri_file", "custom_model"),
    "data/a": "",
  };
  const { definition, issues } = await translate(files);
  expect(issues).toEqual([]);
  expect(Object.keys(definition!.steps)).toHaveLength(10_000);
});
