import type { ModelFinding } from "../../contract/model-check.ts";
import { found } from "./rules.ts";
import type { Source } from "./source.ts";

/** Not among them: what every SavedModel has, to save and restore itself. */
const operators = [
  ...["ReadFile", "WriteFile", "PyFunc", "PyFuncStateless", "EagerPyFunc", "MatchingFiles", "PrintV2"],
  ...["WholeFileReader", "WholeFileReaderV2", "FixedLengthRecordReader", "TextLineReader", "DebugIdentity"],
];
/** How the operator of a node stands in the file: field 2, its length, its name. */
const written = operators.map((name) => ({
  name,
  bytes: Buffer.concat([Buffer.from([0x12, name.length]), Buffer.from(name)]),
}));

const step = 1 << 20;

/** The graph of a TensorFlow SavedModel: operations that reach outside it. */
export function checkSavedModel(file: string, source: Source): ModelFinding[] {
  const names = new Set<string>();
  for (let place = 0; place < source.size; place += step) {
    const part = source.read(place, step + 64);
    for (const { name, bytes } of written) if (part.includes(bytes)) names.add(name);
  }
  return names.size === 0 ? [] : [found("saved-model-op", file, `Its graph has ${[...names].join(", ")}.`)];
}
