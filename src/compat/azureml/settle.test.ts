// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { describe, expect, it } from "vitest";
import { checkDefinition } from "../../features/job/check.ts";
import { translate } from "./testing.ts";

const files = {
  "train.yml": `
type: command
name: train
inputs: { label: { type: string }, depth: { type: integer, default: 3 } }
outputs: { model: { type: uri_folder } }
environment_variables: { LABEL: "of \${{inputs.label}}", TO: "\${{outputs.model}}" }
command: train
`,
  "inner.yml": `
$schema: https://azuremlschemas.azureedge.net/latest/pipelineComponent.schema.json
type: pipeline
inputs:
  machines: { type: integer, default: 2 }
  seconds: { type: integer, optional: true }
  name: { type: string }
outputs: { best: { type: uri_folder }, never: { type: uri_folder } }
jobs:
  fit:
    component: ./train.yml
    resources: { instance_count: "\${{parent.inputs.machines}}" }
    distribution: { type: mpi, process_count_per_instance: "\${{parent.inputs.machines}}" }
    limits: { timeout: "\${{parent.inputs.seconds}}" }
    environment_variables: { WHO: "\${{parent.inputs.name}} on \${{parent.inputs.machines}}" }
    inputs: { label: "\${{parent.inputs.name}}/\${{parent.inputs.machines}}" }
    outputs: { model: "\${{parent.outputs.best}}" }
`,
};

async function define(yaml: string) {
  const { definition, issues, warnings } = await translate({ ...files, "job.yml": yaml });
  expect(issues).toEqual([]);
  checkDefinition(definition!);
  return { steps: definition!.steps as Record<string, Record<string, unknown>>, warnings };
}
const issuesOf = async (yaml: string) =>
  (await translate({ ...files, "job.yml": yaml })).issues.map(({ at, message }) => `${at} ${message}`);

describe("how a step is run may be an input of the pipeline", () => {
  it("by its value, its default, or not at all", async () => {
    const { steps } = await define(`
inputs: { who: ada, many: 4 }
jobs:
  a: { component: ./inner.yml, inputs: { name: "\${{parent.inputs.who}}" } }
  b: { component: ./inner.yml, inputs: { name: bob, machines: "\${{parent.inputs.many}}", seconds: 60 } }
  c:
    command: ls
    limits: { timeout: "\${{parent.inputs.many}}" }
`);
    expect(steps.a__fit).toMatchObject({
      distribution: { instanceCount: 2, processesPerInstance: 2 },
      environmentVariables: { WHO: "ada on 2" },
      timeoutSeconds: 604_800,
    });
    expect(steps.b__fit).toMatchObject({
      distribution: { instanceCount: 4, processesPerInstance: 4 },
      environmentVariables: { WHO: "bob on 4" },
      timeoutSeconds: 60,
    });
    expect(steps.c).toMatchObject({ timeoutSeconds: 4 });
  });

  it("not by what a step writes", async () => {
    const issues = await issuesOf(`
jobs:
  count: { command: ls, outputs: { n: { type: integer } } }
  a: { component: ./inner.yml, inputs: { name: x, machines: "\${{parent.jobs.count.outputs.n}}" } }
`);
    expect(issues).toContain(
      "inner.yml:12:34 how a step is run is settled when the job is submitted; ${{parent.inputs.machines}} is not known then",
    );
  });

  it("not by an input that there is not", async () => {
    expect(
      await issuesOf('inputs: { many: 4 }\njobs:\n  a: { command: ls, limits: { timeout: "${{parent.inputs.mny}}" } }'),
    ).toEqual([
      'job.yml:3:40 "timeout" must be a whole number from 1 to 2592000, but it is the text "${{parent.inputs.mny}}"',
    ]);
  });
});

describe("a text with values in it", () => {
  const use = (value: string) => `
inputs: { model: large, many: 4, on: true, rows: { type: uri_file, path: ./train.yml } }
jobs:
  count: { command: ls, outputs: { n: { type: integer } } }
  a: { component: ./train.yml, inputs: { label: "${value}" } }
`;
  const labelOf = async (value: string) =>
    ((await define(use(value))).steps.a!.inputs as Record<string, { binding: unknown }>).label!.binding;

  it("is put together when the step's turn comes", async () => {
    expect(await labelOf("${{parent.inputs.model}}-${{parent.jobs.count.outputs.n}}.v1")).toEqual({
      from: "text",
      parts: [
        { from: "input", input: "model" },
        { from: "literal", value: "-" },
        { from: "step", step: "count", output: "n" },
        { from: "literal", value: ".v1" },
      ],
    });
  });

  it("is a value in a pipeline that is given all of it", async () => {
    const { steps } = await define("jobs:\n  a: { component: ./inner.yml, inputs: { name: x } }");
    expect(steps.a__fit).toMatchObject({ inputs: { label: { binding: { from: "literal", value: "x/2" } } } });
  });

  it("is put together across pipelines", async () => {
    const { steps } = await define(`
inputs: { who: ada }
jobs:
  a: { component: ./inner.yml, inputs: { name: "Dr. \${{parent.inputs.who}}" } }
`);
    expect(steps.a__fit).toMatchObject({
      inputs: {
        label: {
          binding: {
            parts: [
              { from: "literal", value: "Dr. " },
              { from: "input", input: "who" },
              { from: "literal", value: "/" },
              { from: "literal", value: 2 },
            ],
          },
        },
      },
    });
  });

  it.each([
    ["files in it", "${{parent.inputs.rows}}/x", "only values can be part of a text, but this is a uri_file"],
    ["of nothing", "${{parent.inputs.modle}}-1", 'the pipeline has no input "modle"'],
    ["an optional group", "$[[a]]-1", "$[[a]] cannot be bound here"],
  ])("%s", async (_, value, message) => {
    expect(await issuesOf(use(value))).toEqual([`job.yml:5:49 ${message}`]);
  });
});

describe("an environment variable", () => {
  it("may name inputs and outputs of the step", async () => {
    const { steps } = await define("jobs:\n  a: { component: ./train.yml, inputs: { label: x } }");
    expect(steps.a).toMatchObject({ environmentVariables: { LABEL: "of ${{inputs.label}}" } });
  });
});

describe("files and folders", () => {
  it("are passed on as they are, with a warning", async () => {
    const { steps, warnings } = await define(`
outputs: { all: { type: uri_file } }
jobs:
  a: { component: ./train.yml, inputs: { label: x }, outputs: { model: "\${{parent.outputs.all}}" } }
  b: { component: { type: command, inputs: { f: { type: uri_file } }, command: "cat \${{inputs.f}}" }, inputs: { f: "\${{parent.jobs.a.outputs.model}}" } }
  c: { component: ./train.yml, inputs: { label: x }, outputs: { model: { type: uri_file } } }
`);
    expect(steps.c).toMatchObject({ outputs: { model: { type: "uri_folder" } } });
    expect(steps.a).toMatchObject({ outputs: { model: { type: "uri_folder" } } });
    expect(warnings.map(({ message }) => message)).toEqual([
      'the output "model" is uri_folder, but the pipeline\'s "all" is uri_file: it is what the step writes',
      'the input "f" takes uri_file, but the output "model" of step "a" is uri_folder: it is passed on as it is',
      'the output "model" of train.yml is uri_folder, not uri_file: it stays what the component writes',
    ]);
  });

  it("an output that no step writes is warned about, and nothing can be bound to it", async () => {
    const { warnings } = await define("jobs:\n  a: { component: ./inner.yml, inputs: { name: x } }");
    expect(warnings.map(({ message }) => message)).toEqual([
      'no step writes the pipeline\'s output "never": it stays empty',
    ]);
    expect(
      await issuesOf(`
jobs:
  a: { component: ./inner.yml, inputs: { name: x } }
  b: { command: ls, inputs: { i: "\${{parent.jobs.a.outputs.never}}" } }
`),
    ).toEqual(['job.yml:4:34 the step "a" has no output "never"']);
  });
});
