import type { Binding } from "../../contract/job.ts";
import type { Context } from "./context.ts";
import type { ScalarNode } from "./document.ts";
import { parseReference, refusalOf, sourceOf, whatIs } from "./reference.ts";
import { baseName } from "./source.ts";
import { type AssetType, isModel, shapeOf } from "./types.ts";

/** What a path or reference names, as a binding: a registered asset, or files that came with the job. */
export async function bindAsset(node: ScalarNode, type: AssetType, context: Context): Promise<Binding | undefined> {
  const { issues } = context;
  const reference = parseReference(node.text);
  const kind = isModel(type) ? "model" : "data";
  switch (reference.kind) {
    case "asset":
      return bindNamed(kind, reference, node, context);
    case "local":
      return bindFiles(reference.path, node, type, context);
    case "invalid":
      issues.add(node.at, reference.message, reference.hint);
      return undefined;
    case "registry":
      issues.warn(
        node.at,
        `the registry "${reference.registry}" is not reached from here: ${reference.name} is looked for in the workspace`,
      );
      return bindNamed(kind, reference, node, context);
    default: {
      const source = sourceOf(reference);
      if (source) return source;
      const hint = registerHint(kind);
      issues.refuse(node.at, refusalOf(reference), `${whatIs(reference)} as an input is not supported yet`, hint);
      return undefined;
    }
  }
}

async function bindNamed(
  kind: "data" | "model",
  { name, version, label = "latest" }: { name: string; version?: string; label?: string },
  node: ScalarNode,
  context: Context,
): Promise<Binding> {
  const by = version === undefined ? { label } : { version };
  await context.requireAsset(node.at, kind, name, by);
  return { from: "asset", kind, name, ...by };
}

const registerHint = (kind: "data" | "model"): string =>
  kind === "data"
    ? "Register the files as a data asset and write azureml:<name>@latest, or put them beside the YAML file."
    : "Register the model in this workspace and write azureml:<name>@latest.";

async function bindFiles(
  written: string,
  node: ScalarNode,
  type: AssetType,
  context: Context,
): Promise<Binding | undefined> {
  const found = context.locate(written, node.at, "the path");
  if (!found) return undefined;
  const shape = shapeOf(type);
  if (shape !== "either" && shape !== found.kind) {
    const fitting = found.kind === "file" ? "uri_file" : "uri_folder";
    context.issues.add(
      node.at,
      `"${written}" is a ${found.kind}, but the input is of type ${type}`,
      `Did you mean "${fitting}"?`,
    );
    return undefined;
  }
  const digest = await context.digest(found.path);
  return found.kind === "folder" ? { from: "tree", digest } : { from: "tree", digest, path: baseName(found.path) };
}
