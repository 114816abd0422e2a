import type { Issue } from "../../contract/errors.ts";
import type { JobDefinition } from "../../contract/job.ts";
import { Context, type Lookups } from "./context.ts";
import { describe } from "./document.ts";
import { Issues, type Refusal, type Verdict } from "./issues.ts";
import { defineJob } from "./job.ts";
import { applyOverrides } from "./overrides.ts";
import type { SourceFiles } from "./source.ts";

export { type Checked, checkFile } from "./check.ts";
export type {
  CheckAsset,
  CheckPipeline,
  CodePlace,
  FindComponent,
  FindEnvironment,
  FoundCode,
  FoundComponent,
  FoundEnvironment,
} from "./context.ts";
export { nameOf } from "./kind.ts";
export { filesOfTree, type SourceFiles } from "./source.ts";

export interface TranslateOptions extends Lookups {
  /** Values over those of the file: `{ "inputs.alpha": "0.5", "settings.force_rerun": "true" }`. */
  set: Record<string, string>;
}

/**
 * Translates an Azure ML v2 job file of any type into a job definition. Paths in it are relative to the file
 * that contains them. Every finding is collected; with any of them there is no definition.
 */
export async function translateJob(files: SourceFiles, file: string, options: TranslateOptions): Promise<Translated> {
  const issues = new Issues();
  const definition = await translate(files, file, options, issues);
  return {
    definition: definition ?? null,
    issues: issues.list(),
    warnings: issues.warnings(),
    refused: issues.refused,
    verdict: issues.verdict,
  };
}

export interface Translated {
  definition: JobDefinition | null;
  issues: Issue[];
  /** What changes nothing here, though it would in Azure. */
  warnings: Issue[];
  /** What of the language is in the file and not taken. */
  refused: Refusal[];
  verdict: Verdict;
}

async function translate(
  files: SourceFiles,
  file: string,
  options: TranslateOptions,
  issues: Issues,
): Promise<JobDefinition | undefined> {
  const context = await Context.open(files, issues, options);
  const root = await context.document(file);
  if (!root) return undefined;
  if (root.kind !== "map") {
    issues.add(root.at, `a job must be a mapping, but it is ${describe(root)}`);
    return undefined;
  }
  applyOverrides(root, options.set, file, issues);
  return defineJob(root, file, context);
}
