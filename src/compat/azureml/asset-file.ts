import type { AssetFile } from "../../contract/asset-file.ts";
import { nameSchema } from "../../contract/common.ts";
import { modelTypes } from "../../contract/model-type.ts";
import { dataShape, modelShape } from "./asset-schema.ts";
import { readCompute } from "./compute.ts";
import type { Context } from "./context.ts";
import { readDatastore } from "./datastore.ts";
import type { MapNode, ScalarNode } from "./document.ts";
import { defineEnvironment } from "./environment.ts";
import { readFields, tags as readTags } from "./fields.ts";
import type { AssetKind } from "./file-kind.ts";
import type { At, Issues, Located } from "./issues.ts";
import { checkModelVersion } from "./model-version.ts";
import { parseReference, refusalOf, sourceOf, whatIs } from "./reference.ts";
import { readSchedule } from "./schedule.ts";
import { baseName } from "./source.ts";
import { shapeOf } from "./types.ts";

/** What a file defines that is no job and no component. Undefined, and issues, when something is wrong with it. */
export async function readAssetFile(
  root: MapNode,
  kind: AssetKind,
  file: string,
  context: Context,
): Promise<AssetFile | undefined> {
  const { issues } = context;
  if (kind === "environment") {
    const environment = await defineEnvironment(root, context);
    return { kind, ...aboutOf(root, file, issues), tags: tagsIn(root, issues), environment };
  }
  if (kind === "data" || kind === "model") return readFiles(root, kind, file, context);
  if (kind === "schedule") return readSchedule(root, aboutOf(root, file, issues), context);
  if (kind === "datastore") return readDatastore(root, aboutOf(root, file, issues), issues);
  return readCompute(root, aboutOf(root, file, issues), issues);
}

function tagsIn(root: MapNode, issues: Issues): Record<string, string> {
  const node = root.entries.get("tags")?.node;
  const tags = [...((node && readTags(node, "tags", issues)) ?? [])].map(([name, { value }]) => [name, value]);
  return Object.fromEntries(tags);
}

/** Files and folders that are registered. The type of a model may be missing: it is whatever lies there. */
async function readFiles(
  root: MapNode,
  kind: "data" | "model",
  file: string,
  context: Context,
): Promise<AssetFile | undefined> {
  const { issues } = context;
  const shape: typeof dataShape & Partial<typeof modelShape> =
    kind === "data" ? dataShape : { ...dataShape, ...modelShape };
  const fields = readFields(root, kind === "data" ? "a data asset" : "a model", shape, issues, ["path"]);
  const type = readAssetType(fields.type, kind, issues);
  const { path } = fields;
  if (!path || !type) return undefined;
  const own = kind === "model" ? { tags: tagsIn(root, issues) } : {};
  if (kind === "model" && fields.version) checkModelVersion(fields.version, issues);
  const base = { ...aboutOf(root, file, issues), ...own, kind, type } as Extract<AssetFile, { kind: "data" }>;
  const source = sourceOf(parseReference(path.text));
  if (source) return { ...base, tree: null, source };
  const local = localPath(path, kind, issues);
  if (local === undefined) return undefined;
  const found = context.locate(local, path.at, "the path");
  if (!found) return undefined;
  const expected = shapeOf(type);
  if (kind === "data" && expected !== found.kind)
    issues.add(path.at, `"${path.text}" is a ${found.kind}, but the type is ${type}`);
  return { ...base, tree: await context.digest(found.path), source: null };
}

/** A path beside the file; anything else is refused. */
function localPath(path: ScalarNode, kind: "data" | "model", issues: Issues): string | undefined {
  const reference = parseReference(path.text);
  if (reference.kind === "local") return reference.path;
  if (reference.kind === "invalid") {
    issues.add(path.at, reference.message, reference.hint);
    return undefined;
  }
  const isAsset = reference.kind === "asset" || reference.kind === "registry";
  const what = isAsset ? "another asset" : whatIs(reference);
  const message = `${what} as the path of ${kind === "data" ? "data" : "a model"} is not supported yet`;
  issues.refuse(path.at, isAsset ? "resource ids" : refusalOf(reference), message);
  return undefined;
}

const typesOfData = ["uri_file", "uri_folder", "mltable"] as const;

function readAssetType(
  written: Located<string> | undefined,
  kind: "data" | "model",
  issues: Issues,
): (typeof typesOfData)[number] | (typeof modelTypes)[number] | undefined {
  if (!written) return kind === "data" ? "uri_folder" : "custom_model";
  const types = kind === "data" ? typesOfData : modelTypes;
  const type = types.find((known) => known === written.value.trim().toLowerCase());
  if (!type)
    issues.add(written.at, `the type of ${kind === "data" ? "data" : "a model"} is one of ${types.join(", ")}`);
  return type;
}

/** Name, version and description of a file; without a name, that of the file. */
export function aboutOf(
  root: MapNode,
  file: string,
  issues: Issues,
): { name: string; version: string | null; description: string } {
  const word = (field: string): { text: string; at: At } | undefined => {
    const node = root.entries.get(field)?.node;
    return node?.kind === "scalar" && node.value !== null ? { text: node.text.trim(), at: node.at } : undefined;
  };
  const name = word("name");
  if (name && /^<.*>$|\{\{.*\}\}/.test(name.text))
    issues.refuse(name.at, "placeholders", `"${name.text}" is still to be filled in`);
  else if (name && !nameSchema.safeParse(name.text).success) issues.add(name.at, `"${name.text}" cannot be a name`);
  const stem = baseName(file).replace(/\.[^.]+$/, "");
  return {
    name: name?.text ?? stem,
    version: word("version")?.text ?? null,
    description: word("description")?.text ?? "",
  };
}

export type About = ReturnType<typeof aboutOf>;
