import type { JobEnvironment } from "../../contract/job.ts";
import { closest } from "../../contract/suggest.ts";
import type { Trigger } from "../../contract/trigger.ts";
import { type Node, parseYaml } from "./document.ts";
import type { GitPlace } from "./git-url.ts";
import type { At, Issues } from "./issues.ts";
import { baseName, folderOf, resolvePath, type SourceFiles } from "./source.ts";

/** A registered environment: what it is made of. */
export type FoundEnvironment = Omit<JobEnvironment, "name">;

/** Looks an environment up in the workspace; without a version, the latest. */
export type FindEnvironment = (name: string, version?: string) => Promise<FoundEnvironment | undefined>;

/** A registered component: the files that it came with, and which of them defines it. */
export interface FoundComponent {
  version: string;
  file: string;
  files: SourceFiles;
}

/** Looks a component up in the workspace, by version or label. */
export type FindComponent = (
  name: string,
  by: { version?: string; label?: string },
) => Promise<FoundComponent | undefined>;

/** Says what is wrong with the name of a data asset or model in the workspace; undefined when it names one. */
export type CheckAsset = (
  kind: "data" | "model",
  name: string,
  by: { version?: string; label?: string },
) => Promise<{ message: string; hint?: string } | undefined>;

/** Says what is wrong with the name of a published pipeline; undefined when it names one. */
export type CheckPipeline = (name: string, version?: string) => Promise<{ message: string; hint?: string } | undefined>;

export interface TriggerProblem {
  /** Where; null for the trigger as a whole. */
  field: "expression" | "hours" | "weekDays" | "monthDays" | "endTime" | null;
  message: string;
  hint?: string;
}

/** Says what is wrong with a trigger whose fields are right one by one: what does not go together, what is never due. */
export type CheckTrigger = (trigger: Trigger) => TriggerProblem | undefined;

/** Where code can lie that did not come with the job: in a repository of git, or at a URL. */
export type CodePlace = GitPlace | { url: string };

/** Code as it is there now. */
export interface FoundCode {
  /** Of the tree of its files. */
  digest: string;
  /** Of a repository. */
  commit?: string;
  /** What has no place in a tree of files: submodules, and links that lead nowhere. */
  leftOut: string[];
}

/** Stores code that lies elsewhere; a `Problem` when it cannot be had. */
export type ReadCode = (place: CodePlace) => Promise<FoundCode>;

export interface Lookups {
  findEnvironment: FindEnvironment;
  findComponent?: FindComponent;
  checkAsset?: CheckAsset;
  checkPipeline?: CheckPipeline;
  checkTrigger?: CheckTrigger;
  /** Without it, code that lies elsewhere is only checked for how it is written. */
  readCode?: ReadCode;
}

export interface LocalPath {
  path: string;
  kind: "file" | "folder";
}

/** Everything that a translation asks of the outside, each thing asked once. */
export class Context {
  readonly issues: Issues;
  readonly findEnvironment: FindEnvironment;
  /** Each place once, so that the steps of a job agree on what was there. */
  readonly readCode: ReadCode | undefined;
  readonly checkTrigger: CheckTrigger | undefined;
  readonly #files: SourceFiles;
  readonly #known: Map<string, "file" | "folder">;
  readonly #findComponent: FindComponent | undefined;
  readonly #checkAsset: CheckAsset | undefined;
  readonly #checkPipeline: CheckPipeline | undefined;
  /** Registered components lie beside the uploaded files, in folders that no uploaded file can be in. */
  readonly #mounted = new Map<string, SourceFiles>();
  readonly #components = new Map<string, Promise<string | undefined>>();
  readonly #digests = new Map<string, Promise<string>>();
  readonly #documents = new Map<string, Promise<Node | undefined>>();

  private constructor(
    files: SourceFiles,
    issues: Issues,
    { findEnvironment, findComponent, checkAsset, checkPipeline, checkTrigger, readCode }: Lookups,
    known: Map<string, "file" | "folder">,
  ) {
    this.#files = files;
    this.issues = issues;
    this.findEnvironment = findEnvironment;
    this.readCode = readCode;
    this.#findComponent = findComponent;
    this.#checkAsset = checkAsset;
    this.#checkPipeline = checkPipeline;
    this.checkTrigger = checkTrigger;
    this.#known = known;
  }

  static async open(files: SourceFiles, issues: Issues, lookups: Lookups): Promise<Context> {
    const known = new Map<string, "file" | "folder">([["", "folder"]]);
    await addPaths(known, files, "");
    const findEnvironment = once(lookups.findEnvironment);
    const readCode = lookups.readCode && once(lookups.readCode);
    return new Context(files, issues, { ...lookups, findEnvironment, readCode }, known);
  }

  /** The path of the file of a registered component; undefined when there is none. */
  component(name: string, by: { version?: string; label?: string }): Promise<string | undefined> {
    const mount = async (): Promise<string | undefined> => {
      const found = await this.#findComponent?.(name, by);
      if (!found) return undefined;
      const folder = `azureml:${name}:${found.version}`;
      if (!this.#mounted.has(folder)) {
        this.#mounted.set(folder, found.files);
        await addPaths(this.#known, found.files, `${folder}/`);
      }
      return `${folder}/${found.file}`;
    };
    const key = JSON.stringify([name, by.version, by.label]);
    if (!this.#components.has(key)) this.#components.set(key, mount());
    return this.#components.get(key)!;
  }

  /** An issue when the workspace has no such data asset or model. */
  async requireAsset(at: At, ...asset: Parameters<CheckAsset>): Promise<void> {
    const problem = await this.#checkAsset?.(...asset);
    if (problem) this.issues.lack(at, problem.message, problem.hint);
  }

  /** An issue when the workspace has no such published pipeline. */
  async requirePipeline(at: At, name: string, version?: string): Promise<void> {
    const problem = await this.#checkPipeline?.(name, version);
    if (problem) this.issues.lack(at, problem.message, problem.hint);
  }

  /** The files in which a path lies, and the path among them. */
  #within(path: string): [SourceFiles, string] {
    const folder = mountOf(path);
    const files = folder === undefined ? undefined : this.#mounted.get(folder);
    return files && folder !== undefined ? [files, path.slice(folder.length + 1)] : [this.#files, path];
  }

  kindOf(path: string): "file" | "folder" | undefined {
    return this.#known.get(path);
  }

  /** A path that was written at a place, found in the tree; an issue when it is not there. `what` begins the message. */
  locate(written: string, at: At, what: string): LocalPath | undefined {
    const path = resolvePath(folderOf(at.file), written);
    if (path === undefined || mountOf(`${path}/`) !== mountOf(at.file)) {
      const hint = "Only files that were uploaded with the job can be named: put them below the uploaded folder.";
      this.issues.add(at, `${what} "${written}" is outside of the uploaded files`, hint);
      return undefined;
    }
    const kind = this.#known.get(path);
    if (kind) return { path, kind };
    // Only what the file names was uploaded: what else lies beside it is not known here.
    const near = closest(baseName(path), this.#namesBeside(path));
    const hint = near ? `Did you mean "${near}"?` : `Paths are relative to the file that names them, ${at.file}.`;
    this.issues.lack(at, `${what} "${written}" is not there (looked for "${path}")`, hint);
    return undefined;
  }

  #namesBeside(path: string): string[] {
    const folder = folderOf(path);
    return [...this.#known.keys()].filter((known) => known !== "" && folderOf(known) === folder).map(baseName);
  }

  readText(path: string): Promise<string | undefined> {
    const [files, inside] = this.#within(path);
    return files.read(inside);
  }

  /** A YAML file, parsed once; its issues are reported once. */
  document(path: string): Promise<Node | undefined> {
    const parse = async (): Promise<Node | undefined> => {
      const text = await this.readText(path);
      if (text !== undefined) return parseYaml(text, path, this.issues);
      this.issues.add({ file: path, line: 1, column: 1 }, "there is no such file among the uploaded ones");
      return undefined;
    };
    if (!this.#documents.has(path)) this.#documents.set(path, parse());
    return this.#documents.get(path)!;
  }

  digest(path: string): Promise<string> {
    const [files, inside] = this.#within(path);
    if (!this.#digests.has(path)) this.#digests.set(path, files.subtree(inside));
    return this.#digests.get(path)!;
  }

  /** The digest of a folder with other files and folders in it, each under its own name. */
  combine(folder: LocalPath | undefined, others: LocalPath[]): Promise<string> {
    const [files] = this.#within((folder ?? others[0]!).path);
    const parts = others.map(({ path, kind }) => ({ path: this.#within(path)[1], kind, as: baseName(path) }));
    const own = folder ? [{ path: this.#within(folder.path)[1], kind: folder.kind, as: "" }] : [];
    return files.combine([...own, ...parts]);
  }
}

/** A question that is asked once for each set of arguments. */
function once<A extends unknown[], R>(ask: (...given: A) => Promise<R>): (...given: A) => Promise<R> {
  const answers = new Map<string, Promise<R>>();
  return (...given) => {
    const key = JSON.stringify(given);
    const known = answers.get(key) ?? ask(...given);
    answers.set(key, known);
    return known;
  };
}

/** The registered component among whose files a path lies: `azureml:train:3`. */
export const mountOf = (path: string): string | undefined => /^(azureml:[^/]+)\//.exec(path)?.[1];

async function addPaths(known: Map<string, "file" | "folder">, files: SourceFiles, prefix: string): Promise<void> {
  for (const { path } of await files.list("")) {
    known.set(`${prefix}${path}`, "file");
    for (let folder = folderOf(`${prefix}${path}`); folder !== "" && !known.has(folder); folder = folderOf(folder))
      known.set(folder, "folder");
  }
}
