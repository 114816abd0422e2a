import { closeSync, openSync, readSync } from "node:fs";

/** Bytes that are read where they are needed. Reading is synchronous: files are checked in a process of their own. */
export interface Source {
  size: number;
  /** Bytes from `offset`; fewer than `length` at the end. */
  read(offset: number, length: number): Buffer;
}

export const bytesSource = (bytes: Uint8Array): Source => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { size: buffer.length, read: (offset, length) => buffer.subarray(offset, offset + length) };
};

export const partOf = (source: Source, start: number, size: number): Source => ({
  size: Math.max(0, Math.min(size, source.size - start)),
  read(offset, length) {
    return source.read(start + offset, Math.max(0, Math.min(length, this.size - offset)));
  },
});

const chunkSize = 1 << 20;

/** A file, open only while it is read, for a model may have very many. Reads near each other cost one opening. */
export function fileSource(place: string, size: number): Source {
  let chunk: Buffer = Buffer.alloc(0);
  let chunkStart = 0;
  return {
    size,
    read(offset, wanted) {
      const length = Math.max(0, Math.min(wanted, size - offset));
      if (offset < chunkStart || offset + length > chunkStart + chunk.length) {
        // A new buffer: parts of the one before may still be held.
        chunk = readFully(place, offset, Math.min(Math.max(length, chunkSize), size - offset));
        chunkStart = offset;
      }
      return chunk.subarray(offset - chunkStart, offset - chunkStart + length);
    },
  };
}

function readFully(place: string, offset: number, length: number): Buffer {
  const buffer = Buffer.alloc(Math.max(0, length));
  const descriptor = openSync(place, "r");
  let done = 0;
  try {
    while (done < buffer.length) {
      const count = readSync(descriptor, buffer, done, buffer.length - done, offset + done);
      if (count === 0) break;
      done += count;
    }
  } finally {
    closeSync(descriptor);
  }
  return buffer.subarray(0, done);
}

/** Raised by readers upon bytes that are not what the format says. */
export class Malformed extends Error {
  readonly offset: number;

  constructor(message: string, offset = 0) {
    super(message);
    this.name = "Malformed";
    this.offset = offset;
  }
}

const windowSize = 4096;

/** Reads a source from front to back in small steps. */
export class Cursor {
  position: number;
  readonly source: Source;
  private window: Buffer = Buffer.alloc(0);
  private windowStart = 0;

  constructor(source: Source, position = 0) {
    this.source = source;
    this.position = position;
  }

  get left(): number {
    return this.source.size - this.position;
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  /** The next bytes; what is not there is malformed. */
  take(length: number): Buffer {
    if (length > this.left) throw new Malformed("it ends in the middle", this.position);
    const at = this.position - this.windowStart;
    if (at < 0 || at + length > this.window.length) {
      this.windowStart = this.position;
      this.window = this.source.read(this.position, Math.max(length, windowSize));
    }
    const start = this.position - this.windowStart;
    this.position += length;
    return this.window.subarray(start, start + length);
  }

  skip(length: number): void {
    if (length > this.left) throw new Malformed("it ends in the middle", this.position);
    this.position += length;
  }

  /** A little-endian unsigned integer of up to 8 bytes. */
  unsigned(length: 1 | 2 | 4 | 8): number {
    const bytes = this.take(length);
    const value = length === 8 ? Number(bytes.readBigUInt64LE()) : bytes.readUIntLE(0, length);
    if (!Number.isSafeInteger(value)) throw new Malformed("a length is beyond any file", this.position - length);
    return value;
  }

  /** Text up to a line end, which is not part of it. */
  line(longest = 1 << 20): string {
    const parts: Buffer[] = [];
    for (let length = 0; length <= longest; ) {
      const chunk = this.take(Math.min(256, Math.max(1, this.left)));
      const end = chunk.indexOf(10);
      parts.push(Buffer.from(end < 0 ? chunk : chunk.subarray(0, end)));
      if (end >= 0) {
        this.position -= chunk.length - end - 1;
        return Buffer.concat(parts).toString("latin1");
      }
      length += chunk.length;
    }
    throw new Malformed("a line does not end", this.position);
  }
}
