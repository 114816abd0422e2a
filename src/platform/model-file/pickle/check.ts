import type { ModelFinding } from "../../../contract/model-check.ts";
import { found } from "../rules.ts";
import { Cursor, Malformed, type Source } from "../source.ts";
import { isAllowed, isCode, isDangerous } from "./allow.ts";
import { emptyReport, type PickleReport, readPickle } from "./read.ts";

export interface PickleOptions {
  /** A pickle of torch names its storages by persistent ids. */
  hasStorages?: boolean;
  /** Where in the source it begins. */
  start?: number;
}

const shownNames = 12;

/** The findings about a file that is a pickle, or the part of a file from `start`. */
export function checkPickle(file: string, source: Source, options: PickleOptions = {}): ModelFinding[] {
  const cursor = new Cursor(source, options.start ?? 0);
  const report = emptyReport();
  const findings: ModelFinding[] = [];
  let isTorch = options.hasStorages ?? false;
  try {
    if (isLegacyTorch(source)) {
      isTorch = true;
      // Magic number, version, machine, the object, names of the storages; then their bytes.
      for (let part = 0; part < 5; part++) readPickle(cursor, report);
      cursor.position = source.size;
    } else readPickle(cursor, report);
    if (cursor.left > 0)
      findings.push(found("pickle-trailing", file, `${cursor.left} bytes follow the end of the pickle.`));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    findings.push(found("pickle-broken", file, `It is no whole pickle: at byte ${error.offset}, ${error.message}.`));
  }
  return [...judge(file, report, isTorch), ...findings];
}

/** The first thing in a file of torch before 1.6: the number 0x1950a86a20f9469cfc6c. */
export const isLegacyTorch = (source: Source): boolean =>
  source.read(0, 16).indexOf(Buffer.from("8a0a6cfc9c46f9206aa85019", "hex")) >= 0;

function judge(file: string, report: PickleReport, isTorch: boolean): ModelFinding[] {
  const names = [...report.imports.keys()].map((name) => name.split(" ") as [string, string]);
  const strange = names.filter(([module, name]) => !isAllowed(module, name));
  const code = strange.filter(([module, name]) => isCode(module, name));
  const dangerous = strange.filter(([module, name]) => !isCode(module, name) && isDangerous(module, name));
  // Where there are classes by their code, `type` makes them.
  const expected = (module: string, name: string) => code.length > 0 && module === "builtins" && name === "type";
  const other = strange.filter((name) => !code.includes(name) && !dangerous.includes(name) && !expected(...name));
  const findings: ModelFinding[] = [];
  if (dangerous.length > 0) findings.push(found("pickle-dangerous", file, `It calls ${listOf(dangerous)}.`));
  if (code.length > 0) findings.push(found("pickle-code", file, "It contains Python code as cloudpickle writes it."));
  if (other.length > 0) findings.push(found("pickle-import", file, `It imports ${listOf(other)}.`));
  const [hidden] = report.hidden;
  if (hidden) findings.push(found("pickle-hidden", file, `At byte ${hidden.offset}, ${hidden.what}.`));
  if (report.persistentIds > 0 && !isTorch)
    findings.push(found("pickle-hidden", file, "It refers to objects outside the file by persistent ids."));
  return findings;
}

/** Names as Python has them, without what would break a line. */
const listOf = (names: [string, string][]): string => {
  const texts = names.slice(0, shownNames).map(([module, name]) => printable(`${module}.${name}`));
  return texts.join(", ") + (names.length > shownNames ? ` and ${names.length - shownNames} more` : "");
};

export const printable = (text: string): string =>
  text
    .slice(0, 200)
    .replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** Whether the source is a whole pickle that imports something: for files whose name says nothing. */
export function looksPickled(source: Source): boolean {
  const report = emptyReport();
  const cursor = new Cursor(source);
  try {
    readPickle(cursor, report);
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
  return report.imports.size + report.hidden.length > 0 || source.read(0, 1)[0] === 0x80;
}
