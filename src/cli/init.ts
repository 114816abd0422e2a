import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { nameSchema } from "../contract/common.ts";
import { invalid, Problem } from "../contract/errors.ts";

const templates = fileURLToPath(new URL("../../templates", import.meta.url));

export interface Project {
  folder: string;
  name: string;
  files: string[];
}

/** Writes a standard project into a folder. Writes nothing when one of its files is there already. */
export async function writeProject(folder: string, of: { typescript: boolean; name?: string }): Promise<Project> {
  const target = resolve(folder);
  const name = of.name === undefined ? nameFrom(basename(target)) : checked(of.name);
  const sources = [join(templates, "common"), join(templates, of.typescript ? "typescript" : "python")];
  const found = (await Promise.all(sources.map(filesOf))).flat().sort((a, b) => (a.path < b.path ? -1 : 1));
  await refuseExisting(
    target,
    folder,
    found.map(({ path }) => path),
  );
  for (const { path, source } of found) {
    const text = (await readFile(source, "utf8")).replaceAll("__NAME__", name);
    await mkdir(dirname(join(target, path)), { recursive: true });
    // `wx`: also a file that appeared in the meantime stays as it is.
    await writeFile(join(target, path), text, { flag: "wx" });
  }
  return { folder: target, name, files: found.map(({ path }) => path) };
}

/** Files of a template. npm leaves some files with a dot out of packages, so their names begin with `_` here. */
async function filesOf(template: string): Promise<{ path: string; source: string }[]> {
  const paths = await readdir(template, { recursive: true, withFileTypes: true });
  return paths
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const source = join(entry.parentPath, entry.name);
      return { path: source.slice(template.length + 1).replace(/(^|\/)_(gitignore|amlignore)$/, "$1.$2"), source };
    });
}

async function refuseExisting(target: string, folder: string, paths: string[]): Promise<void> {
  const kind = await stat(target).catch(() => undefined);
  if (kind && !kind.isDirectory()) throw new Problem("conflict", `${folder} is a file, not a folder.`);
  const there: string[] = [];
  for (const path of paths) if (await stat(join(target, path)).catch(() => undefined)) there.push(path);
  if (there.length === 0) return;
  const named = there.length > 3 ? `${there.slice(0, 3).join(", ")} and ${there.length - 3} more` : there.join(", ");
  throw new Problem("conflict", `${folder} has ${named} already; nothing was written.`, {
    hint: "Name a new folder: trainyard init my-project",
  });
}

/** The folder's name, as a name of an experiment and a model. */
function nameFrom(folder: string): string {
  const name = folder.replaceAll(/[^A-Za-z0-9_-]+/g, "-").replaceAll(/^[^A-Za-z0-9]+|-+$/g, "");
  return name || "project";
}

function checked(name: string): string {
  const parsed = nameSchema.safeParse(name);
  if (parsed.success) return parsed.data;
  throw invalid(`--name "${name}": ${parsed.error.issues[0]?.message}.`);
}
