import { isUtf8 } from "node:buffer";
import { open } from "node:fs/promises";
import {
  countByte,
  cutCharacter,
  endOfFirstRecord,
  firstInvalid,
  likeliestDelimiter,
  quotesOpen,
  splitRecord,
} from "./csv-text.ts";
import { Unreadable } from "./unreadable.ts";

export interface CsvScan {
  header: string[];
  delimiter: string;
  rows: number;
  /** Do some lines end with \r\n and others with \n? */
  mixedLineEnds: boolean;
}

const quote = 0x22;
const lf = 0x0a;
const cr = 0x0d;
/** Of one record; also of the header. */
export const maxRecordBytes = 16 * 1024 * 1024;
const namedRows = 10;

/**
 * Reads a CSV file once and checks it against RFC 4180: UTF-8, every record as wide as the header, every quote closed.
 * Readers that guess would skip, split or merge what is broken; this throws `Unreadable` with the line, counted from 1,
 * and the rows, counted from 1 after the header.
 */
export async function scanCsv(path: string, delimiter?: string): Promise<CsvScan> {
  const file = await open(path, "r");
  try {
    const scanner = new Scanner(delimiter);
    for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20, autoClose: false })) {
      scanner.read(chunk as Buffer);
    }
    return scanner.end();
  } finally {
    await file.close();
  }
}

class Scanner {
  private header: string[] | null = null;
  private delimiter: string | undefined;
  /** Bytes of the first record, until it is whole. */
  private first: Buffer = Buffer.alloc(0);
  /** The beginning of a character that goes on in the next chunk. */
  private pending: Buffer = Buffer.alloc(0);
  private begun = false;
  private state: "start" | "plain" | "quoted" | "closed" = "start";
  private previous = 0;
  private line = 1;
  /** Where the record and the quote began that are being read. */
  private recordLine = 1;
  private quoteLine = 1;
  private values = 1;
  private recordBytes = 0;
  private rows = 0;
  private ragged = { count: 0, rows: [] as number[], first: "" };
  private lineEnds = { lf: false, crlf: false };

  constructor(delimiter: string | undefined) {
    this.delimiter = delimiter;
  }

  read(chunk: Buffer): void {
    const bytes = this.begun ? chunk : withoutByteOrderMark(chunk);
    this.begun = true;
    this.requireText(bytes);
    if (this.header) {
      this.scan(bytes);
      return;
    }
    this.first = Buffer.concat([this.first, bytes]);
    const end = endOfFirstRecord(this.first);
    if (end >= 0) this.begin(this.first.subarray(0, end), this.first.subarray(end));
    else if (this.first.length > maxRecordBytes) throw new Unreadable("The first line is longer than 16 MiB.");
  }

  end(): CsvScan {
    if (this.pending.length > 0) throw notUtf8(this.line);
    if (!this.header) {
      if (quotesOpen(this.first)) throw new Unreadable("The quote opened in line 1 is never closed.");
      this.begin(this.first, Buffer.alloc(0));
    }
    if (this.state === "quoted") {
      throw new Unreadable(`The quote opened in line ${this.quoteLine} is never closed.`, [this.rows + 1]);
    }
    if (this.recordBytes > 0) this.endRecord();
    const { count, rows, first } = this.ragged;
    if (count > 0) throw new Unreadable(count > 1 ? `${first} ${count} rows are like that.` : first, rows);
    const mixedLineEnds = this.lineEnds.lf && this.lineEnds.crlf;
    return { header: this.header!, delimiter: this.delimiter!, rows: this.rows, mixedLineEnds };
  }

  private requireText(bytes: Buffer): void {
    const zero = bytes.indexOf(0);
    if (zero >= 0) {
      throw new Unreadable(`Line ${this.lineOf(bytes, zero)} has a zero byte: this is not a text file.`);
    }
    const whole = this.pending.length > 0 ? Buffer.concat([this.pending, bytes]) : bytes;
    const characters = whole.subarray(0, whole.length - cutCharacter(whole));
    if (!isUtf8(characters)) throw notUtf8(this.lineOf(whole, firstInvalid(characters)));
    this.pending = Buffer.from(whole.subarray(characters.length));
  }

  private lineOf(bytes: Buffer, index: number): number {
    const before = this.header ? this.line : 1 + countByte(this.first, lf);
    return before + countByte(bytes.subarray(0, index), lf);
  }

  private begin(record: Buffer, rest: Buffer): void {
    const line = record.toString().replace(/\r?\n$/, "");
    if (line.trim() === "") {
      const what = record.length === 0 ? "The file is empty." : "The first line is empty.";
      throw new Unreadable(`${what} A CSV file begins with a line of column names.`);
    }
    this.delimiter ??= likeliestDelimiter(line);
    this.header = splitRecord(line, this.delimiter);
    this.first = Buffer.alloc(0);
    this.line += countByte(record, lf);
    this.recordLine = this.line;
    if (record.at(-1) === lf) this.lineEnds[record.at(-2) === cr ? "crlf" : "lf"] = true;
    this.scan(rest);
  }

  private scan(bytes: Buffer): void {
    const delimiter = this.delimiter!.charCodeAt(0);
    let { state, previous } = this;
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index]!;
      this.recordBytes++;
      if (state === "quoted") {
        if (byte === quote) state = "closed";
        else if (byte === lf) this.line++;
      } else if (byte === lf) {
        this.recordBytes -= previous === cr ? 2 : 1;
        this.lineEnds[previous === cr ? "crlf" : "lf"] = true;
        this.endRecord();
        this.recordLine = ++this.line;
        state = "start";
      } else if (byte === delimiter) {
        this.values++;
        state = "start";
      } else if (byte === quote && state !== "plain") {
        if (state === "start") this.quoteLine = this.line;
        state = "quoted";
      } else if (byte !== cr) {
        if (state === "closed") throw this.afterQuote();
        if (previous === cr) throw new Unreadable(`Line ${this.line} has a carriage return without a line feed.`);
        state = "plain";
      }
      previous = byte;
    }
    this.state = state;
    this.previous = previous;
    if (this.recordBytes > maxRecordBytes) throw this.tooLong();
  }

  private endRecord(): void {
    const columns = this.header!.length;
    // An empty line is no row, except in a file with one column, where it is a missing value.
    if (this.recordBytes > 0 || columns === 1) {
      this.rows++;
      if (this.values !== columns) this.noteRagged(columns);
    }
    this.values = 1;
    this.recordBytes = 0;
  }

  private noteRagged(columns: number): void {
    const { ragged, values } = this;
    ragged.count++;
    if (ragged.rows.length < namedRows) ragged.rows.push(this.rows);
    const has = `${values} ${values === 1 ? "value" : "values"}`;
    ragged.first ||= `Line ${this.recordLine} has ${has} where the header has ${columns}.`;
  }

  private afterQuote(): Unreadable {
    const hint = "Inside quotes, a quote is written twice.";
    return new Unreadable(`Line ${this.line} has text after a closing quote. ${hint}`, [this.rows + 1]);
  }

  private tooLong(): Unreadable {
    const open = this.state === "quoted" ? ` The quote opened in line ${this.quoteLine} may never be closed.` : "";
    const message = `The row that begins in line ${this.recordLine} is longer than 16 MiB.${open}`;
    return new Unreadable(message, [this.rows + 1]);
  }
}

const notUtf8 = (line: number) =>
  new Unreadable(`Line ${line} is not UTF-8 text (it may be Latin-1, Windows-1252 or binary). Save it as UTF-8.`);

function withoutByteOrderMark(bytes: Buffer): Buffer {
  const mark = bytes.subarray(0, 2).toString("hex");
  if (mark === "fffe" || mark === "feff") throw new Unreadable("The file is UTF-16. Save it as UTF-8.");
  return bytes.subarray(0, 3).toString("hex") === "efbbbf" ? bytes.subarray(3) : bytes;
}
