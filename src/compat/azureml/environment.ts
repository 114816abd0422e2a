import type { JobEnvironment } from "../../contract/job.ts";
import type { Context } from "./context.ts";
import { describe, type MapNode, type Node } from "./document.ts";
import { type Fields, readFields } from "./fields.ts";
import type { At } from "./issues.ts";
import { type Packages, readConda, readProject, readRequirements } from "./packages.ts";
import { parseReference, refusalOf, whatIs } from "./reference.ts";
import { buildShape, environmentShape } from "./schema.ts";

/** The agent's own interpreter. */
export const ownInterpreter: JobEnvironment = { name: null, condaFile: null, image: null };

/** An `environment` field: a registered environment, a YAML file, or a definition in place. */
export async function resolveEnvironment(node: Node | undefined, context: Context): Promise<JobEnvironment> {
  if (!node) return ownInterpreter;
  if (node.kind === "map") return defineEnvironment(node, context);
  if (node.kind === "list") {
    context.issues.add(node.at, '"environment" must be a reference or a mapping, but it is a list');
    return ownInterpreter;
  }
  const reference = parseReference(node.text);
  switch (reference.kind) {
    case "asset":
    case "registry":
      return findEnvironment(reference, node.at, context);
    case "local":
      return readEnvironmentFile(reference.path, node.at, context);
    case "invalid":
      context.issues.add(node.at, reference.message, reference.hint);
      return ownInterpreter;
    default:
      context.issues.refuse(
        node.at,
        refusalOf(reference),
        `${whatIs(reference)} as an environment is not supported yet`,
        "Write image and conda_file.",
      );
      return ownInterpreter;
  }
}

type Named = { kind: "asset" | "registry"; name: string; version?: string; label?: string; registry?: string };

/** An environment of a registry is looked for in the workspace by its name: registries are not reached from here. */
async function findEnvironment(reference: Named, at: At, context: Context): Promise<JobEnvironment> {
  const { name, version, label } = reference;
  if (label !== undefined && label !== "latest") {
    context.issues.lack(
      at,
      `environments have versions and "latest", but no label "${label}"`,
      `Write azureml:${name}@latest.`,
    );
    return ownInterpreter;
  }
  const found = await context.findEnvironment(name, version);
  if (found) return { ...found, name };
  const what = version === undefined ? `"${name}"` : `"${name}" version ${version}`;
  const where = reference.kind === "registry" ? ` (the registry "${reference.registry}" is not reached from here)` : "";
  const hint = "`trainyard environment list` lists what is there; or write image and conda_file in its place.";
  context.issues.lack(at, `there is no environment ${what} in this workspace${where}`, hint);
  return ownInterpreter;
}

async function readEnvironmentFile(written: string, at: At, context: Context): Promise<JobEnvironment> {
  if (/^<.*>$/.test(written)) {
    context.issues.refuse(at, "placeholders", `"${written}" is still to be filled in`);
    return ownInterpreter;
  }
  if (!/\.ya?ml$/i.test(written)) {
    context.issues.add(at, `"${written}" is not a reference to an environment`, hintFor(written));
    return ownInterpreter;
  }
  const found = context.locate(written, at, "the environment file");
  if (!found) return ownInterpreter;
  const root = await context.document(found.path);
  if (!root) return ownInterpreter;
  if (root.kind === "map") return defineEnvironment(root, context);
  context.issues.add(root.at, `an environment file must be a mapping, but it is ${describe(root)}`);
  return ownInterpreter;
}

/** What somebody meant who names something else in place of an environment. */
function hintFor(written: string): string {
  const folder = /^(.*?)\/?(?:uv\.lock|pyproject\.toml)$/.exec(written)?.[1];
  if (folder !== undefined)
    return `Write uv_project: ${folder || "."} in a mapping, for the project of uv in this folder.`;
  if (/\.txt$/i.test(written)) return `Write requirements_file: ${written} in a mapping.`;
  const file = written.replace(/^\.\//, "");
  return `Write azureml:<name>@latest for a registered environment, or ./${file}.yml for a file.`;
}

export async function defineEnvironment(node: MapNode, context: Context): Promise<JobEnvironment> {
  if (node.entries.has("dependencies") || node.entries.has("channels")) {
    const hint = "Name it with conda_file: ./file.yml, or put its content under conda_file.";
    context.issues.add(node.at, "this is a conda file, not an environment", hint);
    return ownInterpreter;
  }
  const fields = readFields(node, "an environment", environmentShape, context.issues);
  if (fields.os_type?.value === "windows")
    context.issues.refuse(fields.os_type.at, "Windows", "environments for Windows are not supported yet");
  const packages = packageFields.flatMap((name) => node.entries.get(name) ?? []);
  if (!fields.image && packages.length === 0 && !node.entries.has("build")) {
    context.issues.add(node.at, "an environment needs image, conda_file, both, or build");
  }
  if (fields.build && (fields.image || packages.length > 0))
    context.issues.add(fields.build.at, "an environment with a build context has neither image nor conda_file");
  if (packages[1]) {
    const message = `an environment has one of ${packageFields.join(", ")}`;
    context.issues.add(packages[1].at, message);
  }
  if (fields.python_version && !fields.requirements_file)
    context.issues.add(fields.python_version.at, "python_version belongs to a requirements_file");
  const build = fields.build && (await readBuild(fields.build, context));
  const image = fields.image?.value ?? null;
  return { name: null, image, ...(await readPackages(fields, context)), ...(build ? { build } : {}) };
}

/** The fields that say which packages of Python it has. */
const packageFields = ["conda_file", "requirements_file", "uv_project"] as const;

async function readPackages(
  { conda_file, requirements_file, python_version, uv_project }: Fields<typeof environmentShape>,
  context: Context,
): Promise<Packages> {
  if (conda_file) return readConda(conda_file, context);
  if (requirements_file) return readRequirements(requirements_file, python_version, context);
  return uv_project ? readProject(uv_project, context) : { condaFile: null };
}

/** A folder with a Dockerfile. */
async function readBuild(node: MapNode, context: Context): Promise<JobEnvironment["build"]> {
  const fields = readFields(node, "a build context", buildShape, context.issues);
  const path = fields.path ?? fields.local_path;
  if (!path) {
    context.issues.add(node.at, 'a build context needs the field "path"');
    return undefined;
  }
  const reference = parseReference(path.text);
  if (reference.kind !== "local") {
    const message = `the build context must be a folder beside the YAML file, but it is "${path.text}"`;
    context.issues.refuse(path.at, reference.kind === "git" ? "git URLs" : "resource ids", message);
    return undefined;
  }
  const found = context.locate(reference.path, path.at, "the build context");
  const dockerfile = fields.dockerfile_path?.value.replace(/^\.\//, "") ?? "Dockerfile";
  if (!found) return undefined;
  if (context.kindOf([found.path, dockerfile].filter((part) => part !== "").join("/")) !== "file") {
    const at = fields.dockerfile_path?.at ?? path.at;
    context.issues.lack(at, `there is no file "${dockerfile}" in the build context "${path.text}"`);
  }
  return { context: await context.digest(found.path), dockerfile };
}
