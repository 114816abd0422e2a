import type { Issue } from "../../contract/errors.ts";
import type { JobDefinition } from "../../contract/job.ts";
import { describe, parseYaml } from "./document.ts";
import { type FileKind, fileKind } from "./file-kind.ts";
import { type TranslateOptions, translateJob } from "./index.ts";
import { Issues } from "./issues.ts";
import type { SourceFiles } from "./source.ts";

export interface Checked {
  kind: FileKind;
  /** Of a job without issues. */
  definition: JobDefinition | null;
  issues: Issue[];
}

/** Reads a file of any kind of the language: what it is, what it defines and what is wrong with it. */
export async function checkFile(files: SourceFiles, file: string, options: TranslateOptions): Promise<Checked> {
  const issues = new Issues();
  const root = parseYaml((await files.read(file)) ?? "", file, issues);
  if (root?.kind !== "map") {
    if (root) issues.add(root.at, `the file must be a mapping, but it is ${describe(root)}`);
    return { kind: { is: "foreign", name: "no mapping" }, definition: null, issues: issues.list() };
  }
  const kind = fileKind(root);
  if (kind.is === "job") return { kind, ...(await translateJob(files, file, options)) };
  issues.add(root.at, kind.is === "foreign" ? `this file is ${kind.name}` : `${nameOf(kind)} is not supported yet`);
  return { kind, definition: null, issues: issues.list() };
}

/** `command job`, `data`, `an online endpoint`. */
export function nameOf(kind: FileKind): string {
  if (kind.is === "refused" || kind.is === "foreign") return kind.name;
  return "type" in kind ? `${kind.type} ${kind.is}` : kind.is;
}
