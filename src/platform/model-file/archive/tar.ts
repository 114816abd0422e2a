import { partOf, type Source } from "../source.ts";
import { BadArchive, checkNames, checkSizes, type Entry, mostEntries } from "./entry.ts";

const block = 512;
const damaged = (message: string) => new BadArchive("archive-damaged", message);

export const isTar = (source: Source): boolean => /^ustar/.test(source.read(257, 8).toString("latin1"));

/** The files of a tar archive. Links and devices are refused. */
export function readTar(source: Source): Entry[] {
  const entries: (Entry & { packed: number })[] = [];
  let longName: string | undefined;
  for (let place = 0; place + block <= source.size; ) {
    const header = source.read(place, block);
    if (header.every((byte) => byte === 0)) break;
    checkSum(header);
    const size = numberOf(header.subarray(124, 136));
    const kind = String.fromCharCode(header[156]!);
    const start = place + block;
    if (start + size > source.size) throw damaged("Its last entry is cut off.");
    const body = partOf(source, start, size);
    const name = longName ?? nameOf(header);
    longName = undefined;
    if (kind === "x") longName = paxPath(body) ?? undefined;
    else if (kind === "L") longName = text(body.read(0, Math.min(size, 4096)));
    else if (kind === "0" || kind === "\0") entries.push({ path: name, size, packed: size, open: () => body });
    else if (kind !== "5" && kind !== "g")
      throw new BadArchive("archive-entry", `The entry ${name.slice(0, 200)} is a link or a device.`);
    if (kind === "5") checkNames([name]);
    if (entries.length > mostEntries) throw new BadArchive("archive-bomb", `It has more than ${mostEntries} entries.`);
    place = start + Math.ceil(size / block) * block;
  }
  checkNames(entries.map((entry) => entry.path));
  checkSizes(entries);
  return entries;
}

function checkSum(header: Buffer): void {
  let sum = 0;
  for (const [index, byte] of header.entries()) sum += index >= 148 && index < 156 ? 32 : byte;
  if (sum !== numberOf(header.subarray(148, 156))) throw damaged("The header of an entry is broken.");
}

function numberOf(field: Buffer): number {
  if (field[0]! & 0x80) {
    const number = Number(field.readBigUInt64BE(field.length - 8));
    if (Number.isSafeInteger(number)) return number;
  }
  const digits = text(field).trim();
  if (!/^[0-7]*$/.test(digits)) throw damaged("A number in a header is none.");
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

function nameOf(header: Buffer): string {
  const prefix = isTarHeader(header) ? text(header.subarray(345, 500)) : "";
  const name = text(header.subarray(0, 100));
  return prefix === "" ? name : `${prefix}/${name}`;
}

const isTarHeader = (header: Buffer): boolean => header.toString("latin1", 257, 263) === "ustar\0";

function paxPath(body: Source): string | undefined {
  const records = body.read(0, Math.min(body.size, 1 << 16)).toString("utf8");
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(records)?.[1];
}

function text(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? field.length : end);
}
