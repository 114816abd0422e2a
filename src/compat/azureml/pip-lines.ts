import { holdsCredentials, type NamedPath, pathIn, pipLines } from "../../contract/pip-line.ts";
import type { Context, LocalPath } from "./context.ts";
import type { At } from "./issues.ts";
import { baseName } from "./source.ts";

/**
 * The lines of requirements for pip. A requirements file that one of them names takes its place; other files that are
 * named come with them in one folder, by their own names.
 */
export class Lines {
  readonly texts: string[] = [];
  readonly #context: Context;
  readonly #files = new Map<string, LocalPath>();
  readonly #open = new Set<string>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Did any of them name a file? */
  hasNamed = false;

  async add(text: string, at: At): Promise<void> {
    if (holdsCredentials(text)) {
      const hint = "Leave it out: agents take it from their .netrc, or from a variable of theirs that the URL names.";
      this.#context.issues.add(at, "this URL holds a password, which everyone who may read the job would see", hint);
      return;
    }
    const named = pathIn(text.trim());
    if (!named) return void this.texts.push(text);
    this.hasNamed = true;
    const found = this.#context.locate(named.path, at, whatIs[named.is]);
    if (!found || !this.#isKind(named, found, at)) return;
    if (named.is !== "requirements") return this.#bring(named, found, at);
    const content = await this.#context.readText(found.path);
    if (content !== undefined) await this.addFile(found.path, content, at);
  }

  async addFile(path: string, content: string, at: At = { file: path, line: 1, column: 1 }): Promise<void> {
    if (this.#open.has(path)) {
      this.#context.issues.add(at, `the requirements file "${path}" names itself`);
      return;
    }
    this.#open.add(path);
    for (const { text, number } of pipLines(content)) await this.add(text, { file: path, line: number, column: 1 });
    this.#open.delete(path);
  }

  /** The folder of the files that come with them. */
  async files(): Promise<{ files?: string }> {
    if (this.#files.size === 0) return {};
    return { files: await this.#context.combine(undefined, [...this.#files.values()]) };
  }

  #isKind(named: NamedPath, found: LocalPath, at: At): boolean {
    const expected = named.is === "wheels" ? "folder" : "file";
    if (found.kind !== expected) this.#context.issues.add(at, `"${named.path}" is not a ${expected}`);
    return found.kind === expected;
  }

  #bring({ is, rest }: NamedPath, found: LocalPath, at: At): void {
    const name = baseName(found.path);
    const other = this.#files.get(name);
    if (other && other.path !== found.path) {
      this.#context.issues.add(at, `"${found.path}" and "${other.path}" have the same name`, "Rename one of the two.");
      return;
    }
    this.#files.set(name, found);
    this.texts.push(`${options[is]}./${name}${rest}`);
  }
}

const whatIs = {
  requirements: "the requirements file",
  constraints: "the file of constraints",
  wheels: "the folder of wheels",
  package: "the package",
} as const;

const options = { requirements: "-r ", constraints: "-c ", wheels: "--find-links ", package: "" } as const;
