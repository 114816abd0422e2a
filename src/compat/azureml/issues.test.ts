// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { describe, expect, it } from "vitest";
import { translate } from "./testing.ts";

const component = `
type: command
name: train
inputs:
  data: { type: uri_folder }
  depth: { type: integer, min: 1, max: 9, default: 3 }
  extra: { type: string, optional: true }
outputs:
  model: { type: mlflow_model }
  report: { type: uri_file }
command: run \${{inputs.data}} \${{inputs.depth}} $[[\${{inputs.extra}}]] \${{outputs.model}} \${{outputs.report}}
`;
const files = { "parts/train.yml": component, "data/a.csv": "1", "data/b.csv": "2", "src/main.py": "" };

/** Each case: what it shows, the job file, and the place and beginning of every issue that it must have. */
type Case = [name: string, yaml: string, ...issues: string[]];

async function check(yaml: string, expected: string[]): Promise<void> {
  const { definition, issues } = await translate({ ...files, "job.yml": yaml });
  const printed = issues.map((issue) => `${issue.at} ${issue.message}${issue.hint ? ` → ${issue.hint}` : ""}`);
  expect(definition).toBeNull();
  for (const text of expected)
    expect(
      printed.filter((line) => line.startsWith(text)),
      printed.join("\n"),
    ).toHaveLength(1);
  expect(printed, printed.join("\n")).toHaveLength(expected.length);
}

describe("text that is not usable YAML", () => {
  const bomb = Array.from({ length: 12 }, (_, i) =>
    i === 0 ? "a0: &a0 [x, x, x, x, x, x, x, x, x, x]" : `a${i}: &a${i} [${`*a${i - 1}, `.repeat(10)}]`,
  ).join("\n");
  it.each<Case>([
    ["a tab", "command: ls\ninputs:\n\tx: 1", "job.yml:3:1 a tab cannot be used as indentation"],
    ["a duplicate key", "command: ls\ncommand: pwd", "job.yml:2:1 this key is already there"],
    ["two documents", "command: ls\n---\ncommand: pwd", "job.yml:2:1 the file holds more than one document"],
    ["an open bracket", "command: [ls", "job.yml:1:13 this is not valid YAML"],
    ["an unknown alias", "command: *nothing", 'job.yml:1:10 there is no anchor "&nothing"'],
    ["a list", "- command: ls", "job.yml:1:1 a job must be a mapping"],
    ["nothing", "", "job.yml:1:1 a job must be a mapping"],
  ])("%s", (_, yaml, ...issues) => check(yaml, issues));

  it("an alias bomb", async () => {
    const { issues } = await translate({ "job.yml": bomb });
    expect(issues[0]!.message).toContain("expand to more than");
  });

  it("an alias inside of what it names", async () => {
    const { issues } = await translate({ "job.yml": "a: &a { b: *a }" });
    expect(issues[0]!.message).toContain("nested deeper than");
  });

  it("very deep nesting", async () => {
    const { issues } = await translate({ "job.yml": "[".repeat(20_000) });
    expect(issues.length).toBeGreaterThan(0);
  });

  it("a file that is not there", async () => {
    const { issues } = await translate({ "job.yml": "command: ls" }, {}, "jbo.yml");
    expect(issues).toEqual([{ at: "jbo.yml:1:1", message: "there is no such file among the uploaded ones" }]);
  });
});

describe("fields", () => {
  it.each<Case>([
    [
      "unknown",
      "comand: ls",
      'job.yml:1:1 unknown field "comand" in a command job → Did you mean "command"?',
      'job.yml:1:1 a command job needs the field "command"',
    ],
    [
      "with a value that no job takes",
      "command: ls\ndisplay_name: x\nname: my job",
      "job.yml:3:7 name: a name has 1 to 255 letters, digits, '_', '.' or '-' and starts with a letter or digit",
    ],
    [
      "of the wrong type",
      "command: [ls]\ntags: x",
      'job.yml:1:10 "command" must be a single value, but it is a list',
      'job.yml:2:7 "tags" must be a mapping',
    ],
    ["out of range", "command: ls\nlimits: { timeout: -1 }", 'job.yml:2:20 "timeout" must be a whole number from 1'],
    [
      "not a boolean",
      "settings: { force_rerun: maybe }\njobs: { a: { command: ls } }",
      'job.yml:1:26 "force_rerun" must be true or false',
    ],
    [
      "not a mode",
      "command: ls ${{outputs.o}}\noutputs: { o: { mode: mout } }",
      'job.yml:2:23 "mode" must be one of ro_mount, rw_mount, mount, download, upload, direct, eval_mount, eval_download, link, but it is the text "mout" → Did you mean "mount"?',
    ],
    ["of a step without command", "jobs:\n  a: { code: ./src }", 'job.yml:2:6 the step "a" needs the field "command"'],
    ["of a pipeline without steps", "type: pipeline", 'job.yml:1:1 a pipeline job needs steps under "jobs"'],
    [
      "that belong to the component",
      "jobs:\n  a:\n    component: ./parts/train.yml\n    command: ls\n    inputs: { data: ./data }",
      'job.yml:4:5 "command" belongs to the component',
    ],
    [
      "variable names",
      "command: ls\nenvironment_variables: { A-B: 1 }",
      'job.yml:2:31 "A-B" cannot be the name of an environment variable',
    ],
    [
      "half secrets",
      "command: ls\nenvironment_variables: { A: 'pw=${{secrets.db}}' }",
      "job.yml:2:29 a secret must be the whole value of a variable",
    ],
    [
      "secrets in variables of others",
      "command: ls\nenvironment_variables: { HTTPS_PROXY: '${{secrets.db}}' }",
      'job.yml:2:39 "HTTPS_PROXY" cannot be given the secret "db"',
    ],
  ])("%s", (_, yaml, ...issues) => check(yaml, issues));

  it("collects everything, in the order of the lines", async () => {
    const yaml =
      "jobs:\n  a:\n    comand: ls\n    inputs: { x: [1] }\n  9z: { command: ls }\n  b: { type: commando, command: ls }";
    const { issues } = await translate({ "job.yml": yaml });
    expect(issues.map((issue) => issue.at)).toEqual([
      "job.yml:3:5",
      "job.yml:3:5",
      "job.yml:4:18",
      "job.yml:5:3",
      "job.yml:6:14",
    ]);
  });
});

describe("what is not supported yet is refused by name", () => {
  it.each<Case>([
    ["AutoML", "jobs: { a: { type: automl } }", "job.yml:1:20 AutoML steps are not supported yet"],
    ["do_while", "jobs: { a: { type: do_while } }", "job.yml:1:20 do_while steps are not supported yet"],
    [
      "prompt flow",
      "$schema: https://x/promptflow/latest/Flow.schema.json",
      "job.yml:1:1 prompt flow is not supported yet",
    ],
    [
      "fine-tuning",
      "type: finetuning\ntask: x\ntraining_data: y",
      "job.yml:1:7 fine-tuning jobs are not supported yet",
    ],
    ["unknown type", "type: comand", 'job.yml:1:7 there is no job of type "comand" → Did you mean "command"?'],
    [
      "unknown type of a step",
      "jobs: { a: { type: zzzzzzzz } }",
      'job.yml:1:20 there is no step of type "zzzzzzzz" → A step is one of: command, ',
    ],
    [
      "component file",
      "$schema: https://x/commandComponent.schema.json",
      "job.yml:1:1 this file is a command component, not a job",
    ],
    ["workflow of another tool", "on: push\njobs: {}", "job.yml:1:1 this file is a GitHub Actions workflow"],
    [
      "several machines",
      "command: ls\nresources: { instance_count: 2 }",
      "job.yml:2:30 nothing says how the command is started on 2 machines",
    ],
    ["Ray", "command: ls\ndistribution: { type: ray }", "job.yml:2:23 Ray as the distribution"],
    [
      "git code over SSH",
      "command: ls\ncode: git@github.com:a/b.git",
      "job.yml:2:7 a git URL that is not https as code is not supported yet → Write it as git+https",
    ],
    [
      "registered code",
      "command: ls\ncode: azureml:code:1",
      "job.yml:2:7 a registered code asset as code is not supported yet",
    ],
    [
      "registered component",
      "jobs: { a: { component: 'azureml:c@latest' } }",
      'job.yml:1:25 there is no component "c" in this workspace → Register it',
    ],
    [
      "output place",
      "command: ls\noutputs: { x: { path: ./here } }",
      'job.yml:2:23 a place of its own for the output "x"',
    ],
    [
      "variable expression",
      "command: ls\nenvironment_variables: { A: '${{inputs.x}}' }",
      'job.yml:2:30 "x" is not an input of a command job',
    ],
  ])("%s", (_, yaml, ...issues) => check(yaml, issues));

  it("a refused step does not make others wrong", () =>
    check(
      "outputs: { o: }\njobs:\n  s: { type: automl }\n  a:\n    command: cat ${{inputs.m}}\n    inputs: { m: '${{parent.jobs.s.outputs.best}}' }",
      ["job.yml:3:14 AutoML steps are not supported yet"],
    ));
});

describe("paths", () => {
  const input = (path: string, type = "uri_file") =>
    `command: cat \${{inputs.x}}\ninputs: { x: { type: ${type}, path: "${path}" } }`;
  it.each<Case>([
    ["outside", input("../secret.csv"), 'job.yml:2:38 the path "../secret.csv" is outside of the uploaded files'],
    ["absolute", input("/etc/passwd"), 'job.yml:2:38 the path "/etc/passwd" is outside'],
    ["home", input("~/x"), 'job.yml:2:38 the path "~/x" is outside'],
    [
      "missing",
      input("./data/c.csv"),
      'job.yml:2:38 the path "./data/c.csv" is not there (looked for "data/c.csv") → Did you mean "a.csv"?',
    ],
    [
      "a folder for a file",
      input("data"),
      'job.yml:2:38 "data" is a folder, but the input is of type uri_file → Did you mean "uri_folder"?',
    ],
    ["a file for a folder", input("data/a.csv", "uri_folder"), 'job.yml:2:40 "data/a.csv" is a file'],
    ["a bad reference", input("azureml:a b"), 'job.yml:2:38 "azureml:a b" is not a reference to an asset'],
    [
      "code",
      "command: ls\ncode: ./scr",
      'job.yml:2:7 the code folder "./scr" is not there (looked for "scr") → Did you mean "src"?',
    ],
    [
      "component",
      "jobs: { a: { component: ./parts/tain.yml } }",
      'job.yml:1:25 the component file "./parts/tain.yml" is not there (looked for "parts/tain.yml") → Did you mean "train.yml"?',
    ],
    [
      "conda file",
      "command: ls\nenvironment: { conda_file: ./env.yml }",
      'job.yml:2:28 the conda file "./env.yml" is not there',
    ],
  ])("%s", (_, yaml, ...issues) => check(yaml, issues));
});

describe("environments", () => {
  it.each<Case>([
    [
      "unknown",
      "command: ls\nenvironment: azureml:nope:2",
      'job.yml:2:14 there is no environment "nope" version 2 in this workspace → `trainyard environment list`',
    ],
    [
      "of a registry",
      "command: ls\nenvironment: azureml://registries/azureml/environments/sk/labels/latest",
      'job.yml:2:14 there is no environment "sk" in this workspace (the registry "azureml"',
    ],
    [
      "empty",
      "command: ls\nenvironment: { os_type: linux }",
      "job.yml:2:14 an environment needs image, conda_file, both, or build",
    ],
    [
      "a conda file instead",
      "command: ls\nenvironment: { dependencies: [pip] }",
      "job.yml:2:14 this is a conda file, not an environment",
    ],
    ["a bare name", "command: ls\nenvironment: sklearn", 'job.yml:2:14 "sklearn" is not a reference to an environment'],
    [
      "a label",
      "command: ls\nenvironment: azureml:e@prod",
      'job.yml:2:14 environments have versions and "latest", but no label "prod"',
    ],
  ])("%s", (_, yaml, ...issues) => check(yaml, issues));
});

describe("commands", () => {
  it.each<Case>([
    [
      "an unknown input",
      "command: >-\n  python x\n  --a ${{inputs.alhpa}} ${{inputs.alpha}}\ninputs: { alpha: 1 }",
      'job.yml:3:7 "alhpa" is not an input of a command job → Did you mean "alpha"?',
    ],
    ["an unknown output", "command: ls ${{outputs.o}}", 'job.yml:1:13 "o" is not an output of a command job'],
    [
      "a field",
      "command: ls ${{inputs.a.size}}\ninputs: { a: 1 }",
      "job.yml:1:13 ${{inputs.a.size}} names a field that inputs do not have",
    ],
    [
      "a sweep parameter",
      "command: ls ${{search_space.lr}}",
      'job.yml:1:13 "lr" is not a parameter of the search space → Only the trial of a sweep has one.',
    ],
    [
      "the parent",
      "command: ls ${{parent.inputs.a}}",
      "job.yml:1:13 ${{parent.inputs.a}} is not available in a command",
    ],
    ["an open expression", "command: ls ${{inputs.a", 'job.yml:1:13 "${{" is never closed'],
    [
      "an optional input outside of a group",
      "command: ls ${{inputs.a}}\ninputs: { a: { type: number, optional: true } }",
      'job.yml:1:13 the optional input "a" is used outside of an optional group → Write $[[--a ${{inputs.a}}]]',
    ],
    [
      "the second of two",
      "command: ls ${{inputs.a}} $[[${{inputs.a}}]] ${{inputs.b}} ${{inputs.b}}\ninputs: { a: 1 }",
      'job.yml:1:46 "b" is not',
      'job.yml:1:60 "b" is not',
    ],
  ])("%s", (_, yaml, ...issues) => check(yaml, issues));
});

describe("inputs of a component", () => {
  const step = (inputs: string, top = "") =>
    `${top}jobs:\n  a:\n    component: ./parts/train.yml\n    inputs: { ${inputs} }\n`;
  it.each<Case>([
    [
      "missing",
      step("depth: 2"),
      'job.yml:2:3 the required input "data" of train.yml (uri_folder) has no value → Give it one under "inputs", or set jobs.a.inputs.data=….',
    ],
    ["unknown", step("data: ./data, dept: 2"), 'job.yml:4:29 train.yml has no input "dept" → Did you mean "depth"?'],
    [
      "not of the type",
      step("data: ./data, depth: deep"),
      'job.yml:4:36 the input "depth" must be an integer, but it is the text "deep"',
    ],
    [
      "not whole",
      step("data: ./data, depth: 2.5"),
      'job.yml:4:36 the input "depth" must be an integer, but it is the number 2.5',
    ],
    [
      "another number than was written",
      step("data: ./data, depth: 9007199254740993"),
      'job.yml:4:36 the input "depth" must be an integer, but it is the number 9007199254740993 → A whole number beyond 9007199254740991 would become another one.',
    ],
    ["too large", step("data: ./data, depth: 10"), 'job.yml:4:36 the input "depth" must be at most 9'],
    [
      "too large by way of the pipeline",
      step("data: ./data, depth: '${{parent.inputs.d}}'", "inputs: { d: 10 }\n"),
      'job.yml:5:36 the input "depth" must be at most 9',
    ],
    [
      "data for a number",
      step("data: ./data, depth: { type: uri_file, path: ./data/a.csv }"),
      'job.yml:4:60 the input "depth" takes integer, but it is given uri_file',
    ],
    [
      "a number for data",
      step("data: '${{parent.inputs.d}}'", "inputs: { d: 10 }\n"),
      'job.yml:5:21 the input "data" takes uri_folder, but the pipeline\'s "d" is integer → Declare it as d: { type: uri_folder, path: … }.',
    ],
    [
      "no such pipeline input",
      step("data: '${{parent.inputs.dat}}'", "inputs: { data: ./data }\n"),
      'job.yml:5:21 the pipeline has no input "dat" → Did you mean "data"?',
    ],
    ["no such step", step("data: '${{parent.jobs.b.outputs.o}}'"), 'job.yml:4:21 there is no step "b"'],
    [
      "mixed with text",
      step("data: '${{parent.inputs.d}}/sub'", "inputs: { d: { path: ./data } }\n"),
      'job.yml:5:21 the input "data" takes uri_folder, but it is given text with a value in it',
    ],
    [
      "without parent",
      step("data: '${{inputs.d}}'", "inputs: { d: { path: ./data } }\n"),
      "job.yml:5:21 ${{inputs.d}} cannot be bound here → Write ${{parent.inputs.d}}.",
    ],
    [
      "optional where required",
      step("data: '${{parent.inputs.d}}'", "inputs: { d: { type: uri_folder, optional: true } }\n"),
      'job.yml:5:21 the pipeline\'s input "d" is optional and has no value, but "data" is required → Set it: inputs.d=….',
    ],
    [
      "a pipeline input without value",
      step("data: '${{parent.inputs.d}}'", "inputs: { d: { type: uri_folder } }\n"),
      'job.yml:1:11 the required input "d" (uri_folder) has no value → Give it one under "inputs", or set inputs.d=….',
    ],
    ["a bad name", "command: ls\ninputs: { a-b: 1 }", 'job.yml:2:11 "a-b" cannot be the name of an input'],
    [
      "a group",
      "command: ls\ninputs: { a.b: 1 }",
      'job.yml:2:11 "a.b" cannot be the name of an input → Give each input a name of its own.',
    ],
    [
      "an unknown type",
      "command: ls\ninputs: { a: { type: float, value: 1 } }",
      'job.yml:2:22 there is no type "float" → Did you mean "number"?',
    ],
  ])("%s", (_, yaml, ...issues) => check(yaml, issues));
});

describe("outputs and edges", () => {
  const two = (first: string, second: string, top = "") =>
    `${top}jobs:\n  a:\n    component: ./parts/train.yml\n    inputs: { data: ./data }\n    outputs: { ${first} }\n  b:\n    command: cat \${{inputs.m}}\n    inputs: { ${second} }\n`;
  it.each<Case>([
    [
      "no such output",
      two("", "m: '${{parent.jobs.a.outputs.modl}}'"),
      'job.yml:8:18 the step "a" has no output "modl" → Did you mean "model"?',
    ],
    [
      "undeclared by the component",
      two("modle: ", "m: 1"),
      'job.yml:5:16 train.yml has no output "modle" → Did you mean "model"?',
    ],
    [
      "no such pipeline output",
      two("model: '${{parent.outputs.modl}}'", "m: 1", "outputs: { model: }\n"),
      'job.yml:6:23 the pipeline has no output "modl" → Did you mean "model"?',
    ],
    [
      "written twice",
      two("model: '${{parent.outputs.o}}', report: '${{parent.outputs.o}}'", "m: 1", "outputs: { o: }\n"),
      'job.yml:6:56 the step "a" already writes the pipeline\'s output "o"',
    ],
    [
      "file for folder",
      two("model: { type: uri_file }", "m: 1"),
      'job.yml:5:31 the output "model" of train.yml is mlflow_model, not uri_file',
    ],
    ["version without name", two("model: { version: 1 }", "m: 1"), 'job.yml:5:34 "version" needs "name"'],
    ["a bad name", two("model: { name: a/b }", "m: 1"), 'job.yml:5:31 "a/b" cannot be the name of an asset'],
    [
      "a version of a model that is no number",
      "type: command\ncommand: ls\noutputs: { o: { type: mlflow_model, name: m, version: v1 } }",
      'job.yml:3:55 "v1" cannot be the version of a model: versions of models are whole numbers → Leave it out for the next number.',
    ],
    [
      "registered twice",
      two("model: { name: x, path: '${{parent.outputs.o}}' }", "m: 1", "outputs: { o: { name: y } }\n"),
      'job.yml:1:23 the output "o" is already registered by its step as "x"',
    ],
    [
      "bound to an input",
      two("model: '${{parent.inputs.x}}'", "m: 1"),
      'job.yml:5:23 the output "model" cannot be bound to an input',
    ],
  ])("%s", (_, yaml, ...issues) => check(yaml, issues));

  it("a cycle is printed", () => {
    const step = (from: string) =>
      `{ command: 'x \${{inputs.i}} \${{outputs.o}}', inputs: { i: '\${{parent.jobs.${from}.outputs.o}}' }, outputs: { o: } }`;
    return check(`jobs:\n  z: { command: ls }\n  a: ${step("b")}\n  b: ${step("c")}\n  c: ${step("a")}\n`, [
      "job.yml:3:3 the steps need each other in a circle: a needs b needs c needs a",
    ]);
  });

  it("a step that needs itself", () =>
    check(
      "jobs:\n  a: { command: 'x ${{inputs.i}} ${{outputs.o}}', inputs: { i: '${{parent.jobs.a.outputs.o}}' }, outputs: { o: } }",
      ["job.yml:2:3 the steps need each other in a circle: a needs a"],
    ));
});

describe("issues in a component point into its file", () => {
  it.each([
    ["no type", "command: ls\ninputs: { x: { default: 1 } }", 'parts/c.yml:2:14 the input "x" needs the field "type"'],
    ["a value", "command: ls\ninputs: { x: 1 }", 'parts/c.yml:2:14 the input "x" of a component must be a mapping'],
    [
      "a bad default",
      "command: ls\ninputs: { x: { type: integer, default: a } }",
      'parts/c.yml:2:40 the input "x" must be an integer',
    ],
    [
      "a bad enum",
      "command: ls\ninputs: { x: { type: integer, enum: [a] } }",
      'parts/c.yml:2:38 "enum" of "x" has the text "a"',
    ],
    [
      "crossed limits",
      "command: ls\ninputs: { x: { type: integer, default: 3, min: 5, max: 4 } }",
      'parts/c.yml:2:11 the input "x" allows nothing',
    ],
    [
      "limits of text",
      "command: ls\ninputs: { x: { type: string, default: a, min: 5 } }",
      'parts/c.yml:2:47 "min" needs a number',
    ],
    ["code outside", "command: ls\ncode: ../../x", 'parts/c.yml:2:7 the code folder "../../x" is outside'],
    ["a pipeline", "type: pipeline", 'parts/c.yml:1:1 a pipeline component needs the field "jobs"'],
  ])("%s", async (_, yaml, expected) => {
    const job = "jobs: { a: { component: ./parts/c.yml }, b: { component: ./parts/c.yml } }";
    const { issues } = await translate({ "parts/c.yml": yaml, "job.yml": job });
    const printed = issues.map((issue) => `${issue.at} ${issue.message}`);
    expect(
      printed.filter((line) => line.startsWith(expected)),
      printed.join("\n"),
    ).toHaveLength(1);
  });
});
