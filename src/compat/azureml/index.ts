import type { Issue } from "../../contract/errors.ts";
import { type JobDefinition, jobDefinitionSchema } from "../../contract/job.ts";
import { Context, type FindEnvironment } from "./context.ts";
import { describe } from "./document.ts";
import { Issues } from "./issues.ts";
import { translateCommandJob, translatePipelineJob } from "./job.ts";
import { jobKind } from "./kind.ts";
import { applyOverrides } from "./overrides.ts";
import type { SourceFiles } from "./source.ts";

export { type Checked, checkFile, nameOf } from "./check.ts";
export type { FindEnvironment, FoundEnvironment } from "./context.ts";
export { filesOfTree, type SourceFiles } from "./source.ts";

export interface TranslateOptions {
  /** Values over those of the file: `{ "inputs.alpha": "0.5", "settings.force_rerun": "true" }`. */
  set: Record<string, string>;
  findEnvironment: FindEnvironment;
}

/**
 * Translates an Azure ML v2 job file (command or pipeline) into a job definition. Paths in it are relative to the file
 * that contains them. Every finding is collected; with any of them there is no definition.
 */
export async function translateJob(
  files: SourceFiles,
  file: string,
  options: TranslateOptions,
): Promise<{ definition: JobDefinition | null; issues: Issue[] }> {
  const issues = new Issues();
  const draft = await translate(files, file, options, issues);
  if (issues.any || draft === undefined) return { definition: null, issues: issues.list() };
  const parsed = jobDefinitionSchema.safeParse(draft);
  if (parsed.success) return { definition: parsed.data, issues: [] };
  for (const problem of parsed.error.issues)
    issues.add({ file, line: 1, column: 1 }, `${problem.path.join(".")}: ${problem.message}`);
  return { definition: null, issues: issues.list() };
}

async function translate(
  files: SourceFiles,
  file: string,
  options: TranslateOptions,
  issues: Issues,
): Promise<unknown> {
  const context = await Context.open(files, issues, options.findEnvironment);
  const root = await context.document(file);
  if (!root) return undefined;
  if (root.kind !== "map") {
    issues.add(root.at, `a job must be a mapping, but it is ${describe(root)}`);
    return undefined;
  }
  applyOverrides(root, options.set, file, issues);
  const kind = jobKind(root, issues);
  if (kind === undefined) return undefined;
  return kind === "command" ? translateCommandJob(root, file, context) : translatePipelineJob(root, file, context);
}
