import { Problem } from "../../contract/errors.ts";
import type { ModelFinding, ModelSignature } from "../../contract/model-check.ts";
import { readYaml } from "../yaml.ts";
import { objectsIn } from "./config-walk.ts";
import { printable } from "./pickle/check.ts";
import { found } from "./rules.ts";
import { signatureOf } from "./signature.ts";

export interface MlmodelReport {
  findings: ModelFinding[];
  signature: ModelSignature | null;
  /** Path of an example request, as it was logged. */
  example: string | null;
  /** Files that are loaded as pickles, whatever they are called. */
  pickles: string[];
}

export const largestMlmodel = 1 << 20;

/** Modules of MLflow that load its own flavors. */
const loader =
  /^mlflow\.(sklearn|xgboost|lightgbm|catboost|onnx|pytorch|tensorflow|keras|statsmodels|spacy|prophet|pmdarima|transformers|sentence_transformers|langchain|spark|h2o|paddle|diviner|shap|dspy|llama_index|pyfunc\.model|pyfunc\.loaders\.\w+|pyfunc\.dbconnect_artifact_cache)$/;

const loaded = new Set(["code", "data", "model_path", "model_data", "python_model", "pickled_model", "artifact_path"]);
const besides = new Set(["serving_input_path", "conda", "virtualenv", "path", "config_path", "model_code_path"]);

/** The file that says how MLflow loads a model. `folder` is where it lies, with a slash; `paths` are the files there. */
export function checkMlmodel(file: string, text: string, folder: string, paths: Set<string>): MlmodelReport {
  const report: MlmodelReport = { findings: [], signature: null, example: null, pickles: [] };
  const say = (rule: Parameters<typeof found>[0], message: string) => report.findings.push(found(rule, file, message));
  let content: unknown;
  try {
    content = readYaml(text);
  } catch (error) {
    say("mlmodel-broken", printable(error instanceof Error ? error.message.split("\n")[0]! : String(error)));
    return report;
  }
  const root = isObject(content) ? content : {};
  const flavors = isObject(root.flavors) ? root.flavors : undefined;
  if (!flavors) {
    say("mlmodel-broken", "It names no flavor.");
    return report;
  }
  const python = isObject(flavors.python_function) ? flavors.python_function : {};
  const module = python.loader_module;
  if (typeof module === "string" && !loader.test(module))
    say("mlmodel-loader", `Its loader is the module ${printable(module)}.`);
  for (const part of [...objectsIn(flavors), ...objectsIn(root.saved_input_example_info)]) {
    for (const [key, value] of Object.entries(part)) {
      if (typeof value !== "string" || !(loaded.has(key) || besides.has(key))) continue;
      // MLflow takes only the last part of it.
      const path = key === "model_code_path" ? value.split(/[/\\]/).at(-1)! : value;
      if (leaves(path)) say("mlmodel-path", `Its ${key} is ${printable(JSON.stringify(value))}.`);
      if (key === "pickled_model" || key === "python_model") report.pickles.push(folder + path);
    }
  }
  report.signature = signatureOf(root.signature);
  const info = isObject(root.saved_input_example_info) ? root.saved_input_example_info : {};
  const example = [info.serving_input_path, "serving_input_example.json"].find(
    (path) => typeof path === "string" && paths.has(folder + path),
  );
  report.example = typeof example === "string" ? folder + example : null;
  return report;
}

/** What an MLmodel file says of the model: the flavors that it has, and what it takes and gives. */
export function mlmodelOf(text: string, file: string): { flavors: string[]; signature: ModelSignature | null } {
  try {
    const root = readYaml(text);
    if (!isObject(root)) throw new Error("it is no mapping");
    return { flavors: isObject(root.flavors) ? Object.keys(root.flavors) : [], signature: signatureOf(root.signature) };
  } catch (error) {
    const why = printable(error instanceof Error ? error.message.split("\n")[0]! : String(error));
    throw new Problem("unprocessable", `${file} is no MLmodel file: ${why}`);
  }
}

const leaves = (path: string): boolean =>
  /^([/\\]|[a-z][a-z0-9+.-]*:)/i.test(path) || path.split(/[/\\]/).includes("..") || path.includes("\0");

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
