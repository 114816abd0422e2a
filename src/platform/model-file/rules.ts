import type { ModelFinding } from "../../contract/model-check.ts";

/** Raised whenever a rule changes what it finds: versions are then checked again before they are deployed. */
export const ruleset = 2;

interface Rule {
  severity: ModelFinding["severity"];
  why: string;
  hint: string;
}

const release =
  "If you know who made it and have read it, release the version with a reason; else register it in another format.";
const again = "Make the file again with the library's own save function and register the result.";

/** Every rule: what its finding does to a version, why, and what to do. */
export const rules = {
  "pickle-dangerous": {
    severity: "suspicious",
    why: "Loading this pickle can run commands, read files or open connections on the machine that loads it.",
    hint: "Do not load it. Ask who made it; a model has no need of this.",
  },
  "pickle-import": {
    severity: "suspicious",
    why: "A pickle imports and calls what it names when it is loaded, and this name is not on the list of what models are made of.",
    hint: release,
  },
  "pickle-code": {
    severity: "suspicious",
    why: "The pickle contains Python functions or classes as byte code, which nobody can review. cloudpickle writes every class that is defined in a script or notebook this way.",
    hint: 'Log the model from code instead (`python_model="model.py"`), so that the code is a file that can be read; or release the version with a reason.',
  },
  "pickle-hidden": {
    severity: "suspicious",
    why: "What it imports is computed while it is loaded and cannot be told beforehand. No library writes pickles like this.",
    hint: "Do not load it. Ask who made it.",
  },
  "pickle-trailing": {
    severity: "suspicious",
    why: "Bytes behind the end of a pickle may be a second one, which scanners miss and some loaders load.",
    hint: again,
  },
  "pickle-broken": {
    severity: "suspicious",
    why: "A pickle acts while it is read: what stands before the fault is done when somebody loads it.",
    hint: again,
  },
  "archive-entry": {
    severity: "refused",
    why: "Unpacking such an entry writes or reads outside the folder, or hides one file behind another.",
    hint: again,
  },
  "archive-damaged": {
    severity: "refused",
    why: "Programs that read such an archive disagree about what is in it, which is how content is hidden from checks.",
    hint: again,
  },
  "archive-bomb": {
    severity: "refused",
    why: "Unpacking it would fill the disk or memory of whoever does.",
    hint: "Register the files as they are instead of packed.",
  },
  "archive-nested": {
    severity: "refused",
    why: "An archive in an archive hides its files from checks.",
    hint: "Register the files as they are instead of packed.",
  },
  "wrong-format": {
    severity: "refused",
    why: "The name promises a harmless format and the content is another one; a loader that looks at the content loads that.",
    hint: "Give the file the extension of what it is.",
  },
  "safetensors-broken": {
    severity: "refused",
    why: "The format does not allow it; readers that do not check read memory that is not theirs.",
    hint: again,
  },
  "onnx-broken": { severity: "refused", why: "The file is not the ONNX model that its name says.", hint: again },
  "onnx-external": {
    severity: "refused",
    why: "A runtime opens the file that is named here, on its own disk and with its own rights.",
    hint: "Save the model with its external data beside it, in the same folder, and register the folder.",
  },
  "onnx-custom-op": {
    severity: "suspicious",
    why: "An operator of a foreign domain needs a native library that runs with the rights of the model server.",
    hint: "Export the model with standard operators; or release the version with a reason.",
  },
  "keras-code": {
    severity: "suspicious",
    why: "The model names code that runs when it is loaded: a Lambda layer, a function, or a class from outside Keras.",
    hint: "Replace it by layers of Keras or export the model to ONNX; or release the version with a reason.",
  },
  "hdf5-external": {
    severity: "suspicious",
    why: "Whoever reads the file opens the other one, on the own disk and with the own rights.",
    hint: "Save the model in one file; or release the version with a reason.",
  },
  "hdf5-swollen": {
    severity: "suspicious",
    why: "Whoever loads the file makes room for numbers that are not there, until the memory is full.",
    hint: "Save the model again with Keras; or release the version with a reason.",
  },
  "saved-model-op": {
    severity: "suspicious",
    why: "The graph reads or writes files or calls Python while it runs.",
    hint: "Export the model without this operation; or release the version with a reason.",
  },
  torchscript: {
    severity: "suspicious",
    why: "TorchScript is a program of its own, not only weights.",
    hint: "Save the weights as safetensors or export the model to ONNX; or release the version with a reason.",
  },
  "gguf-template": {
    severity: "suspicious",
    why: "The chat template is a Jinja program that runs wherever the model is used, and it reaches for more than text.",
    hint: "Take the template out or write it plainly; or release the version with a reason.",
  },
  "skops-type": {
    severity: "suspicious",
    why: "Loading the file makes an object of a type that is not on the list of what models are made of.",
    hint: release,
  },
  "mlmodel-loader": {
    severity: "suspicious",
    why: "MLflow imports this module and calls it to load the model.",
    hint: "Log the model with one of MLflow's own flavors; or release the version with a reason.",
  },
  "mlmodel-path": {
    severity: "refused",
    why: "MLflow would open a file outside the model.",
    hint: "Log the model again; the paths in its MLmodel file are relative to it.",
  },
  "mlmodel-broken": {
    severity: "refused",
    why: "MLflow reads this file first. It is plain YAML of modest size, without tags and with few aliases.",
    hint: "Log the model again with MLflow.",
  },
  "active-content": {
    severity: "suspicious",
    why: "A browser that opens the file runs what is in it.",
    hint: "Keep reports as artifacts of the run and out of the model; or release the version with a reason.",
  },
  "native-code": {
    severity: "suspicious",
    why: "It is a program or library, which runs on whatever machine loads it.",
    hint: "Install libraries through the environment, from a package index; or release the version with a reason.",
  },
  code: {
    severity: "note",
    why: "Python source beside a model runs when the model is loaded. It can be read under Files.",
    hint: "Read it before you approve a release.",
  },
  unreadable: {
    severity: "unknown",
    why: "What cannot be read cannot be judged.",
    hint: release,
  },
  "unknown-format": {
    severity: "unknown",
    why: "The format is not among those that can be judged.",
    hint: release,
  },
} satisfies Record<string, Rule>;

export type RuleName = keyof typeof rules;

export const found = (rule: RuleName, file: string, message: string): ModelFinding => ({
  file,
  rule,
  message,
  ...rules[rule],
});
