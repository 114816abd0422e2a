import { didYouMean } from "../../contract/suggest.ts";
import { describe, type MapNode, type Node } from "../azureml/document.ts";
import { boolean, type Fields, fields, ignored, readFields, refused, text, textByName } from "../azureml/fields.ts";
import type { At, Issues, Located } from "../azureml/issues.ts";
import type { ScriptStep } from "./definition.ts";
import { expand } from "./macros.ts";
import { insidePath, readPatterns } from "./patterns.ts";

export interface Steps {
  scripts: ScriptStep[];
  testResults: string[];
}

const common = {
  displayName: text,
  name: ignored,
  continueOnError: boolean,
  condition: text,
  enabled: boolean,
  timeoutInMinutes: refused("a timeout of a single step is"),
  retryCountOnTaskFailure: refused("retrying a single step is"),
  target: refused("a step target is"),
};
const scriptShape = {
  ...common,
  script: text,
  bash: text,
  workingDirectory: text,
  env: textByName,
  failOnStderr: boolean,
};
const publishShape = {
  ...common,
  task: text,
  inputs: fields("the inputs of PublishTestResults@2", {
    testResultsFormat: text,
    testResultsFiles: text,
    testRunTitle: ignored,
    mergeTestResults: ignored,
    publishRunAttachments: ignored,
    failTaskOnFailedTests: ignored,
    searchFolder: text,
  }),
};

const forms = ["script", "bash", "task", "checkout"];
const otherForms: Record<string, string> = {
  template: "templates",
  powershell: "PowerShell steps",
  pwsh: "PowerShell steps",
  download: "downloading artifacts",
  publish: "publishing artifacts",
  getPackage: "getting packages",
  reviewApp: "review apps",
};
const always = /^(always|succeededOrFailed)\(\)$/;

/** The steps of a job, in their order. */
export function readSteps(node: Node, variables: ReadonlyMap<string, string>, issues: Issues): Steps {
  const steps: Steps = { scripts: [], testResults: [] };
  if (node.kind !== "list") {
    issues.add(node.at, `"steps" must be a list, but it is ${describe(node)}`);
    return steps;
  }
  for (const item of node.items) {
    if (item.kind === "map") readStep(item, variables, steps, issues);
    else issues.add(item.at, `a step must be a mapping, but it is ${describe(item)}`);
  }
  return steps;
}

function readStep(node: MapNode, variables: ReadonlyMap<string, string>, steps: Steps, issues: Issues): void {
  const names = [...node.entries.keys()];
  const form = names.find((name) => forms.includes(name));
  if (form === "script" || form === "bash") return readScript(node, form, variables, steps, issues);
  if (form === "task") return readTask(node, steps, issues);
  if (form === "checkout") return readCheckout(node, issues);
  const other = names.find((name) => Object.hasOwn(otherForms, name) || name.startsWith("${{"));
  if (other !== undefined) {
    const what = otherForms[other] ?? "template expressions";
    issues.add(node.entries.get(other)!.at, `not supported yet: ${what}`, `A step is one of ${forms.join(", ")}.`);
    return;
  }
  const hint = names.map((name) => didYouMean(name, forms)).find((found) => found?.startsWith("Did"));
  issues.add(node.at, `a step needs one of ${forms.join(", ")}`, hint);
}

function readScript(
  node: MapNode,
  form: "script" | "bash",
  variables: ReadonlyMap<string, string>,
  steps: Steps,
  issues: Issues,
): void {
  const read = readFields(node, `a ${form} step`, scriptShape, issues, [form]);
  if (!isWanted(read, issues, /^succeeded\(\)$/)) return;
  if (read.failOnStderr?.value) issues.add(read.failOnStderr.at, "not supported yet: failOnStderr");
  const script = read[form];
  if (!script) return;
  const env = [...(read.env ?? [])].map(([name, value]) => [name, expand(value, variables, issues, undefined)]);
  for (const [name, value] of read.env ?? []) {
    if (!/^[A-Za-z_]\w*$/.test(name)) issues.add(value.at, `"${name}" is not a name of an environment variable`);
  }
  steps.scripts.push({
    displayName: read.displayName ? expand(read.displayName, variables, issues, "") : firstLine(script.value),
    script: expand(script, variables, issues),
    workingDirectory: folderOf(read.workingDirectory, variables, issues),
    env: Object.fromEntries(env),
  });
}

function folderOf(written: Located<string> | undefined, variables: ReadonlyMap<string, string>, issues: Issues) {
  if (!written) return "";
  const path = expand(written, variables, issues, ".");
  return insidePath(path, "the folder", written.at, issues) ?? "";
}

function readTask(node: MapNode, steps: Steps, issues: Issues): void {
  const task = node.entries.get("task")!;
  const name = task.node.kind === "scalar" ? task.node.text : "";
  if (name !== "PublishTestResults@2") {
    const hint = /^publishtestresults/i.test(name) ? "Did you mean PublishTestResults@2?" : useScript;
    issues.add(task.node.at, `not supported yet: the task ${name || describe(task.node)}`, hint);
    return;
  }
  const read = readFields(node, "a task step", publishShape, issues);
  if (!isWanted(read, issues, /^(succeeded|always|succeededOrFailed)\(\)$/)) return;
  const { testResultsFormat: format, testResultsFiles: files, searchFolder } = read.inputs ?? {};
  if (format && format.value !== "JUnit") {
    issues.add(format.at, `not supported yet: test results in the format ${format.value}`, "Write JUnit files.");
  }
  if (searchFolder && !/^\$\((System\.DefaultWorkingDirectory|Build\.SourcesDirectory)\)$/.test(searchFolder.value)) {
    issues.add(searchFolder.at, "not supported yet: searchFolder", "Write the folder into testResultsFiles.");
  }
  steps.testResults.push(...readPatterns(files?.value ?? "**/TEST-*.xml", files?.at ?? node.at, issues));
}

const useScript = "Use a script step; the only task is PublishTestResults@2.";

function readCheckout(node: MapNode, issues: Issues): void {
  const { node: what } = node.entries.get("checkout")!;
  if (what.kind === "scalar" && what.text === "self") return;
  issues.add(what.at, "not supported yet: checking out anything but self", "The code of a build is its own tree.");
}

/** Is the step to run? Conditions that would change when are refused. */
function isWanted(read: Fields<typeof common>, issues: Issues, conditions: RegExp): boolean {
  const { condition, continueOnError, enabled } = read;
  if (continueOnError?.value) refuse(continueOnError.at, "continueOnError");
  if (condition && !conditions.test(condition.value.replaceAll(/\s/g, ""))) {
    refuse(condition.at, `the condition ${condition.value}${always.test(condition.value) ? " of a script" : ""}`);
  }
  return enabled?.value !== false;

  function refuse(at: At, what: string): void {
    issues.add(at, `not supported yet: ${what}`, "A step runs when all steps before it succeeded.");
  }
}

const firstLine = (script: string): string => script.trim().split("\n")[0]!.slice(0, 80);
