import type { Source } from "../source.ts";
import { fieldsOf, type ProtoField, textOf } from "./protobuf.ts";

/** Files beside a model and their sizes, by path. */
export type Siblings = Map<string, number>;

const known = ["location", "offset", "length", "checksum"];

export class BadPlace extends Error {}

/** The file where a tensor's bytes are, by what its entries say. Fails with what is wrong with them. */
export function placeOfExternal(source: Source, entries: ProtoField[], folder: string, siblings: Siblings): string {
  const said = new Map<string, string>();
  for (const entry of entries) {
    const [key, value] = pairOf(source, entry);
    if (!known.includes(key)) throw new BadPlace(`it has the key ${JSON.stringify(key.slice(0, 100))}`);
    if (said.has(key)) throw new BadPlace(`it has the key ${key} twice`);
    said.set(key, value);
  }
  const location = said.get("location") ?? "";
  const size = siblings.get(folder + location);
  if (!isInside(location))
    throw new BadPlace(`its location ${JSON.stringify(location.slice(0, 200))} leaves the folder`);
  if (size === undefined)
    throw new BadPlace(`there is no file ${JSON.stringify(location.slice(0, 200))} beside the model`);
  const [offset, length] = [said.get("offset") ?? "0", said.get("length") ?? "0"];
  if (!/^\d{1,15}$/.test(offset) || !/^\d{1,15}$/.test(length))
    throw new BadPlace("its offset or length is no count of bytes");
  if (Number(offset) + Number(length) > size) throw new BadPlace(`it reaches behind the end of ${location}`);
  return folder + location;
}

function pairOf(source: Source, entry: ProtoField): [string, string] {
  const pair: [string, string] = ["", ""];
  for (const part of fieldsOf(source, entry.start, entry.length))
    if (part.number === 1 || part.number === 2) pair[part.number - 1] = textOf(source, part);
  return pair;
}

const isInside = (location: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  !/[\\\u0000-\u001f:%]/.test(location) &&
  location.split("/").every((part) => part !== "" && part !== "." && part !== "..");
