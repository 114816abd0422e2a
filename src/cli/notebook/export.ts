import { statSync } from "node:fs";
import { copyFile, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { Problem } from "../../contract/errors.ts";
import { componentOf, condaOf } from "./component.ts";
import { importsOf, nameOf, requirementsOf } from "./imports.ts";
import { readNotebook } from "./read.ts";
import { type Script, scriptOf } from "./script.ts";

export interface Exported {
  folder: string;
  files: string[];
  arguments: string[];
  packages: string[];
  notes: string[];
}

/** Writes a notebook as a component: script, conda file, component, and a pipeline of that one step. */
export async function exportNotebook(path: string, wanted: { output?: string; force: boolean }): Promise<Exported> {
  const source = await readFile(path, "utf8").catch(() => {
    throw new Problem("invalid", `There is no notebook ${path}.`);
  });
  const beside = dirname(resolve(path));
  const title = basename(path).replace(/\.ipynb$/i, "");
  const name = title.replaceAll(/[^A-Za-z0-9_-]+/g, "_").replaceAll(/^[^A-Za-z0-9]+|_+$/g, "") || "notebook";
  const folder = resolve(wanted.output ?? join(beside, name));
  const script = scriptOf(readNotebook(source, path), {
    notebook: basename(path),
    kindOfPath: (found) => kindOf(join(beside, found)),
  });
  const own = await ownModules(beside, script);
  const modules = [...script.modules].filter((module) => !own.includes(`${module}.py`));
  const known = await readFile(join(beside, "requirements.txt"), "utf8").catch(() => "");
  const installed = new Set(script.requirements.map(nameOf));
  const packages = [
    ...new Set([
      ...script.requirements,
      ...requirementsOf(modules, known).filter((one) => !installed.has(nameOf(one))),
    ]),
  ].sort();
  const { component, pipeline } = componentOf(name, title, fromFolder(script, beside, folder));
  const texts = {
    [`src/${name}.py`]: script.text,
    "component.yml": component,
    "conda.yml": condaOf(name, packages),
    "pipeline.yml": pipeline,
  };
  await write(folder, texts, wanted.force);
  for (const module of own) await copyFile(join(beside, module), join(folder, "src", module));
  return {
    folder,
    files: [...Object.keys(texts), ...own.map((module) => `src/${module}`)].sort(),
    arguments: script.parameters.map((one) => one.name),
    packages,
    notes: script.notes,
  };
}

function kindOf(path: string): "uri_file" | "uri_folder" | undefined {
  const info = statSync(path, { throwIfNoEntry: false });
  return info?.isFile() ? "uri_file" : info?.isDirectory() ? "uri_folder" : undefined;
}

/** The pipeline names files from its own folder. */
const fromFolder = ({ parameters }: Script, beside: string, folder: string): Script["parameters"] =>
  parameters.map((one) =>
    one.type.startsWith("uri_") && !one.isOutput
      ? { ...one, value: relative(folder, join(beside, String(one.value))) }
      : one,
  );

/** Python files beside the notebook that it imports, and those that they import. */
async function ownModules(beside: string, script: Script): Promise<string[]> {
  const found: string[] = [];
  const queue = [...script.modules];
  for (let module = queue.pop(); module !== undefined; module = queue.pop()) {
    const file = `${module}.py`;
    if (found.includes(file)) continue;
    const text = await readFile(join(beside, file), "utf8").catch(() => undefined);
    if (text === undefined) {
      const isFolder = (await stat(join(beside, module)).catch(() => undefined))?.isDirectory();
      if (isFolder) script.notes.push(`the folder ${module} beside the notebook is imported: copy it to src`);
      continue;
    }
    found.push(file);
    const imported = text.split("\n").flatMap(importsOf);
    for (const one of imported) script.modules.add(one);
    queue.push(...imported);
  }
  return found.sort();
}

async function write(folder: string, texts: Record<string, string>, force: boolean): Promise<void> {
  const there = Object.keys(texts).filter((path) => statSync(join(folder, path), { throwIfNoEntry: false }));
  if (there.length > 0 && !force) {
    throw new Problem("conflict", `${folder} has ${there.join(", ")} already; nothing was written.`, {
      hint: "Write over them with --force, or name another folder with --output.",
    });
  }
  await mkdir(join(folder, "src"), { recursive: true });
  for (const [path, text] of Object.entries(texts)) await writeFile(join(folder, path), text);
}
