import type { Readable } from "node:stream";

/** Nothing that git says in one line is longer; paths are the longest of it. */
const longestLine = 1 << 20;

const tooLong = (): Error => new Error("git said more in one line than can be");

/** Reads a stream by lines and by numbers of bytes, and holds no more of it than came at once. */
export class ByteReader {
  readonly #parts: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);
  /** Of what `take` was asked for, so much was not read yet. */
  #left = 0;

  constructor(stream: Readable) {
    this.#parts = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async line(): Promise<string> {
    let end = this.#held.indexOf(0x0a);
    while (end < 0) {
      if (this.#held.length > longestLine) throw tooLong();
      this.#held = Buffer.concat([this.#held, await this.#next()]);
      end = this.#held.indexOf(0x0a);
    }
    const line = this.#held.subarray(0, end).toString();
    this.#held = this.#held.subarray(end + 1);
    return line;
  }

  /** The next bytes, in parts as they come. */
  async *take(count: number): AsyncGenerator<Buffer> {
    this.#left = count;
    while (this.#left > 0) {
      if (this.#held.length === 0) this.#held = await this.#next();
      const part = this.#held.subarray(0, this.#left);
      this.#held = this.#held.subarray(part.length);
      this.#left -= part.length;
      yield part;
    }
  }

  /** Passes over what nobody took of the bytes that were asked for last. */
  async pass(): Promise<void> {
    for await (const _ of this.take(this.#left));
  }

  async #next(): Promise<Buffer> {
    const { value, done } = await this.#parts.next();
    if (done) throw new Error("git ended before it said all");
    return value;
  }
}

/** The texts of a stream that end with a mark. */
export async function* split(stream: Readable, mark: string): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const part of stream) {
    if (rest.length > longestLine) throw tooLong();
    const whole = Buffer.concat([rest, part as Buffer]);
    let from = 0;
    for (let end = whole.indexOf(mark); end >= 0; end = whole.indexOf(mark, from)) {
      yield whole.toString("utf8", from, end);
      from = end + 1;
    }
    rest = whole.subarray(from);
  }
}
