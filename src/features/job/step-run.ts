import { isCommand, type JobDefinition } from "../../contract/job.ts";
import type { createRun } from "../run/index.ts";
import { isSourceTag, tagsOfOrigin } from "./code-snapshot.ts";
import type { JobTable } from "./schema.ts";
import { tagsOfJob } from "./tag.ts";

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
    ...tagsOfJob(row),
    ...codeTags(row, definition, step),
    "trainyard.step": step,
    ...(copyOf ? { "trainyard.reusedRun": copyOf } : {}),
  },
});

/** The tags that its code, or what started its job, gives it. Of the job's work tree they say nothing where the step's code was read elsewhere. */
function codeTags(row: JobTable, definition: JobDefinition, name: string): Record<string, string> {
  const tags = JSON.parse(row.run_tags ?? "{}") as Record<string, string>;
  const step = definition.steps[name];
  const origin = step && isCommand(step) ? step.codeOrigin : undefined;
  if (!origin) return tags;
  const others = Object.entries(tags).filter(([key]) => !isSourceTag(key));
  return { ...Object.fromEntries(others), ...tagsOfOrigin(origin) };
}
