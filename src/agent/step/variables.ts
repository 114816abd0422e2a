import { join } from "node:path";
import type { StepPayload } from "../../contract/agent.ts";
import { type CommandValues, fillText } from "../../contract/command.ts";
import { variableName } from "../../contract/job-definition.ts";
import type { Agent, Work } from "../agent.ts";
import { StepFailed } from "../failure.ts";
import { toolsFolder } from "../tools.ts";

/** What a step finds in its environment: nothing of the server's, the way to tracking, and what the job set. */
export function stepEnvironment(
  agent: Agent,
  { claim }: Work,
  payload: StepPayload,
  place: { temporary: string; home: string; environment: string | null; values: CommandValues },
): Record<string, string> {
  const path = `${toolsFolder(agent.home)}:${process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin"}`;
  return {
    PATH: [
      join(place.temporary, "site", "bin"),
      ...(place.environment ? [join(place.environment, "bin")] : []),
      path,
    ].join(":"),
    ...(place.environment ? { VIRTUAL_ENV: place.environment } : {}),
    HOME: place.home,
    LANG: "C.UTF-8",
    TMPDIR: place.temporary,
    PYTHONUNBUFFERED: "1",
    MPLBACKEND: "agg",
    MLFLOW_TRACKING_URI: `${agent.controlUrl}/w/${claim.workspace}`,
    MLFLOW_TRACKING_TOKEN: claim.token,
    MLFLOW_RUN_ID: payload.runId,
    MLFLOW_EXPERIMENT_NAME: payload.experiment,
    MLFLOW_DISABLE_TELEMETRY: "true",
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT: "true",
    AZUREML_RUN_ID: payload.runId,
    AZUREML_ROOT_RUN_ID: payload.runId,
    AZUREML_EXPERIMENT_NAME: payload.experiment,
    AZUREML_ARM_PROJECT_NAME: payload.experiment,
    AZUREML_ARM_WORKSPACE_NAME: claim.workspace,
    AZUREML_MODEL_DIR: join(place.temporary, "..", "inputs"),
    AZUREML_CR_NODE_RANK: "0",
    AZ_BATCHAI_JOB_NAME: payload.job,
    // A command that installs packages does so for itself: the environment belongs to other steps too.
    PIP_TARGET: join(place.temporary, "site"),
    PYTHONPATH: join(place.temporary, "site"),
    JUPYTER_PATH: join(place.temporary, "site", "share", "jupyter"),
    TRAINYARD_URL: agent.controlUrl,
    TRAINYARD_WORKSPACE: claim.workspace,
    TRAINYARD_TOKEN: claim.token,
    ...filledIn(payload.environmentVariables, place.values),
    ...secretsOf(claim),
  };
}

/** Refuses what no program can be started with, and names that mean something else to who passes variables on. */
export function checkStart(command: string, environment: Record<string, string>): void {
  for (const [name, value] of Object.entries(environment)) {
    if (!variableName.test(name)) throw refused(`"${name}" cannot be the name of an environment variable.`);
    if (value.includes("\0")) throw refused(`The environment variable ${name} has a NUL in it.`);
  }
  if (command.includes("\0")) throw refused("The command has a NUL in it, with its inputs filled in.");
}

const refused = (message: string): StepFailed => new StepFailed(message, { retryable: false });

/** Values that came with the claim. Without one of them the command would do something else. */
function secretsOf({ secrets }: Work["claim"]): Record<string, string> {
  const entries = Object.entries(secrets).map(([variable, given]): [string, string] => {
    if ("missing" in given) throw new StepFailed(`${variable}: ${given.missing}`, { retryable: false });
    return [variable, given.value];
  });
  return Object.fromEntries(entries);
}

function filledIn(variables: Record<string, string>, values: CommandValues): Record<string, string> {
  const fill = (scope: "inputs" | "outputs", name: string): string | undefined =>
    Object.hasOwn(values[scope], name) ? values[scope][name] : undefined;
  return Object.fromEntries(Object.entries(variables).map(([name, text]) => [name, fillText(text, fill)]));
}
