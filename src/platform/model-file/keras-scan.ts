import type { ModelFinding } from "../../contract/model-check.ts";
import { checkKerasConfig } from "./keras.ts";
import { found } from "./rules.ts";
import type { Source } from "./source.ts";

const step = 1 << 20;
const overlap = 64;
const mostConfigs = 50;
const longestConfig = 64 * 1024 ** 2;

/**
 * Configurations of Keras anywhere in a file, found by how they begin. A file that has one which is not found whole is
 * not judged.
 */
export function scanForConfigs(file: string, source: Source): ModelFinding[] {
  const findings: ModelFinding[] = [];
  let hasConfig = false;
  let read = 0;
  let attempts = 0;
  for (let place = 0; place < source.size; place += step) {
    const text = source.read(place, step + overlap).toString("latin1");
    hasConfig ||= /model_config|training_config|layer_config/.test(text);
    if (/\\u00[2-7][0-9a-fA-F]/.test(text))
      findings.push(
        found(
          "keras-code",
          file,
          "Letters of its configuration are written as numbers, as nobody does who has nothing to hide.",
        ),
      );
    for (const match of text.matchAll(/\{\s*"(class_name|module|optimizer_config|name)"/g)) {
      const at = place + match.index;
      if (match.index >= step || at < read) continue;
      if (++attempts > mostConfigs) return [...findings, found("unreadable", file, "It has too many configurations.")];
      const [config, end] = jsonAt(source, at);
      read = end;
      if (config === undefined) findings.push(found("unreadable", file, "Its configuration is not in one piece."));
      else findings.push(...checkKerasConfig(file, config));
    }
  }
  if (hasConfig && read === 0) findings.push(found("unreadable", file, "Its configuration was not found."));
  return findings;
}

/** The JSON object that begins at a place, and where it ends. */
function jsonAt(source: Source, start: number): [value: unknown, end: number] {
  const text = source.read(start, Math.min(longestConfig, source.size - start));
  let depth = 0;
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]!;
    if (byte === 0) break;
    if (isText) {
      if (byte === 0x5c) at++;
      else if (byte === 0x22) isText = false;
    } else if (byte === 0x22) isText = true;
    else if (byte === 0x7b) depth++;
    else if (byte === 0x7d && --depth === 0) return [parsed(text.toString("utf8", 0, at + 1)), start + at + 1];
  }
  return [undefined, start + 1];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
