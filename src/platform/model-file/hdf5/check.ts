import type { ModelFinding } from "../../../contract/model-check.ts";
import { checkKerasConfig } from "../keras.ts";
import { scanForConfigs } from "../keras-scan.ts";
import { printable } from "../pickle/check.ts";
import { found } from "../rules.ts";
import { Malformed, type Source } from "../source.ts";
import type { Attribute } from "./attribute.ts";
import { type Hdf5Report, readHdf5 } from "./read.ts";

export const isHdf5 = (source: Source): boolean => source.read(0, 8).toString("latin1") === "\x89HDF\r\n\x1a\n";

/**
 * A file in HDF5, as Keras writes models and weights. What Keras reads is found by the structure of the file. All of its
 * bytes are looked through as well: a reader that takes the structure otherwise finds nothing that was not judged.
 */
export function checkHdf5(file: string, source: Source): ModelFinding[] {
  const seen = scanForConfigs(file, source).filter((finding) => finding.rule === "keras-code");
  const findings = [...structureFindings(file, source), ...seen];
  return [...new Map(findings.map((finding) => [finding.message, finding])).values()];
}

function structureFindings(file: string, source: Source): ModelFinding[] {
  let report: Hdf5Report;
  try {
    report = readHdf5(source);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return [found("unreadable", file, `Its structure cannot be followed: ${error.message}.`)];
  }
  return [
    ...report.outside.map((place) => found("hdf5-external", file, `${printable(place)}.`)),
    ...report.swollen.map((path) =>
      found("hdf5-swollen", file, `${printable(path)} says that it is larger than it is.`),
    ),
    ...report.attributes.flatMap((attribute) => attributeFindings(file, attribute)),
  ];
}

function attributeFindings(file: string, { name, text }: Attribute): ModelFinding[] {
  const isConfig = /_config$/.test(name);
  if (!isConfig && !/^\s*[{[]/.test(text ?? "")) return [];
  try {
    return checkKerasConfig(file, JSON.parse(text ?? ""));
  } catch {
    return isConfig
      ? [found("unreadable", file, `Its ${printable(name)} is not the JSON text that Keras writes.`)]
      : [];
  }
}
