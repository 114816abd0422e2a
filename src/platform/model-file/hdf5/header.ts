import { Cursor, Malformed, type Source } from "../source.ts";

/** A message of an object header: one fact about a group or dataset. */
export interface Message {
  type: number;
  data: Source;
}

/** Types of messages that are looked at. */
export const messageTypes = {
  space: 0x01,
  linkInfo: 0x02,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

const known = new Set<number>(Object.values(messageTypes));

/** A file as its structure is followed: an address is read once, and not without end. */
export class Hdf5 {
  readonly source: Source;
  private readonly visited = new Set<number>();

  constructor(source: Source) {
    this.source = source;
  }

  at(address: number): Cursor {
    return new Cursor(this.source, address);
  }

  /** Whether it is the first visit: structures may point at each other in circles. */
  visit(address: number): boolean {
    if (this.visited.has(address)) return false;
    if (this.visited.size >= mostPlaces) throw new Malformed("it has too many groups and datasets", address);
    this.visited.add(address);
    return true;
  }

  expect(cursor: Cursor, signature: string): void {
    const found = cursor.take(signature.length).toString("latin1");
    if (found !== signature) throw new Malformed(`${signature} is not where it is pointed at`, cursor.position);
  }
}

const mostPlaces = 200_000;
/** "No address" in the file. */
export const nowhere = 2n ** 64n - 1n;

/** An address that may be "none". */
export function optionalAddress(cursor: Cursor): number | undefined {
  const value = cursor.take(8).readBigUInt64LE();
  return value === nowhere ? undefined : Number(value);
}

/** Where the object header of the root group is. */
export function rootOf(file: Hdf5): number {
  const cursor = file.at(8);
  const version = cursor.byte();
  if (version > 3) throw new Malformed(`its superblock has version ${version}`, 8);
  if (version >= 2) {
    checkSizes(cursor.byte(), cursor.byte());
    cursor.skip(1);
    checkBase(cursor);
    cursor.skip(16);
    return cursor.unsigned(8);
  }
  cursor.skip(4);
  checkSizes(cursor.byte(), cursor.byte());
  cursor.skip(version === 0 ? 9 : 13);
  checkBase(cursor);
  cursor.skip(24 + 8);
  return cursor.unsigned(8);
}

function checkSizes(offsets: number, lengths: number): void {
  if (offsets !== 8 || lengths !== 8) throw new Malformed("its addresses are not of 8 bytes", 8);
}

function checkBase(cursor: Cursor): void {
  if (cursor.unsigned(8) !== 0) throw new Malformed("its addresses do not begin at 0", cursor.position);
}

/** The messages of the object at an address. */
export function* messagesAt(file: Hdf5, address: number): Generator<Message> {
  const isNew = file.source.read(address, 4).toString("latin1") === "OHDR";
  const blocks = [isNew ? newHeader(file.at(address)) : oldHeader(file.at(address))];
  for (let block = blocks.pop(); block; block = blocks.pop()) {
    for (const message of messagesIn(file, block)) {
      if (message.type !== messageTypes.continuation) {
        yield message;
        continue;
      }
      const cursor = new Cursor(message.data);
      const start = cursor.unsigned(8);
      const length = cursor.unsigned(8);
      if (!file.visit(start)) throw new Malformed("a header continues in a circle", start);
      if (isNew) file.expect(file.at(start), "OCHK");
      blocks.push(isNew ? { ...block, start: start + 4, length: length - 8 } : { ...block, start, length });
    }
  }
}

interface Block {
  start: number;
  length: number;
  isNew: boolean;
  /** Bytes before the data of a message. */
  head: number;
}

function oldHeader(cursor: Cursor): Block {
  if (cursor.byte() !== 1) throw new Malformed("an object header is of no known version", cursor.position);
  cursor.skip(7);
  const length = cursor.unsigned(4);
  return { start: cursor.position + 4, length, isNew: false, head: 8 };
}

function newHeader(cursor: Cursor): Block {
  cursor.skip(4);
  if (cursor.byte() !== 2) throw new Malformed("an object header is of no known version", cursor.position);
  const flags = cursor.byte();
  cursor.skip((flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0));
  const length = cursor.unsigned((1 << (flags & 3)) as 1 | 2 | 4 | 8);
  return { start: cursor.position, length, isNew: true, head: flags & 4 ? 6 : 4 };
}

function* messagesIn(file: Hdf5, { start, length, isNew, head }: Block): Generator<Message> {
  const end = start + length;
  for (let at = start; at + head <= end; ) {
    const cursor = file.at(at);
    const type = cursor.unsigned(isNew ? 1 : 2);
    const size = cursor.unsigned(2);
    const flags = cursor.byte();
    if (at + head + size > end) throw new Malformed("a message is longer than its header", at);
    // Kept elsewhere, to be shared: nothing that writes models does so.
    if (flags & 2 && known.has(type)) throw new Malformed("a message is shared", at);
    const data = file.at(at + head).take(size);
    yield { type, data: { size, read: (offset, wanted) => data.subarray(offset, offset + wanted) } };
    at += head + size;
  }
}
