import type { BuildDefinition, ScriptStep } from "../../compat/azurepipelines/index.ts";
import { quoted } from "../../platform/process/quoted.ts";

/** What the command leaves in its output `results`, beside the folder `tests` with JUnit files. */
export interface Outcome {
  exitCode: number;
  /** Number of the script that ended last, from 1. */
  step: number;
}

/**
 * The command of a build's one step. Scripts run one after the other, each by a bash of its own, until one fails.
 * The command itself ends well: test results are wanted most when tests fail.
 */
export function commandOf(definition: BuildDefinition): string {
  return [
    'export BUILD_SOURCESDIRECTORY="$PWD" SYSTEM_DEFAULTWORKINGDIRECTORY="$PWD"',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the reference to the output
    'results="${{outputs.results}}"',
    ...Object.entries(definition.variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
    "code=0 step=0",
    ...definition.steps.map(runStep),
    collect(definition.testResults),
    `printf '{"exitCode":%d,"step":%d}' "$code" "$step" > "$results/outcome.json"`,
  ].join("\n");
}

function runStep(step: ScriptStep, index: number): string {
  const folder = step.workingDirectory ? `/${quoted(step.workingDirectory)}` : "";
  const exports = Object.entries(step.env).map(([name, value]) => ` && export ${name}=${quoted(value)}`);
  return [
    'if [ "$code" = 0 ]; then',
    `  step=${index + 1}`,
    `  echo ${quoted(`== ${step.displayName}`)}`,
    `  ( cd "$BUILD_SOURCESDIRECTORY"${folder}${exports.join("")} && exec bash -e -c ${quoted(step.script)} ) || code=$?`,
    "fi",
  ].join("\n");
}

/** Patterns were let through by the reader of the file only if they can be nothing but patterns. */
const collect = (patterns: string[]): string =>
  [
    'cd "$BUILD_SOURCESDIRECTORY"',
    'mkdir -p "$results/tests"',
    "shopt -s globstar nullglob",
    "number=0",
    `for file in ${patterns.join(" ")}; do`,
    '  if [ -f "$file" ]; then number=$((number + 1)); cp -- "$file" "$results/tests/$number.xml"; fi',
    "done",
  ].join("\n");
