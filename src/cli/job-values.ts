import { type Asset, local, url } from "../authoring/assets.ts";
import type { Pipeline } from "../authoring/pipeline.ts";
import { Problem } from "../contract/errors.ts";
import { assetTypes } from "../contract/job.ts";

/** `--set inputs.alpha=0.1`, as with YAML. */
export function withValues({ pipeline }: Pipeline, set: Record<string, string>, path: string): Pipeline {
  const values: Record<string, unknown> = { ...pipeline.values };
  for (const [key, text] of Object.entries(set)) {
    const name = /^inputs\.(\w+)$/.exec(key)?.[1];
    const declared = name === undefined ? undefined : pipeline.inputs?.[name];
    if (name === undefined || !declared) {
      const known = Object.keys(pipeline.inputs ?? {}).map((input) => `inputs.${input}`);
      throw new Problem("invalid", `--set ${key}: ${path} has no such input.`, {
        hint: known.length > 0 ? `It has ${known.join(", ")}.` : "It has no inputs.",
      });
    }
    values[name] = parsed(text, typeof declared === "string" ? declared : declared.type, key);
  }
  return { pipeline: { ...pipeline, values: values as typeof pipeline.values } };
}

function parsed(text: string, type: string, key: string): unknown {
  if (type === "string") return text;
  if (type === "boolean" && /^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  const number = Number(text);
  if ((type === "number" || type === "integer") && text.trim() !== "" && Number.isFinite(number)) return number;
  if (assetTypes.some((known) => known === type)) return assetOf(text, type);
  throw new Problem("invalid", `--set ${key}=${text}: this is no ${type}.`);
}

/** `azureml:diabetes:2`, `azureml:diabetes@latest`, a URL, or a path. */
function assetOf(text: string, type: string): Asset {
  const [, name, version, label] = /^azureml:([^:@/]+)(?::([^:@/]+)|@([^:@/]+))?$/.exec(text) ?? [];
  if (name !== undefined) {
    const which = { ...(version ? { version } : {}), ...(label ? { label } : {}) };
    return { asset: type.endsWith("_model") ? "model" : "data", name, ...which };
  }
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(text) ? url(text) : local(text);
}
