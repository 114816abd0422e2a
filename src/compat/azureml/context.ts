import { didYouMean } from "../../contract/suggest.ts";
import { type Node, parseYaml } from "./document.ts";
import type { At, Issues } from "./issues.ts";
import { baseName, folderOf, resolvePath, type SourceFiles } from "./source.ts";

/** A registered environment: the text of its conda file, and its image. */
export interface FoundEnvironment {
  condaFile: string | null;
  image: string | null;
}

/** Looks an environment up in the workspace; without a version, the latest. */
export type FindEnvironment = (name: string, version?: string) => Promise<FoundEnvironment | undefined>;

export interface LocalPath {
  path: string;
  kind: "file" | "folder";
}

/** Everything that a translation asks of the outside, each thing asked once. */
export class Context {
  readonly issues: Issues;
  readonly findEnvironment: FindEnvironment;
  readonly #files: SourceFiles;
  readonly #known: Map<string, "file" | "folder">;
  readonly #digests = new Map<string, Promise<string>>();
  readonly #documents = new Map<string, Promise<Node | undefined>>();

  private constructor(
    files: SourceFiles,
    issues: Issues,
    findEnvironment: FindEnvironment,
    known: Map<string, "file" | "folder">,
  ) {
    this.#files = files;
    this.issues = issues;
    this.findEnvironment = findEnvironment;
    this.#known = known;
  }

  static async open(files: SourceFiles, issues: Issues, findEnvironment: FindEnvironment): Promise<Context> {
    const known = new Map<string, "file" | "folder">([["", "folder"]]);
    for (const file of await files.list("")) {
      known.set(file.path, "file");
      for (let folder = folderOf(file.path); folder !== "" && !known.has(folder); folder = folderOf(folder))
        known.set(folder, "folder");
    }
    const found = new Map<string, Promise<FoundEnvironment | undefined>>();
    const findOnce: FindEnvironment = (name, version) => {
      const key = `${name}:${version ?? ""}`;
      if (!found.has(key)) found.set(key, findEnvironment(name, version));
      return found.get(key)!;
    };
    return new Context(files, issues, findOnce, known);
  }

  kindOf(path: string): "file" | "folder" | undefined {
    return this.#known.get(path);
  }

  /** A path that was written at a place, found in the tree; an issue when it is not there. `what` begins the message. */
  locate(written: string, at: At, what: string): LocalPath | undefined {
    const path = resolvePath(folderOf(at.file), written);
    if (path === undefined) {
      const hint = "Only files that were uploaded with the job can be named: put them below the uploaded folder.";
      this.issues.add(at, `${what} "${written}" is outside of the uploaded files`, hint);
      return undefined;
    }
    const kind = this.#known.get(path);
    if (kind) return { path, kind };
    const hint = didYouMean(baseName(path), this.#namesBeside(path));
    this.issues.add(at, `${what} "${written}" is not there (looked for "${path}")`, hint);
    return undefined;
  }

  #namesBeside(path: string): string[] {
    const folder = folderOf(path);
    return [...this.#known.keys()].filter((known) => known !== "" && folderOf(known) === folder).map(baseName);
  }

  readText(path: string): Promise<string | undefined> {
    return this.#files.read(path);
  }

  /** A YAML file, parsed once; its issues are reported once. */
  document(path: string): Promise<Node | undefined> {
    const parse = async (): Promise<Node | undefined> => {
      const text = await this.#files.read(path);
      if (text !== undefined) return parseYaml(text, path, this.issues);
      this.issues.add({ file: path, line: 1, column: 1 }, "there is no such file among the uploaded ones");
      return undefined;
    };
    if (!this.#documents.has(path)) this.#documents.set(path, parse());
    return this.#documents.get(path)!;
  }

  digest(path: string): Promise<string> {
    if (!this.#digests.has(path)) this.#digests.set(path, this.#files.subtree(path));
    return this.#digests.get(path)!;
  }
}
