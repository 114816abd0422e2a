import { inflateRawSync } from "node:zlib";
import { bytesSource, partOf, type Source } from "../source.ts";
import { BadArchive, checkNames, checkSizes, type Entry, mostEntries, mostHeld } from "./entry.ts";

interface Header {
  path: string;
  flags: number;
  method: number;
  crc: number;
  packed: number;
  size: number;
  offset: number;
  attributes: number;
}

const damaged = (message: string) => new BadArchive("archive-damaged", message);

export const isZip = (source: Source): boolean => source.read(0, 4).toString("latin1") === "PK\x03\x04";

/** The files of a zip archive. Refuses one whose directory and entries disagree, and one that is unsafe to unpack. */
export function readZip(source: Source): Entry[] {
  const headers = directoryOf(source);
  checkNames(headers.map((header) => header.path));
  checkSizes(headers);
  const spans = headers.map((header) => spanOf(source, header)).sort((a, b) => a.start - b.start);
  let end = 0;
  for (const { start, stop, header } of spans) {
    if (start < end) throw damaged(`The entry ${header.path} overlaps another one.`);
    end = stop;
  }
  if (spans[0] && spans[0].start !== 0) throw damaged("There are bytes before the first entry.");
  return spans
    .filter(({ header }) => !header.path.endsWith("/"))
    .map(({ header, data }) => ({ path: header.path, size: header.size, open: () => contentOf(source, header, data) }));
}

/** The central directory; the last end record counts, and nothing may follow it. */
function directoryOf(source: Source): Header[] {
  const tail = source.read(Math.max(0, source.size - 65_557), 65_557);
  const at = tail.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (at < 0 || at + 22 > tail.length) throw damaged("It has no directory.");
  if (at + 22 + tail.readUInt16LE(at + 20) !== tail.length) throw damaged("Bytes follow its directory.");
  let count = tail.readUInt16LE(at + 10);
  let size = tail.readUInt32LE(at + 12);
  let offset = tail.readUInt32LE(at + 16);
  if (at >= 20 && tail.readUInt32LE(at - 20) === 0x07064b50) {
    const end = source.read(Number(tail.readBigUInt64LE(at - 12)), 56);
    if (end.length < 56 || end.readUInt32LE(0) !== 0x06064b50) throw damaged("Its 64-bit directory is missing.");
    [count, size, offset] = [32, 40, 48].map((place) => Number(end.readBigUInt64LE(place))) as [number, number, number];
  }
  if (count > mostEntries) throw new BadArchive("archive-bomb", `It has ${count} entries.`);
  if (size > source.size || size > mostEntries * 1024) throw damaged("Its directory is larger than the file.");
  const bytes = source.read(offset, size);
  const headers: Header[] = [];
  for (let place = 0; place < bytes.length; ) {
    if (place + 46 > bytes.length || bytes.readUInt32LE(place) !== 0x02014b50)
      throw damaged("Its directory is broken.");
    const [names, extras, notes] = [28, 30, 32].map((field) => bytes.readUInt16LE(place + field)) as [
      number,
      number,
      number,
    ];
    const header: Header = {
      flags: bytes.readUInt16LE(place + 8),
      method: bytes.readUInt16LE(place + 10),
      crc: bytes.readUInt32LE(place + 16),
      packed: bytes.readUInt32LE(place + 20),
      size: bytes.readUInt32LE(place + 24),
      attributes: bytes.readUInt32LE(place + 38),
      offset: bytes.readUInt32LE(place + 42),
      path: bytes.subarray(place + 46, place + 46 + names).toString("utf8"),
    };
    widen(header, bytes.subarray(place + 46 + names, place + 46 + names + extras), ["size", "packed", "offset"]);
    headers.push(header);
    place += 46 + names + extras + notes;
  }
  if (headers.length !== count) throw damaged(`Its directory has ${headers.length} entries and says ${count}.`);
  return headers;
}

/** Fields of 32 bits that are full stand in the extra field of 64-bit sizes, in this order. */
function widen(header: Header, extra: Buffer, fields: ("size" | "packed" | "offset")[]): void {
  for (let place = 0; place + 4 <= extra.length; ) {
    const length = extra.readUInt16LE(place + 2);
    if (extra.readUInt16LE(place) === 1) {
      const values = extra.subarray(place + 4, place + 4 + length);
      let at = 0;
      for (const field of fields) {
        if (header[field] !== 0xffffffff) continue;
        if (at + 8 > values.length) throw damaged("A 64-bit size is missing.");
        header[field] = Number(values.readBigUInt64LE(at));
        at += 8;
      }
    }
    place += 4 + length;
  }
}

/** The entry's own header must say what the directory says. */
function spanOf(source: Source, header: Header) {
  const fixed = source.read(header.offset, 30);
  const { path } = header;
  if (fixed.length < 30 || fixed.readUInt32LE(0) !== 0x04034b50)
    throw damaged(`The entry ${path} is not where the directory says.`);
  const [names, extras] = [fixed.readUInt16LE(26), fixed.readUInt16LE(28)];
  const rest = source.read(header.offset + 30, names + extras);
  const own: Header = {
    ...header,
    flags: fixed.readUInt16LE(6),
    method: fixed.readUInt16LE(8),
    crc: fixed.readUInt32LE(14),
    packed: fixed.readUInt32LE(18),
    size: fixed.readUInt32LE(22),
    path: rest.subarray(0, names).toString("utf8"),
  };
  widen(own, rest.subarray(names), ["size", "packed"]);
  const isLater = (own.flags & 8) !== 0 && own.crc === 0;
  const differs =
    own.path !== path ||
    own.flags !== header.flags ||
    own.method !== header.method ||
    (!isLater && (own.crc !== header.crc || own.packed !== header.packed || own.size !== header.size));
  if (differs) throw damaged(`The entry ${path} says something else than the directory.`);
  if (header.flags & 1) throw damaged(`The entry ${path} is encrypted.`);
  const kind = (header.attributes >>> 16) & 0o170000;
  if (kind !== 0 && kind !== 0o100000 && kind !== 0o040000)
    throw new BadArchive("archive-entry", `The entry ${path} is a link or a device.`);
  const data = header.offset + 30 + names + extras;
  if (data + header.packed > source.size) throw damaged(`The entry ${path} ends behind the file.`);
  if (header.method === 0 && header.packed !== header.size) throw damaged(`The entry ${path} has two sizes.`);
  return { header, data, start: header.offset, stop: data + header.packed };
}

function contentOf(source: Source, header: Header, data: number): Source | undefined {
  if (header.method === 0) return partOf(source, data, header.size);
  if (header.method !== 8 || header.size > mostHeld || header.packed > mostHeld) return undefined;
  const content = inflated(source.read(data, header.packed), header);
  if (content.length !== header.size) throw damaged(`The entry ${header.path} unpacks to another size than it says.`);
  return bytesSource(content);
}

function inflated(packed: Buffer, header: Header): Buffer {
  try {
    return inflateRawSync(packed, { maxOutputLength: header.size + 1 });
  } catch {
    throw damaged(`The entry ${header.path} cannot be unpacked.`);
  }
}
