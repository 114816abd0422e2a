import type { ModelFinding } from "../../contract/model-check.ts";
import { objectsIn } from "./config-walk.ts";
import { printable } from "./pickle/check.ts";
import { found } from "./rules.ts";
import type { Source } from "./source.ts";

/** What Keras builds by itself: its own classes, but not its utilities, of which some fetch and open files. */
const modules =
  /^(keras|tf_keras|tensorflow\.keras|tensorflow\.python\.keras|keras\.src)(\.(layers|activations|initializers|regularizers|constraints|losses|metrics|optimizers|models|applications|dtype_policies|engine|mixed_precision|random)(\.\w+)*)?$/;
/** Arithmetic on tensors, as classes; the functions of the same modules are not named in files. */
const operations = /^keras(\.src)?\.ops(\.\w+)*$/;
const functions = /\.(activations|losses|metrics|initializers)(\.\w+)*$/;
/** Layers that run code or open what their configuration names. */
const dangerous = new Set([
  "Lambda",
  "TFSMLayer",
  "TorchModuleWrapper",
  "JaxLayer",
  "FlaxLayer",
  "OpLambda",
  "SlicingOpLambda",
]);

/** What a Keras configuration would load besides layers; it is a value read from JSON. */
export function checkKerasConfig(file: string, config: unknown): ModelFinding[] {
  const messages = new Set<string>();
  for (const part of objectsIn(config)) {
    const message = faultOf(part);
    if (message) messages.add(message);
  }
  return [...messages].slice(0, 20).map((message) => found("keras-code", file, message));
}

function faultOf(part: Record<string, unknown>): string | undefined {
  const { class_name: name, module, config, registered_name: registered } = part;
  if (typeof name !== "string") return undefined;
  const called = printable(name);
  if (dangerous.has(name)) return `It has a layer ${called}, which runs code.`;
  if (/^__?\w+__?$/.test(name) && !/^__(keras_tensor|tensor|numpy|tuple|ellipsis)__$/.test(name))
    return name === "__lambda__" ? "It has a function by its byte code." : `It has a part ${called}.`;
  const isOperation = typeof module === "string" && operations.test(module) && /^[A-Z]\w*$/.test(name);
  if (typeof module === "string" && module !== "builtins" && !modules.test(module) && !isOperation)
    return `It imports ${printable(`${module}.${name}`)}.`;
  if (
    module === "builtins" &&
    name !== "function" &&
    !/^(int|float|str|bool|bytes|slice|range|tuple|list|dict|set)$/.test(name)
  )
    return `It imports ${printable(`builtins.${name}`)}.`;
  if (name === "function") {
    const from = typeof module === "string" ? module : "";
    if (!modules.test(from) || !functions.test(from))
      return `It names the function ${printable(String(config))} of ${printable(from || "nowhere")}.`;
  }
  if (typeof registered === "string" && registered.includes(">") && !/^(keras|Keras)>/.test(registered))
    return `It has the custom class ${printable(registered)}.`;
  if (
    typeof config === "object" &&
    config !== null &&
    typeof (config as { vocabulary?: unknown }).vocabulary === "string"
  )
    return `The layer ${called} reads its vocabulary from a file.`;
  return undefined;
}

const step = 1 << 20;
const overlap = 64;
const mostConfigs = 50;
const longestConfig = 64 * 1024 ** 2;

export const isHdf5 = (source: Source): boolean => source.read(0, 8).toString("latin1") === "\x89HDF\r\n\x1a\n";

/**
 * A Keras model in HDF5. Its configuration is one JSON text, stored uncompressed; it is found by how it begins. A file
 * that has a configuration which is not found whole is not judged.
 */
export function checkHdf5(file: string, source: Source): ModelFinding[] {
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
