import { posix } from "node:path";
import { parse, stringify } from "yaml";
import type { JobEnvironment } from "../contract/job.ts";
import { holdsCredentials, type NamedPath, pathIn, pipLines } from "../contract/pip-line.ts";
import type { EnvironmentSpec } from "./spec.ts";
import { wrong } from "./wrong.ts";

export interface PackagePlace {
  text(path: string): Promise<string>;
  /** Stores files and folders in one folder, under their own names; gives its digest. */
  gather(paths: string[]): Promise<string>;
}

type Packages = Pick<JobEnvironment, "condaFile" | "files" | "uvProject">;

/** The packages of an environment, as YAML that says the same has them. */
export async function packagesOf(spec: EnvironmentSpec, place: PackagePlace, at: string): Promise<Packages> {
  const { condaFile, pip, python, requirementsFile, uvProject } = spec;
  if (condaFile !== undefined) return readConda(String(condaFile), new Lines(place, at), place);
  if (uvProject !== undefined) {
    const names = ["pyproject.toml", "uv.lock", ".python-version"];
    const folder = String(uvProject).replace(/\/?$/, "/");
    return { condaFile: null, uvProject: await place.gather(names.map((name) => `${folder}${name}`)) };
  }
  if (requirementsFile === undefined && pip === undefined) return { condaFile: null };
  const lines = new Lines(place, at);
  if (requirementsFile !== undefined) await lines.addFile(String(requirementsFile));
  for (const line of pip ?? []) await lines.add(line, "");
  const dependencies = [python === undefined ? "python" : `python=${python}`, "pip", { pip: lines.texts }];
  return { condaFile: stringify({ dependencies }), ...(await lines.files()) };
}

/** A conda file stays as it is written, unless its pip list names files. */
async function readConda(path: string, lines: Lines, place: PackagePlace): Promise<Packages> {
  const condaFile = await place.text(path);
  const written = parse(condaFile) as { dependencies?: unknown } | null;
  const dependencies = Array.isArray(written?.dependencies) ? written.dependencies : [];
  const lists = dependencies.filter((one: { pip?: unknown } | null) => Array.isArray(one?.pip));
  for (const { pip } of lists) for (const line of pip) await lines.add(String(line), path);
  if (!lines.hasNamed) return { condaFile };
  const others = dependencies.filter((one) => !lists.includes(one));
  return {
    condaFile: stringify({ ...written, dependencies: [...others, { pip: lines.texts }] }),
    ...(await lines.files()),
  };
}

/**
 * Lines of requirements for pip. Requirements files take the place of the lines that name them; other files are
 * gathered, and named as they lie then.
 */
class Lines {
  readonly texts: string[] = [];
  hasNamed = false;
  readonly #place: PackagePlace;
  /** Of the environment, in messages. */
  readonly #at: string;
  /** Paths of the files that are gathered, by the names that they have then. */
  readonly #gathered = new Map<string, string>();
  readonly #open = new Set<string>();

  constructor(place: PackagePlace, at: string) {
    this.#place = place;
    this.#at = at;
  }

  async add(line: string, from: string): Promise<void> {
    if (holdsCredentials(line)) {
      const hint = "Leave it out: agents take it from their .netrc, or from a variable of theirs that the URL names.";
      throw wrong(
        this.#at,
        "a URL of its requirements holds a password, which whoever may read the job would see",
        hint,
      );
    }
    const named = pathIn(line.trim());
    if (!named) return void this.texts.push(line);
    this.hasNamed = true;
    const path = beside(from, named.path);
    if (named.is === "requirements") return this.addFile(path);
    const name = posix.basename(path);
    if ((this.#gathered.get(name) ?? path) !== path)
      throw wrong(this.#at, `"${path}" and "${this.#gathered.get(name)}" have the same name`, "Rename one of the two.");
    this.#gathered.set(name, path);
    this.texts.push(`${options[named.is]}./${name}${named.rest}`);
  }

  async addFile(path: string): Promise<void> {
    if (this.#open.has(path)) throw wrong(this.#at, `the requirements file "${path}" names itself`);
    this.#open.add(path);
    for (const { text } of pipLines(await this.#place.text(path))) await this.add(text, path);
    this.#open.delete(path);
  }

  async files(): Promise<{ files?: string }> {
    return this.#gathered.size === 0 ? {} : { files: await this.#place.gather([...this.#gathered.values()]) };
  }
}

const options: Record<Exclude<NamedPath["is"], "requirements">, string> = {
  ...{ constraints: "-c ", wheels: "--find-links ", package: "" },
};

/** A path that a file names is relative to that file. */
const beside = (file: string, path: string): string =>
  file.startsWith("file:") ? new URL(path, file).href : posix.join(posix.dirname(file), path);
