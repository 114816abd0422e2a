import { isCommand, type JobDefinition } from "../../contract/job.ts";
import type { createRun } from "../run/index.ts";
import type { JobTable } from "./schema.ts";

/** The run of a step. `copyOf`: the run of the step whose result it reuses. */
export const runOf = (
  row: JobTable,
  definition: JobDefinition,
  step: string,
  copyOf?: string,
): Parameters<typeof createRun>[1] => ({
  workspace: row.workspace,
  experiment: row.experiment,
  name: definition.type === "command" ? row.display_name : `${row.display_name}/${step}`,
  user: row.created_by_name,
  jobId: row.id,
  parentRunId: row.run_id ?? row.parent_run_id,
  tags: {
    ...(JSON.parse(row.run_tags ?? "{}") as Record<string, string>),
    ...originTags(definition, step),
    "trainyard.step": step,
    ...(copyOf ? { "trainyard.reusedRun": copyOf } : {}),
  },
});

/** The tags by which MLflow knows the code of a run; code that was read elsewhere is not that of the job's work tree. */
function originTags(definition: JobDefinition, name: string): Record<string, string> {
  const step = definition.steps[name];
  const origin = step && isCommand(step) ? step.codeOrigin : undefined;
  if (!origin) return {};
  return {
    "mlflow.source.git.repoURL": origin.url,
    ...(origin.commit ? { "mlflow.source.git.commit": origin.commit } : {}),
  };
}
