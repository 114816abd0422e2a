import { bytesSource, Cursor, Malformed, type Source } from "../source.ts";
import type { Hdf5, Message } from "./header.ts";

export interface Attribute {
  name: string;
  /** Of an attribute that is one text. */
  text: string | undefined;
}

export function attributeIn(file: Hdf5, { data }: Message): Attribute {
  const cursor = new Cursor(data);
  const version = cursor.byte();
  if (version < 1 || version > 3) throw new Malformed(`an attribute has version ${version}`);
  const flags = cursor.byte();
  const sizes = [cursor.unsigned(2), cursor.unsigned(2), cursor.unsigned(2)] as const;
  if (version === 3) cursor.skip(1);
  const [name, type, space] = sizes.map((size) => {
    const part = Buffer.from(cursor.take(size));
    if (version === 1) cursor.skip((8 - (size % 8)) % 8);
    return part;
  }) as [Buffer, Buffer, Buffer];
  const isShared = version > 1 && (flags & 3) !== 0;
  const value = data.read(cursor.position, data.size - cursor.position);
  const text = isShared || elementsIn(bytesSource(space)) !== 1 ? undefined : textOf(file, type, value);
  return { name: upToNul(name), text };
}

const upToNul = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
};

/** How many values there are: one where there is no dimension. */
export function elementsIn(space: Source): number {
  const cursor = new Cursor(space);
  const version = cursor.byte();
  const rank = cursor.byte();
  cursor.skip(1);
  if (version === 1) cursor.skip(5);
  else if (cursor.byte() === 2) return 0;
  let count = 1;
  for (let index = 0; index < rank; index++) count *= cursor.unsigned(8);
  return count;
}

/** Texts are either in place, or of any length in a heap of the file. */
function textOf(file: Hdf5, type: Buffer, value: Buffer): string | undefined {
  const kind = type[0]! & 0x0f;
  if (kind === 3) return upToNul(value.subarray(0, type.readUInt32LE(4)));
  if (kind !== 9 || (type[1]! & 0x0f) !== 1) return undefined;
  const cursor = new Cursor(bytesSource(value));
  const length = cursor.unsigned(4);
  const heap = cursor.unsigned(8);
  return heapText(file, heap, cursor.unsigned(4), length);
}

const longestText = 64 * 1024 ** 2;

function heapText(file: Hdf5, address: number, wanted: number, length: number): string {
  if (length === 0) return "";
  const cursor = file.at(address);
  file.expect(cursor, "GCOL");
  cursor.skip(4);
  const end = address + cursor.unsigned(8);
  while (cursor.position + 16 <= end) {
    const index = cursor.unsigned(2);
    cursor.skip(6);
    const size = cursor.unsigned(8);
    if (index === 0) break;
    if (index === wanted) {
      if (length > size || length > longestText) throw new Malformed("a text is longer than its place", address);
      return upToNul(cursor.take(length));
    }
    cursor.skip(size + ((8 - (size % 8)) % 8));
  }
  throw new Malformed("a text is not in its heap", address);
}
