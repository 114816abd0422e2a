import type { TreeFile } from "../../contract/common.ts";
import { invalid } from "../../contract/errors.ts";

/** `onnx`: an ONNX file and nothing that says otherwise; `mlflow`: a folder with an MLmodel file. */
export function formatOf(files: TreeFile[]): string {
  const names = files.map((file) => file.path.toLowerCase());
  if (names.includes("mlmodel")) return "mlflow";
  return names.some((name) => name.endsWith(".onnx")) ? "onnx" : "custom";
}

/** Names that would be ambiguous in `models:/name/version` and on a disk are refused. */
export function modelName(name: string): string {
  const fine = name.trim() !== "" && name.length <= 256 && !/[/:\\]/.test(name) && name !== "." && name !== "..";
  if (fine) return name;
  throw invalid(`Invalid model name: '${name}'.`, { hint: "A name is not empty and has no '/' and no ':'." });
}

export function versionNumber(version: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(version) ? Number(version) : undefined;
}

/** `latest` and `v3` would hide versions. */
export function aliasName(alias: string): string {
  const wrong = !/^[\w-]{1,255}$/.test(alias)
    ? "An alias has 1 to 255 letters, digits, '_' or '-'."
    : /^(latest|v\d+)$/i.test(alias)
      ? "'latest' and 'v' with a number are reserved."
      : undefined;
  if (wrong === undefined) return alias;
  throw invalid(`Invalid alias name: '${alias}'. ${wrong}`);
}

export const stages = ["None", "Staging", "Production", "Archived"] as const;

export function stageName(stage: string, among: readonly string[] = stages): string {
  const known = among.find((candidate) => candidate.toLowerCase() === stage.toLowerCase());
  if (known) return known;
  throw invalid(`Invalid Model Version stage: ${stage}. Value must be one of ${among.join(", ")}.`);
}
