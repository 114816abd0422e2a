import type { RunTable } from "./schema.ts";

/** Tags by which tracking clients say what is a column here. */
export const runTags = { name: "mlflow.runName", parent: "mlflow.parentRunId", user: "mlflow.user" } as const;

/** Tags of the runs of a step that took more than one attempt: which it was, how it ended, the run of the one before. */
export const attemptTags = {
  attempt: "trainyard.attempt",
  fault: "trainyard.attempt.fault",
  error: "trainyard.attempt.error",
  earlierRun: "trainyard.attempt.earlierRun",
} as const;

/** Markdown about a run. */
export const descriptionTag = "mlflow.note.content";

export function columnsOfTags(tags: Record<string, string>): Partial<RunTable> {
  const columns: Partial<RunTable> = {};
  if (tags[runTags.name]) columns.name = tags[runTags.name];
  if (tags[runTags.parent]) columns.parent_run_id = tags[runTags.parent];
  return columns;
}
