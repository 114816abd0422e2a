import type { AssetFile } from "../../contract/asset-file.ts";
import type { Binding, JobInput } from "../../contract/job.ts";
import { aboutOf, readAssetFile } from "./asset-file.ts";
import { type Component, Components, readComponent } from "./component.ts";
import { Context } from "./context.ts";
import { describe, type MapNode, parseYaml } from "./document.ts";
import { type FileKind, fileKind } from "./file-kind.ts";
import { type Translated, type TranslateOptions, translateJob } from "./index.ts";
import { Issues } from "./issues.ts";
import { isOrAre, nameOf } from "./kind.ts";
import { buildSteps, innerScope, PlacedPipeline } from "./pipeline.ts";
import { baseName, type SourceFiles } from "./source.ts";
import { coerce, isAsset } from "./types.ts";

export interface Checked extends Translated {
  kind: FileKind;
  /** What a file defines that is no job. */
  asset: AssetFile | null;
}

/** Reads a file of any kind of the language: what it is, what it defines and what is wrong with it. */
export async function checkFile(files: SourceFiles, file: string, options: TranslateOptions): Promise<Checked> {
  const issues = new Issues();
  const found = (kind: FileKind, asset?: AssetFile): Checked => ({
    kind,
    asset: issues.any ? null : (asset ?? null),
    definition: null,
    issues: issues.list(),
    warnings: issues.warnings(),
    refused: issues.refused,
    verdict: issues.verdict,
  });
  const text = (await files.read(file)) ?? "";
  const root = parseYaml(text, file, issues);
  if (root?.kind !== "map") {
    if (root) issues.add(root.at, `the file must be a mapping, but it is ${describe(root)}`);
    const isTemplate = /(^|[^$])\{\{\s*\w+\s*\}\}/.test(text);
    return found({ is: "foreign", name: isTemplate ? "a template that is not filled in" : "no mapping" });
  }
  const kind = fileKind(root);
  if (kind.is === "job") return { kind, asset: null, ...(await translateJob(files, file, options)) };
  if (kind.is === "refused")
    issues.refuse(root.at, kind.refusal, `${kind.name} ${isOrAre(kind.name)} not supported yet`);
  else if (kind.is === "foreign" || kind.is === "unknown") issues.add(root.at, `this file is ${nameOf(kind)}`);
  else {
    const context = await Context.open(files, issues, options);
    if (kind.is !== "component") return found(kind, await readAssetFile(root, kind.is, file, context));
    return found(kind, await checkComponent(root, file, context));
  }
  return found(kind);
}

/** A component defines something as soon as it can be read: a step gives it its values. */
async function checkComponent(root: MapNode, file: string, context: Context): Promise<AssetFile | undefined> {
  const component = await readComponent(root, baseName(file), new Components(context));
  if (!component || component.type === "sweep") return undefined;
  await checkPipeline(component, context);
  const about = aboutOf(root, file, context.issues);
  return { kind: "component", ...about, type: component.type, displayName: component.displayName ?? about.name };
}

/** Connects the steps of a pipeline component with what they will be given, of which only the types are known. */
async function checkPipeline(component: Component, context: Context): Promise<void> {
  if (!component.pipeline) return;
  const given = [...component.ports.values()].map(({ name, type, optional, default: written }): [string, JobInput] => {
    const value = written && !isAsset(type) ? coerce(written, type) : undefined;
    const binding: Binding = value === undefined ? { from: "input", input: name } : { from: "literal", value };
    return [name, { type, optional, binding }];
  });
  const placed = new PlacedPipeline(component.pipeline, context.issues);
  const use = { component, inputs: new Map() };
  const scope = innerScope(placed, use, Object.fromEntries(given), context.issues);
  await buildSteps(placed, scope, { after: [], when: null, compute: undefined }, context, {});
}
