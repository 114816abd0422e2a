import type { RunTable } from "./schema.ts";

/** Tags by which tracking clients say what is a column here. */
export const runTags = { name: "mlflow.runName", parent: "mlflow.parentRunId", user: "mlflow.user" } as const;

/** Markdown about a run. */
export const descriptionTag = "mlflow.note.content";

export function columnsOfTags(tags: Record<string, string>): Partial<RunTable> {
  const columns: Partial<RunTable> = {};
  if (tags[runTags.name]) columns.name = tags[runTags.name];
  if (tags[runTags.parent]) columns.parent_run_id = tags[runTags.parent];
  return columns;
}
