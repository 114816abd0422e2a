import type { ModelFinding } from "../../../contract/model-check.ts";
import { checkContent } from "../content.ts";
import { checkKerasConfig } from "../keras.ts";
import { packingOf, unpacked } from "../packed.ts";
import { found } from "../rules.ts";
import { checkSkops } from "../skops.ts";
import type { Source } from "../source.ts";
import { BadArchive, type Entry } from "./entry.ts";
import { isTar, readTar } from "./tar.ts";
import { isZip, readZip } from "./zip.ts";

const zipNames = /\.(zip|npz|keras|pt|pth|ckpt|bin|skops|whl|egg|jar|mar|pt2|ptl|torchscript)$/i;
const tarNames = /\.(tar|tgz|tar\.gz|pt|pth|ckpt|nemo|gz)$/i;
const archiveNames = /\.(zip|npz|keras|skops|tar|tgz|tar\.gz|7z|rar|bz2|xz|zst|whl|egg|jar|mar)$/i;

/** The findings about a file that is an archive and what is in it; undefined when it is none. */
export function checkArchive(path: string, source: Source): ModelFinding[] | undefined {
  const packing = packingOf(source);
  const isPackedTar = packing === "gzip" && /\.(tgz|tar\.gz|gz|nemo)$/i.test(path);
  const content = isPackedTar ? unpacked(source, "gzip") : source;
  if (!content) return [found("unreadable", path, "It is too large to unpack here.")];
  const kind = isZip(content) ? "zip" : isTar(content) ? "tar" : undefined;
  if (!kind) return undefined;
  if (!(kind === "zip" ? zipNames : tarNames).test(path))
    return [found("wrong-format", path, `It is a ${kind} archive and its name says something else.`)];
  try {
    const entries = kind === "zip" ? readZip(content) : readTar(content);
    return entries.flatMap((entry) => checkEntry(path, entry, entries)).concat(checkWhole(path, entries));
  } catch (error) {
    if (error instanceof BadArchive) return [found(error.rule, path, error.message)];
    throw error;
  }
}

/** Tensors of torch: raw bytes, which may look like anything. */
const isStorage = (entry: Entry): boolean => /(^|\/)(data|constants|storages|tensors)(\/[^/]+)?$/.test(entry.path);
const isTorch = (entries: Entry[]): boolean =>
  entries.some((entry) => /(^|\/)data\.pkl$/.test(entry.path)) &&
  entries.some((entry) => /(^|\/)(version|\.format_version)$/.test(entry.path));

function checkEntry(path: string, entry: Entry, entries: Entry[]): ModelFinding[] {
  const inTorch = isTorch(entries);
  if (inTorch && isStorage(entry)) return [];
  const called = `${path}!${entry.path}`;
  const content = entry.open();
  if (!content)
    return [found("unreadable", called, "It is too large to unpack here, or packed in a way that is not read.")];
  if (archiveNames.test(entry.path) || isZip(content) || isTar(content) || isPacked(content))
    return [found("archive-nested", called, "It is an archive inside an archive.")];
  // What torch writes besides: small files without an extension.
  if (inTorch && !/\.\w+$/.test(entry.path) && content.size < 4096) return [];
  if (inTorch && /\.debug_pkl$/.test(entry.path)) return [];
  if (/\.onnx$/i.test(entry.path))
    return [found("unreadable", called, "A model inside an archive is not looked into.")];
  return checkContent(called, content, inTorch);
}

const isPacked = (source: Source): boolean => {
  const packing = packingOf(source);
  return packing !== undefined && packing !== "zlib" && packing !== "xz";
};

/** What the entries are together: a model of Keras, of skops, a program of torch. */
function checkWhole(path: string, entries: Entry[]): ModelFinding[] {
  const findings: ModelFinding[] = [];
  if (isTorch(entries) && entries.some((entry) => /(^|\/)(code\/.*\.py|constants\.pkl)$/.test(entry.path)))
    findings.push(found("torchscript", path, "It is a TorchScript program."));
  const config = jsonOf(entries, "config.json");
  if (/\.keras$/i.test(path) && config === undefined)
    findings.push(found("unreadable", path, "It has no configuration that can be read."));
  if (config !== undefined) findings.push(...checkKerasConfig(`${path}!config.json`, config));
  if (/\.skops$/i.test(path)) {
    const schema = jsonOf(entries, "schema.json");
    if (schema === undefined) findings.push(found("unreadable", path, "It has no schema that can be read."));
    else findings.push(...checkSkops(path, schema));
  }
  return findings;
}

const largestConfig = 64 * 1024 ** 2;

function jsonOf(entries: Entry[], name: string): unknown {
  const content = entries.find((entry) => entry.path === name && entry.size <= largestConfig)?.open();
  try {
    return content && JSON.parse(content.read(0, content.size).toString("utf8"));
  } catch {
    return undefined;
  }
}
