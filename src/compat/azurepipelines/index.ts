import type { Issue } from "../../contract/errors.ts";
import { describe, parseYaml } from "../azureml/document.ts";
import { ignored, type Reader, raw, readFields } from "../azureml/fields.ts";
import { Issues } from "../azureml/issues.ts";
import type { BuildDefinition } from "./definition.ts";
import { environmentName, expand } from "./macros.ts";
import { insidePath } from "./patterns.ts";
import { readSteps } from "./steps.ts";
import { readVariables } from "./variables.ts";

export type { BuildDefinition, ScriptStep } from "./definition.ts";

const notYet =
  (what: string): Reader<undefined> =>
  (node, _field, issues) => {
    issues.add(node.at, `not supported yet: ${what}`, "A build is one list of steps at the top of the file.");
    return undefined;
  };

/** When it starts and where it runs: a build starts when it is asked for, on the agents that there are. */
const shape = {
  name: ignored,
  trigger: ignored,
  pr: ignored,
  schedules: ignored,
  pool: ignored,
  variables: raw,
  steps: raw,
  jobs: notYet("jobs"),
  stages: notYet("stages"),
  extends: notYet("templates"),
  template: notYet("templates"),
  parameters: notYet("parameters"),
  resources: notYet("resources"),
  container: notYet("containers"),
  services: notYet("services"),
  strategy: notYet("strategies"),
  lockBehavior: ignored,
  appendCommitMessageToRunName: ignored,
};

/**
 * Reads an Azure Pipelines file of the simple form: `variables` and `steps`. The variable `environment` is
 * Trainyard's own: the path, in the code tree, of a conda file that says what the scripts run in. Every finding is
 * collected; with any of them there is no definition.
 */
export function parsePipeline(text: string, file: string): { definition: BuildDefinition | null; issues: Issue[] } {
  const issues = new Issues();
  const definition = read(text, file, issues);
  return issues.any || !definition ? { definition: null, issues: issues.list() } : { definition, issues: [] };
}

function read(text: string, file: string, issues: Issues): BuildDefinition | undefined {
  const root = parseYaml(text, file, issues);
  if (!root) return undefined;
  if (root.kind !== "map") {
    issues.add(root.at, `a pipeline must be a mapping, but it is ${describe(root)}`);
    return undefined;
  }
  const before = issues.list().length;
  const top = readFields(root, "a pipeline", shape, issues);
  if (!top.steps) {
    if (issues.list().length === before) issues.add(root.at, 'a pipeline needs the field "steps"');
    return undefined;
  }
  const written = top.variables ? readVariables(top.variables, issues) : new Map();
  const values = new Map<string, string>([...written].map(([name, { value }]) => [name, value]));
  // A variable may name others, one level deep.
  const variables = new Map([...written].map(([name, value]) => [name, expand(value, values, issues, undefined)]));
  const { scripts, testResults } = readSteps(top.steps, variables, issues);
  if (scripts.length === 0 && !issues.any) issues.add(top.steps.at, "there is no script step: nothing would run");
  const environment = written.get("environment");
  return {
    environment: environment
      ? insidePath(variables.get("environment")!, "the conda file", environment.at, issues) || null
      : null,
    variables: Object.fromEntries([...variables].map(([name, value]) => [environmentName(name), value])),
    steps: scripts,
    testResults: [...new Set(testResults)],
  };
}
