import type { AssetFile } from "../../contract/asset-file.ts";
import { datastoreTypes, requiredSettings } from "../../contract/datastore.ts";
import type { About } from "./asset-file.ts";
import { datastoreShapes } from "./asset-schema.ts";
import type { MapNode } from "./document.ts";
import { readFields, type Shape } from "./fields.ts";
import type { Issues, Located } from "./issues.ts";

/** Fields that say what it is called rather than where it is. */
const notSettings = ["name", "type", "description", "display_name", "tags"];

/** A place where files are, as its type describes it. Credentials are read over. */
export function readDatastore(
  root: MapNode,
  { name, description }: About,
  issues: Issues,
): Extract<AssetFile, { kind: "datastore" }> | undefined {
  const written = root.entries.get("type")?.node;
  const word = written?.kind === "scalar" ? written.text.trim().toLowerCase() : "";
  const type = datastoreTypes.find((known) => known === word);
  if (!type) {
    issues.add(written?.at ?? root.at, `the type of a datastore is one of ${datastoreTypes.join(", ")}`);
    return undefined;
  }
  const shape: Shape = datastoreShapes[type];
  const required = ["name", ...requiredSettings[type]];
  const read = readFields(root, `a datastore of type ${type}`, shape, issues, required) as Record<string, Setting>;
  const settings = Object.entries(read).flatMap(([field, setting]): [string, string][] => {
    const text = textOf(setting);
    return notSettings.includes(field) || text === undefined ? [] : [[field, text]];
  });
  return { kind: "datastore", name, description, type, settings: Object.fromEntries(settings) };
}

type Setting = Located<string> | { name?: Located<string> } | undefined;

/** Of a part with fields of its own, its name counts: the artifact of a lake. */
const textOf = (setting: Setting): string | undefined =>
  setting && "value" in setting ? setting.value : setting?.name?.value;
