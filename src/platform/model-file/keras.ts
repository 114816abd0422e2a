import type { ModelFinding } from "../../contract/model-check.ts";
import { objectsIn } from "./config-walk.ts";
import { printable } from "./pickle/check.ts";
import { found } from "./rules.ts";

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
