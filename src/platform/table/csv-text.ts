import { isUtf8 } from "node:buffer";

const quote = 0x22;
const lf = 0x0a;
const delimiters = [",", ";", "\t", "|"];

/** How many bytes at the end belong to a character that goes on in the next chunk. */
export function cutCharacter(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

/** Where UTF-8 stops being valid. */
export function firstInvalid(bytes: Buffer): number {
  let low = 0;
  let high = bytes.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (isUtf8(bytes.subarray(0, middle - cutCharacter(bytes.subarray(0, middle))))) low = middle;
    else high = middle;
  }
  return low;
}

export function countByte(bytes: Buffer, wanted: number): number {
  let found = 0;
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) found++;
  return found;
}

/** Index after the line end of the first record; -1 when it goes on. */
export function endOfFirstRecord(bytes: Buffer): number {
  let inside = false;
  for (let index = 0; index < bytes.length; index++) {
    if (bytes[index] === quote) inside = !inside;
    else if (bytes[index] === lf && !inside) return index + 1;
  }
  return -1;
}

/** Is a quote still open at the end? */
export function quotesOpen(bytes: Buffer): boolean {
  return countByte(bytes, quote) % 2 === 1;
}

/** The separator that occurs most often in a header. */
export function likeliestDelimiter(header: string): string {
  const outside = header.replaceAll(/"[^"]*"/g, "");
  const counts = delimiters.map((delimiter) => outside.split(delimiter).length);
  return delimiters[counts.indexOf(Math.max(...counts))]!;
}

/** Values of one record that is known to be well-formed. */
export function splitRecord(record: string, delimiter: string): string[] {
  const values: string[] = [];
  let value = "";
  let inside = false;
  let started = false;
  for (let index = 0; index < record.length; index++) {
    const letter = record[index]!;
    if (inside) {
      if (letter !== '"') value += letter;
      else if (record[index + 1] === '"') value += record[++index];
      else inside = false;
    } else if (letter === '"' && !started) inside = true;
    else if (letter === delimiter) {
      values.push(value);
      value = "";
      started = false;
      continue;
    } else value += letter;
    started = true;
  }
  return [...values, value];
}
