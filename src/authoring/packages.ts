import type { JobEnvironment } from "../contract/job.ts";
import { type NamedPath, pathIn, pipLines } from "../contract/pip-line.ts";
import type { EnvironmentSpec } from "./component.ts";

export interface PackagePlace {
  text(path: string): Promise<string>;
  /** Stores files and folders in one folder, under their own names; gives its digest. */
  gather(paths: string[]): Promise<string>;
}

type Packages = Pick<JobEnvironment, "condaFile" | "files" | "uvProject">;

/** The packages of an environment, as YAML that says the same has them. */
export async function packagesOf(spec: EnvironmentSpec, place: PackagePlace): Promise<Packages> {
  const { condaFile, pip, python, requirementsFile, uvProject } = spec;
  if (condaFile !== undefined) return { condaFile: await place.text(String(condaFile)) };
  if (uvProject !== undefined) {
    const names = ["pyproject.toml", "uv.lock", ".python-version"];
    const folder = String(uvProject).replace(/\/?$/, "/");
    return { condaFile: null, uvProject: await place.gather(names.map((name) => `${folder}${name}`)) };
  }
  const files = new Set<string>();
  const path = requirementsFile === undefined ? undefined : String(requirementsFile);
  const lines = [
    ...(path === undefined ? [] : await linesOf(path, place, files)),
    ...(await withFiles(pip ?? [], "", place, files)),
  ];
  if (path === undefined && pip === undefined) return { condaFile: null };
  return { condaFile: condaText(lines, python), ...(files.size > 0 ? { files: await place.gather([...files]) } : {}) };
}

const linesOf = async (path: string, place: PackagePlace, files: Set<string>): Promise<string[]> =>
  withFiles(
    pipLines(await place.text(path)).map(({ text }) => text),
    path,
    place,
    files,
  );

/** Requirements files take the place of the lines that name them; other files are gathered, and named as they lie then. */
async function withFiles(
  lines: readonly string[],
  from: string,
  place: PackagePlace,
  files: Set<string>,
): Promise<string[]> {
  const found: string[] = [];
  for (const line of lines) {
    const named = pathIn(line);
    const path = named && beside(from, named.path);
    if (named?.is === "requirements") found.push(...(await linesOf(path!, place, files)));
    else if (path) {
      files.add(path);
      found.push(`${options[named.is as keyof typeof options]}./${path.slice(path.lastIndexOf("/") + 1)}${named.rest}`);
    } else found.push(line);
  }
  return found;
}

const options: Record<Exclude<NamedPath["is"], "requirements">, string> = {
  ...{ constraints: "-c ", wheels: "--find-links ", package: "" },
};

/** A path that a file names is relative to that file. */
const beside = (file: string, path: string): string =>
  file.startsWith("file:") ? new URL(path, file).href : `${file.slice(0, file.lastIndexOf("/") + 1)}${path}`;

const condaText = (pip: readonly string[], python = "3.11"): string =>
  [
    "dependencies:",
    `  - python=${python}`,
    "  - pip",
    "  - pip:",
    ...pip.map((one) => `      - ${quoted(one)}`),
    "",
  ].join("\n");

/** Text that YAML would take for something else stands in quotes. */
const quoted = (line: string): string => (/^[A-Za-z][^:#]*$/.test(line) ? line : JSON.stringify(line));
