import { gunzipSync, inflateSync } from "node:zlib";
import { mostHeld } from "./archive/entry.ts";
import { bytesSource, type Source } from "./source.ts";

export type Packing = "gzip" | "zlib" | "bzip2" | "xz" | "lz4" | "zstd" | "7z" | "rar";

/** How a file is compressed, by its first bytes. */
export function packingOf(source: Source): Packing | undefined {
  const head = source.read(0, 8);
  const hex = head.toString("hex");
  if (hex.startsWith("1f8b08")) return "gzip";
  if (/^(789c|7801|785e|78da)/.test(hex)) return "zlib";
  if (/^425a683[1-9]/.test(hex)) return "bzip2";
  if (hex.startsWith("fd377a585a00") || hex.startsWith("5d0000")) return "xz";
  if (hex.startsWith("04224d18")) return "lz4";
  if (hex.startsWith("28b52ffd")) return "zstd";
  if (hex.startsWith("377abcaf271c")) return "7z";
  return head.toString("latin1", 0, 4) === "Rar!" ? "rar" : undefined;
}

/** The content, when it is packed in a way that is read here and not too large; else undefined. */
export function unpacked(source: Source, packing: Packing): Source | undefined {
  if (source.size > mostHeld || (packing !== "gzip" && packing !== "zlib")) return undefined;
  const unpack = packing === "gzip" ? gunzipSync : inflateSync;
  try {
    return bytesSource(unpack(source.read(0, source.size), { maxOutputLength: mostHeld }));
  } catch {
    return undefined;
  }
}
