import { Problem } from "../../contract/errors.ts";
import type { Bytes } from "../../contract/operation.ts";

/**
 * Many small contents in one stream of bytes: each follows its length, a 32-bit number, most significant byte first. A
 * request for each of 100,000 files costs more than all of their bytes.
 */
export async function* pack(contents: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const content of contents) {
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt32BE(content.length);
    yield length;
    yield content;
  }
}

/**
 * The contents of a pack, one after the other; refuses one that is longer than `longest` bytes, more than `mostUnpacked`
 * of them, and a torn end.
 */
export async function* unpack(bytes: Bytes, longest: number): AsyncGenerator<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  let count = 0;
  for await (const part of bytes) {
    rest = rest.length === 0 ? Buffer.from(part.buffer, part.byteOffset, part.length) : Buffer.concat([rest, part]);
    while (rest.length >= lengthBytes) {
      const length = rest.readUInt32BE();
      if (length > longest) {
        throw new Problem("invalid", `A content of ${length} bytes is too long for a pack: at most ${longest} bytes.`, {
          hint: "Store it in a request of its own: PUT …/blobs/{digest}.",
        });
      }
      if (rest.length < lengthBytes + length) break;
      if (++count > mostUnpacked) {
        throw new Problem("invalid", `A pack has at most ${mostUnpacked} contents.`, { hint: "Send several packs." });
      }
      yield rest.subarray(lengthBytes, lengthBytes + length);
      rest = rest.subarray(lengthBytes + length);
    }
  }
  if (rest.length > 0) {
    throw new Problem("invalid", "The pack ends in the middle of a content.", {
      hint: "Each content follows its length in bytes, a 32-bit big-endian number. Send it again as a whole.",
    });
  }
}

const lengthBytes = 4;

/** What is longer travels in a request of its own. */
export const longestPacked = 256 * 1024;
const mostPacked = 500;
/** Each costs the disk two flushes, however short it is. */
export const mostUnpacked = 1000;
const largestPack = 4 * 1024 * 1024;

/** Divides small items among packs, which are held in memory; gives what is too large for one apart. */
export function dividePacks<Item extends { size: number }>(items: Iterable<Item>): { packs: Item[][]; large: Item[] } {
  const packs: Item[][] = [];
  const large: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    if (item.size > longestPacked) {
      large.push(item);
      continue;
    }
    const last = packs.at(-1);
    bytes += item.size;
    if (last && last.length < mostPacked && bytes <= largestPack) last.push(item);
    else {
      packs.push([item]);
      bytes = item.size;
    }
  }
  return { packs, large };
}
