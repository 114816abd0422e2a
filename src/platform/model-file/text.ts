import type { ModelFinding } from "../../contract/model-check.ts";
import { found } from "./rules.ts";
import type { Source } from "./source.ts";

const sample = 256 * 1024;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The findings about a text; undefined for what is none. */
export function textFindings(path: string, source: Source): ModelFinding[] | undefined {
  const bytes = source.read(0, sample);
  if (bytes.includes(0) || !isUtf8(bytes, source.size > sample)) return undefined;
  const text = bytes.toString("utf8").trimStart().slice(0, 2000);
  if (/\.(x?html?|svgz?|m?jsx?|cjs|tsx?|xht|swf)$/i.test(path) || isMarkup(text))
    return [found("active-content", path, "It is a page, an image with scripts, or a script for a browser.")];
  if (/\.(sh|bash|bat|cmd|ps1|vbs)$/i.test(path) || text.startsWith("#!"))
    return [found("native-code", path, "It is a script for the system.")];
  if (/\.(py|pyi|ipynb|r)$/i.test(path)) return [found("code", path, "It is source code.")];
  return [];
}

const isMarkup = (text: string): boolean =>
  /^(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*<(!doctype\s+(html|svg)|html|svg|script|body|head|iframe)\b/i.test(text);

/** A character may be cut off at the end of a sample. */
function isUtf8(bytes: Buffer, isCut: boolean): boolean {
  for (let cut = 0; cut <= (isCut ? 3 : 0); cut++) {
    try {
      decoder.decode(bytes.subarray(0, bytes.length - cut));
      return true;
    } catch {}
  }
  return false;
}
