import { stringify } from "yaml";
import type { JobEnvironment } from "../../contract/job.ts";
import type { Context, LocalPath } from "./context.ts";
import { describe, type ListNode, type Node, parseYaml, plain, type ScalarNode } from "./document.ts";
import type { At, Located } from "./issues.ts";
import { Lines } from "./pip-lines.ts";
import { parseReference } from "./reference.ts";

/** Packages of Python, as a definition has them. */
export type Packages = Pick<JobEnvironment, "condaFile" | "files" | "uvProject">;

/** A conda file beside the YAML file, or in place. Files that its pip list names come with it, or take their place in it. */
export async function readConda(node: Node, context: Context): Promise<Packages> {
  if (node.kind === "map") return withFiles(node, undefined, context);
  if (node.kind === "list") {
    context.issues.add(node.at, '"conda_file" must be a path or a mapping, but it is a list');
    return { condaFile: null };
  }
  const found = await readText(node, "conda_file", "the conda file", context);
  if (!found) return { condaFile: null };
  const { path, text } = found;
  if (/\.txt$/i.test(path)) {
    context.issues.add(
      node.at,
      "this is a requirements file, not a conda file",
      `Write requirements_file: ${node.text}`,
    );
    return { condaFile: null };
  }
  const root = parseYaml(text, path, context.issues);
  if (root && root.kind !== "map")
    context.issues.add(root.at, `a conda file must be a mapping, but it is ${describe(root)}`);
  return root ? withFiles(root, text, context) : { condaFile: text };
}

/** `text` as it was written, which stays that way when its pip list names no files. */
async function withFiles(root: Node, text: string | undefined, context: Context): Promise<Packages> {
  const written = plain(root) as { dependencies?: unknown };
  const lists = pipLists(root);
  const lines = new Lines(context);
  for (const { list } of lists) {
    for (const item of list.items) if (item.kind === "scalar") await lines.add(item.text, item.at);
  }
  if (!lines.hasNamed) return { condaFile: text ?? stringify(written) };
  const others = (written.dependencies as unknown[]).filter((_, index) => lists.every((one) => one.index !== index));
  const condaFile = stringify({ ...written, dependencies: [...others, { pip: lines.texts }] });
  return { condaFile, ...(await lines.files()) };
}

/** The lists of requirements for pip among the dependencies, and where they are. */
function pipLists(root: Node): { list: ListNode; index: number }[] {
  const dependencies = root.kind === "map" ? root.entries.get("dependencies")?.node : undefined;
  if (dependencies?.kind !== "list") return [];
  return dependencies.items.flatMap((item, index) => {
    const list = item.kind === "map" ? item.entries.get("pip")?.node : undefined;
    return list?.kind === "list" ? [{ list, index }] : [];
  });
}

/** A requirements file of pip, as the conda file that says the same. */
export async function readRequirements(
  node: ScalarNode,
  python: Located<string> | undefined,
  context: Context,
): Promise<Packages> {
  if (python && !/^3\.\d+$/.test(python.value)) {
    context.issues.add(python.at, `python_version is a version such as "3.11", but it is "${python.value}"`);
  }
  const found = await readText(node, "requirements_file", "the requirements file", context);
  if (!found) return { condaFile: null };
  const lines = new Lines(context);
  await lines.addFile(found.path, found.text);
  const dependencies = [python ? `python=${python.value}` : "python", "pip", { pip: lines.texts }];
  return { condaFile: stringify({ dependencies }), ...(await lines.files()) };
}

async function readText(
  node: ScalarNode,
  field: string,
  what: string,
  context: Context,
): Promise<{ path: string; text: string } | undefined> {
  const reference = parseReference(node.text);
  if (reference.kind !== "local") {
    context.issues.add(node.at, `${field} must be a file beside the YAML file, but it is "${node.text}"`);
    return undefined;
  }
  const found = context.locate(reference.path, node.at, what);
  if (!found) return undefined;
  const text = found.kind === "file" ? await context.readText(found.path) : undefined;
  if (text !== undefined) return { path: found.path, text };
  context.issues.add(node.at, `${what} "${node.text}" is not a file that can be read`);
  return undefined;
}

/** What of a project of uv says which packages it has. */
const projectFiles = ["pyproject.toml", "uv.lock"];

/** The folder of a project of uv, or one of those files in it. */
export async function readProject(node: ScalarNode, context: Context): Promise<Packages> {
  const written = node.text.trim();
  const isFile = projectFiles.some((name) => written === name || written.endsWith(`/${name}`));
  const folder = isFile ? written.slice(0, Math.max(written.lastIndexOf("/"), 0)) || "." : written;
  const found: LocalPath[] = [];
  for (const name of projectFiles) {
    const file = locateIn(folder, name, node.at, context);
    if (file) found.push(file);
  }
  if (found.length < projectFiles.length) return { condaFile: null };
  const pinned = found[0]!.path.replace(/[^/]*$/, ".python-version");
  if (context.kindOf(pinned) === "file") found.push({ path: pinned, kind: "file" });
  return { condaFile: null, uvProject: await context.combine(undefined, found) };
}

const locateIn = (folder: string, name: string, at: At, context: Context): LocalPath | undefined =>
  context.locate(`${folder}/${name}`, at, name === "uv.lock" ? "the lock of the project" : "the project of uv");
