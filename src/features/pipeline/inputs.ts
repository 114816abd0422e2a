import { givenLiteral } from "../../contract/command.ts";
import { invalid, Problem } from "../../contract/errors.ts";
import { type Binding, type JobDefinition, type JobInput, valueTypes } from "../../contract/job.ts";
import type { StartPipeline } from "../../contract/pipeline.ts";
import { didYouMean } from "../../contract/suggest.ts";

type Given = StartPipeline["inputs"][string];

/** The definition with values in place of its own. */
export function withInputs(definition: JobDefinition, given: StartPipeline["inputs"]): JobDefinition {
  const inputs: JobDefinition["inputs"] = { ...definition.inputs };
  requireInputs(definition, Object.keys(given));
  for (const [name, value] of Object.entries(given)) {
    const declared = definition.inputs[name]!;
    inputs[name] = { ...declared, binding: bindingOf(name, declared, value) };
  }
  return { ...definition, inputs };
}

export function requireInputs({ inputs }: JobDefinition, names: string[]): void {
  const unknown = names.find((name) => !Object.hasOwn(inputs, name));
  if (unknown === undefined) return;
  throw invalid(`The pipeline has no input "${unknown}".`, {
    hint: didYouMean(unknown, Object.keys(inputs)) ?? `It has ${Object.keys(inputs).join(", ") || "none"}.`,
  });
}

function bindingOf(name: string, declared: JobInput, value: Given): Binding {
  if ((valueTypes as readonly string[]).includes(declared.type)) return givenLiteral(valueFor(name, declared, value));
  const asset = /^(?:azureml:)?([A-Za-z0-9][\w.-]*)(?::([\w.-]+)|@([\w.-]+))?$/.exec(String(value));
  if (!asset) {
    throw new Problem("invalid", `Input ${name} is a ${declared.type}; "${value}" names no data or model.`, {
      hint: "Give name, name:version or name@label of what is registered.",
    });
  }
  const [, assetName = "", version, label] = asset;
  const kind = declared.type.endsWith("_model") ? "model" : "data";
  return { from: "asset", kind, name: assetName, ...(version ? { version } : {}), ...(label ? { label } : {}) };
}

function valueFor(name: string, { type, enum: allowed, min, max }: JobInput, value: Given): Given {
  const wrong = (what: string): Problem => new Problem("invalid", `Input ${name}: ${JSON.stringify(value)} ${what}.`);
  const parsed = parse(type, value);
  if (parsed === undefined) throw wrong(`is no ${type}`);
  if (allowed && !allowed.includes(parsed)) throw wrong(`is none of ${allowed.join(", ")}`);
  if (typeof parsed === "number" && min !== undefined && parsed < min) throw wrong(`is below ${min}`);
  if (typeof parsed === "number" && max !== undefined && parsed > max) throw wrong(`is above ${max}`);
  return parsed;
}

function parse(type: JobInput["type"], value: Given): Given | undefined {
  if (type === "string") return String(value);
  if (type === "boolean") {
    const text = String(value).toLowerCase();
    return text === "true" || text === "false" ? text === "true" : undefined;
  }
  const number =
    typeof value === "number" ? value : typeof value === "string" && value.trim() ? Number(value) : Number.NaN;
  return Number.isFinite(number) && (type === "number" || Number.isInteger(number)) ? number : undefined;
}
