import { Cursor, Malformed, type Source } from "../source.ts";

/** A field of a protobuf message: its number, and where its content is. Nothing is copied. */
export interface ProtoField {
  number: number;
  /** For a varint or a fixed number. */
  value: bigint;
  /** For a message, text or bytes. */
  start: number;
  length: number;
  isNested: boolean;
}

/** The fields of a message between two places, one after the other. */
export function* fieldsOf(source: Source, start: number, length: number): Generator<ProtoField> {
  const cursor = new Cursor(source, start);
  const end = start + length;
  if (end > source.size) throw new Malformed("a message ends behind the file", start);
  while (cursor.position < end) {
    const key = varint(cursor);
    const number = Number(key >> 3n);
    const wire = Number(key & 7n);
    if (number === 0) throw new Malformed("a field has the number 0", cursor.position);
    if (wire === 0) yield { number, value: varint(cursor), start: 0, length: 0, isNested: false };
    else if (wire === 1)
      yield { number, value: cursor.take(8).readBigUInt64LE(), start: 0, length: 0, isNested: false };
    else if (wire === 5)
      yield { number, value: BigInt(cursor.take(4).readUInt32LE()), start: 0, length: 0, isNested: false };
    else if (wire === 2) {
      const size = Number(varint(cursor));
      const at = cursor.position;
      if (at + size > end) throw new Malformed("a field ends behind its message", at);
      yield { number, value: 0n, start: at, length: size, isNested: true };
      cursor.position = at + size;
    } else throw new Malformed(`a field has the wire type ${wire}`, cursor.position);
  }
}

function varint(cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = cursor.byte();
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  throw new Malformed("a number does not end", cursor.position);
}

const longestText = 64 * 1024;

export function textOf(source: Source, field: ProtoField): string {
  if (!field.isNested) throw new Malformed("a number is where a text should be", field.start);
  if (field.length > longestText) throw new Malformed("a name is longer than any name", field.start);
  return source.read(field.start, field.length).toString("utf8");
}
