import type { ModelFinding } from "../../contract/model-check.ts";
import { printable } from "./pickle/check.ts";
import { found } from "./rules.ts";
import { Cursor, Malformed, type Source } from "./source.ts";

export const isGguf = (source: Source): boolean => source.read(0, 4).toString("latin1") === "GGUF";

const widths = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
const textType = 8;
const arrayType = 9;
const mostEntries = 1_000_000;

/** What templates of chats have no use for and attacks on Jinja do. */
const odd =
  /__\w+__|\b(import|include|extends|globals|builtins|subclasses|popen|system|eval|exec|lipsum|cycler|joiner)\b\s*[(.['"]|\|\s*attr\b/;

export function checkGguf(file: string, source: Source): ModelFinding[] {
  const findings: ModelFinding[] = [];
  try {
    for (const [key, value] of textsOf(source)) {
      if (!/chat_template/.test(key)) continue;
      const what = odd.exec(value)?.[0];
      if (what !== undefined)
        findings.push(found("gguf-template", file, `${printable(key)} contains ${printable(what)}.`));
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    findings.push(found("unreadable", file, `Its header is broken: at byte ${error.offset}, ${error.message}.`));
  }
  return findings;
}

function* textsOf(source: Source): Generator<[key: string, value: string]> {
  const cursor = new Cursor(source, 4);
  const version = cursor.unsigned(4);
  if (version < 2 || version > 3) throw new Malformed(`version ${version} is unknown`, 4);
  const tensors = cursor.unsigned(8);
  const count = cursor.unsigned(8);
  if (count > mostEntries || tensors > mostEntries) throw new Malformed("it has too many entries", 8);
  for (let index = 0; index < count; index++) {
    const key = textOf(cursor, 65_535);
    const type = cursor.unsigned(4);
    if (type === textType) yield [key, textOf(cursor, 1 << 24)];
    else skipValue(cursor, type, 0);
  }
}

function textOf(cursor: Cursor, longest: number): string {
  const length = cursor.unsigned(8);
  if (length > longest) throw new Malformed("a text is too long", cursor.position);
  return cursor.take(length).toString("utf8");
}

function skipValue(cursor: Cursor, type: number, depth: number): void {
  if (type === textType) return cursor.skip(cursor.unsigned(8));
  if (type !== arrayType) {
    const width = widths[type];
    if (!width) throw new Malformed(`the type ${type} is unknown`, cursor.position);
    return cursor.skip(width);
  }
  const inner = cursor.unsigned(4);
  const count = cursor.unsigned(8);
  if (depth > 4) throw new Malformed("arrays are nested too deep", cursor.position);
  const width = widths[inner];
  if (width) return cursor.skip(width * count);
  if (count > 100 * mostEntries) throw new Malformed("an array is too long", cursor.position);
  for (let index = 0; index < count; index++) skipValue(cursor, inner, depth + 1);
}
