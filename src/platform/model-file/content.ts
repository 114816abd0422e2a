import type { ModelFinding } from "../../contract/model-check.ts";
import { checkGguf, isGguf } from "./gguf.ts";
import { checkHdf5, isHdf5 } from "./hdf5/check.ts";
import { scanForConfigs } from "./keras-scan.ts";
import { checkNpy, isNpy } from "./npy.ts";
import { packingOf, unpacked } from "./packed.ts";
import { checkPickle, isLegacyTorch, looksPickled } from "./pickle/check.ts";
import { found } from "./rules.ts";
import { checkSafetensors } from "./safetensors.ts";
import { checkSavedModel } from "./saved-model.ts";
import type { Source } from "./source.ts";
import { textFindings } from "./text.ts";

const pickled = /\.(pkl|pickle|p|joblib|jbl|dill|cloudpickle|pt|pth|ckpt|pt2|mar)$/i;
/** Extensions of formats that hold data only, and how such a file begins. */
const plain: [extension: RegExp, begins: RegExp][] = [
  [/\.parquet$/i, /^PAR1/],
  [/\.png$/i, /^\x89PNG\r\n/],
  [/\.jpe?g$/i, /^\xff\xd8\xff/],
  [/\.gif$/i, /^GIF8[79]a/],
  [/\.ubj$/i, /^\{/],
  [/(^|\/)variables\/variables\.(data-\d{5}-of-\d{5}|index)$/, /^/],
  [/(^|\/)fingerprint\.pb$/, /^/],
  [/\.(cbm|cb)$/i, /^CBM1/],
  [/\.(xgb|model|bst)$/i, /^(binf|\{)/],
];
const textual = /\.(txt|md|ya?ml|json|jsonl|csv|tsv|toml|cfg|ini|lock|lgb|rst|sql|py|pyi|proto|xml|conf|pbtxt|log)$/i;

/** The findings about a file that is no archive. What it is is told by its content; its name must agree. */
export function checkContent(path: string, source: Source, inArchive = false): ModelFinding[] {
  if (source.size === 0) return [];
  const head = source.read(0, 512);
  if (/\.safetensors$/i.test(path)) return checkSafetensors(path, source);
  if (isNpy(source)) return wrongName(path, /\.(npy|bin)$/i, "a numpy array") ?? checkNpy(path, source);
  if (isHdf5(source)) return wrongName(path, /\.(h5|hdf5|keras|ckpt|weights)$/i, "HDF5") ?? checkHdf5(path, source);
  if (isGguf(source)) return wrongName(path, /\.(gguf|bin)$/i, "GGUF") ?? checkGguf(path, source);
  if (isProgram(head)) return [found("native-code", path, "It is a program or library of machine code.")];
  if (/\.(pyc|pyo|so|dll|dylib|exe|class|jar|whl|egg)$/i.test(path))
    return [found("native-code", path, "Its name is that of compiled code.")];
  if (pickled.test(path) || isLegacyTorch(source)) return checkPickled(path, source, inArchive);
  if (/\.(npy|h5|hdf5|gguf|npz|keras|zip|tar|onnx)$/i.test(path))
    return [found("wrong-format", path, "It is not what its name says.")];
  if (/(^|\/)saved_model\.pb$/i.test(path)) return checkSavedModel(path, source);
  if (/(^|\/)keras_metadata\.pb$/i.test(path)) return scanForConfigs(path, source);
  const known = plain.find(([extension]) => extension.test(path));
  if (known?.[1].test(head.toString("latin1"))) return looksPickled(source) ? checkPickle(path, source) : [];
  return checkUnnamed(path, source);
}

function checkUnnamed(path: string, source: Source): ModelFinding[] {
  const text = textFindings(path, source);
  if (text === undefined && textual.test(path) && !looksPickled(source))
    return [found("wrong-format", path, "Its name is that of a text, and it is none.")];
  if (mayBePickle(source) && looksPickled(source)) {
    return textual.test(path)
      ? [found("wrong-format", path, "Its name is that of a text, and it is a pickle."), ...checkPickle(path, source)]
      : checkPickle(path, source);
  }
  if (text !== undefined) return text;
  const packing = packingOf(source);
  if (packing === "zlib") return checkPickled(path, source, false);
  return [
    found("unknown-format", path, packing ? `It is packed with ${packing}.` : "It is no format that is known here."),
  ];
}

/** Long texts are not tried: reading a pickle of protocol 0 from each would take its time, and none is that long. */
const mayBePickle = (source: Source): boolean => source.read(0, 1)[0] === 0x80 || source.size <= 1 << 20;

/** A pickle, possibly compressed as joblib does. */
function checkPickled(path: string, source: Source, inArchive: boolean): ModelFinding[] {
  const packing = packingOf(source);
  if (!packing) return checkPickle(path, source, { hasStorages: inArchive });
  const content = unpacked(source, packing);
  if (content) return checkPickle(path, content);
  return [found("unreadable", path, `It is packed with ${packing} and is not read, or too large to unpack here.`)];
}

const wrongName = (path: string, fitting: RegExp, what: string): ModelFinding[] | undefined =>
  fitting.test(path) || !/\.[A-Za-z]\w{0,11}$/.test(path)
    ? undefined
    : [found("wrong-format", path, `It is ${what} and its name says something else.`)];

/** ELF, Windows, Mach-O, Java, WebAssembly. */
function isProgram(head: Buffer): boolean {
  const hex = head.toString("hex", 0, 4);
  if (hex === "7f454c46" || /^(feedfac[ef]|c[ef]faedfe|cafebabe|0061736d)/.test(hex)) return true;
  return head.toString("latin1", 0, 2) === "MZ" && head.length >= 64 && head.readUInt32LE(60) < 4096;
}
