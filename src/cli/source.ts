import { readFile, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { isScalar, isSeq, parseAllDocuments, visit, type YAMLSeq } from "yaml";
import { Problem } from "../contract/errors.ts";
import { pathIn, pipLines } from "../contract/pip-line.ts";
import { hashFile, hashFolder, uploadTree } from "../platform/transfer/upload.ts";
import type { Connection } from "./connection.ts";

export interface Source {
  tree: string;
  file: string;
}

/** Keys of the YAML languages whose values may be paths relative to the file. */
const pathKeys = new Set([
  "code",
  "path",
  "conda_file",
  "requirements_file",
  "component",
  "trial",
  "environment",
  "job",
  "create_job",
  "file",
  "local_path",
]);

/** Files that people give instead of one that describes them. */
const notYaml = /\.(py|ipynb|r|sh|csv|tsv|parquet|jsonl?|md|zip|pkl|onnx)$/i;

/**
 * Uploads a YAML file together with every file and folder that it names, directly or through other YAML files: the
 * server sees the same relative paths as here. Folders leave out what `.amlignore` (or `.gitignore`) names.
 */
/** `set`: values over the file's, as `--set` gives them; they may name files too. */
export async function uploadSource(
  connection: Connection,
  path: string,
  set: Record<string, string> = {},
): Promise<Source> {
  const main = resolve(path);
  const info = await stat(main).catch(() => undefined);
  if (!info?.isFile()) {
    const what = info ? `${path} is a folder.` : `There is no file ${path}.`;
    throw new Problem("invalid", what, { hint: "Give the path of a YAML file with -f." });
  }
  if (notYaml.test(path)) {
    throw new Problem("invalid", `${path} is no YAML file.`, {
      hint: "A YAML file says what runs: `trainyard init` writes one, `trainyard notebook export` makes one of a notebook.",
    });
  }
  const found = new Map<string, Found>();
  await collect(main, found);
  for (const named of pathsSet(set)) await collectAt(dirname(main), named, found);
  const root = commonFolder([...found].map(([place, { isFolder }]) => (isFolder ? place : dirname(place))));
  const files = new Map<string, Awaited<ReturnType<typeof hashFile>>>();
  // What is data too is taken as it is: of a file that is found twice the later one counts.
  const ordered = [...found].sort(([, one], [, other]) => Number(other.isCode) - Number(one.isCode));
  for (const [place, { isFolder, isCode: stripNotebooks }] of ordered) {
    const at = posix(relative(root, place));
    const some = isFolder
      ? await hashFolder(place, { prefix: at, stripNotebooks })
      : [await hashFile(place, at, { stripNotebooks })];
    for (const file of some) files.set(posix(file.path), { ...file, path: posix(file.path) });
  }
  const { digest } = await uploadTree(connection, [...files.values()]);
  return { tree: digest, file: posix(relative(root, main)) };
}

/** Uploads a whole folder. */
export async function uploadFolder(connection: Connection, folder: string): Promise<string> {
  const files = await hashFolder(resolve(folder), { stripNotebooks: true });
  return (await uploadTree(connection, files)).digest;
}

const posix = (path: string): string => path.split(sep).join("/");

interface Found {
  isFolder: boolean;
  /** Only code: named by `code` or included in it, and by nothing that takes files as they are. */
  isCode: boolean;
}

const isCode = (key: string | undefined): boolean => key === "code" || key === "additional_includes";

/** `as`: the key that named it. */
async function collect(file: string, found: Map<string, Found>, as?: string): Promise<void> {
  const known = found.get(file);
  found.set(file, { isFolder: false, isCode: isCode(as) && (known?.isCode ?? true) });
  if (known) return;
  for (const named of await pathsIn(file, as)) await collectAt(dirname(file), named, found);
}

async function collectAt(folder: string, { key, path }: NamedPath, found: Map<string, Found>): Promise<void> {
  const place = resolve(folder, path);
  const info = await stat(place).catch(() => undefined);
  if (info?.isFile()) await collect(place, found, key);
  else if (info?.isDirectory()) {
    found.set(place, { isFolder: true, isCode: isCode(key) && (found.get(place)?.isCode ?? true) });
  }
}

interface NamedPath {
  key: string;
  path: string;
}

async function pathsIn(file: string, as: string | undefined): Promise<NamedPath[]> {
  if (as === "requirements_file" || as === "requirements") {
    return pathsInLines(pipLines(await readFile(file, "utf8")).map(({ text }) => text));
  }
  return /\.ya?ml$/i.test(file) ? pathsInYaml(await readFile(file, "utf8")) : [];
}

/** `inputs.data=./other.csv`, `jobs.train.code=./src`. A word that is the name of a folder, too, is a word. */
const pathsSet = (set: Record<string, string>): NamedPath[] =>
  Object.entries(set).flatMap(([path, value]) => {
    const [key = "", parent] = path.split(".").reverse();
    if (isElsewhere(value)) return [];
    const isInput = parent === "inputs" && /[./\\]/.test(value);
    return pathKeys.has(key) || isInput ? [{ key: isInput ? "path" : key, path: value.replace(fileScheme, "") }] : [];
  });

const fileScheme = /^file:(\/\/)?/;

/** A URL, an asset, an expression, a text of several lines: no path of this machine. */
const isElsewhere = (value: string): boolean => /^[a-z][a-z0-9+.-]+:|\$\{\{|\n/i.test(value.replace(fileScheme, ""));

/** Files that requirements for pip name: others of their kind, constraints, folders of wheels, wheels. */
const pathsInLines = (lines: string[]): NamedPath[] =>
  lines.flatMap((line) => {
    const named = pathIn(line.trim());
    return named ? [{ key: named.is, path: named.path }] : [];
  });

/** What of a project of uv says which packages it has. */
const projectFiles = ["pyproject.toml", "uv.lock", ".python-version"];

function pathsInYaml(text: string): NamedPath[] {
  const paths: NamedPath[] = [];
  for (const document of parseAllDocuments(text)) {
    visit(document, {
      Pair(_, pair) {
        const key = (pair.key as { value?: unknown } | null)?.value;
        if (key === "pip" && isSeq(pair.value)) paths.push(...pathsInLines(textsIn(pair.value)));
        if (key === "additional_includes") paths.push(...includesIn(pair.value).map((path) => ({ key, path })));
        const value = (pair.value as { value?: unknown } | null)?.value;
        if (typeof key !== "string" || typeof value !== "string") return;
        if (key === "uv_project") {
          const folder = value.replace(/(^|\/)(uv\.lock|pyproject\.toml)$/, "");
          paths.push(...projectFiles.map((name) => ({ key, path: join(folder || ".", name) })));
        }
        if (pathKeys.has(key) && !isElsewhere(value)) paths.push({ key, path: value.replace(fileScheme, "") });
      },
    });
  }
  return paths;
}

/** A list of paths, or one. */
const includesIn = (value: unknown): string[] =>
  isSeq(value) ? textsIn(value) : isScalar(value) && typeof value.value === "string" ? [value.value] : [];

const textsIn = (list: YAMLSeq): string[] =>
  list.items.flatMap((item) => (isScalar(item) && typeof item.value === "string" ? [item.value] : []));

function commonFolder(folders: string[]): string {
  const [first = sep, ...others] = folders;
  let parts = first.split(sep);
  for (const other of others) {
    const theirs = other.split(sep);
    const same = parts.findIndex((part, index) => part !== theirs[index]);
    if (same >= 0) parts = parts.slice(0, same);
  }
  return parts.join(sep) || sep;
}
