import { Cursor, Malformed, partOf } from "../source.ts";
import { arrayBytes, isArrayWrapper } from "./arrays.ts";
import { dictOf, integerOf, longOf, unescaped, unquoted } from "./literal.ts";
import { emptyReport, type PickleReport, readPickle } from "./read.ts";
import { isMade, isNamed, type Named, type Value } from "./value.ts";

const mark = Symbol("mark");
type Item = Value | typeof mark;

const mostStacked = 20_000_000;
const mostRemembered = 5_000_000;
const longestText = 64 * 1024;
const deepest = 8;

/** Follows the opcodes of one pickle as the unpickler would, except that nothing is imported, made or called. */
export class Machine {
  private readonly cursor: Cursor;
  private readonly report: PickleReport;
  private readonly depth: number;
  private readonly stack: Item[] = [];
  private readonly memo = new Map<number, Value>();

  constructor(cursor: Cursor, report: PickleReport, depth: number) {
    if (depth > deepest) throw new Malformed("pickles are nested too deep", cursor.position);
    this.cursor = cursor;
    this.report = report;
    this.depth = depth;
  }

  /** Does one opcode; true at the end of the pickle. */
  step(): boolean {
    const { cursor } = this;
    const opcode = cursor.byte();
    switch (opcode) {
      case 0x2e: // STOP
        this.pop();
        return true;
      case 0x80: // PROTO
        if (cursor.byte() > 5) throw new Malformed("its protocol is unknown", cursor.position - 1);
        break;
      case 0x95: // FRAME
        cursor.skip(8);
        break;
      case 0x28: // MARK
        this.push(mark);
        break;
      case 0x30: // POP
        this.popItem();
        break;
      case 0x31: // POP_MARK
        this.popMarked();
        break;
      case 0x32: {
        // DUP
        const top = this.pop();
        this.push(top);
        this.push(top);
        break;
      }
      case 0x4e: // NONE
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
      case 0x8f: // EMPTY_SET
      case 0x5d: // EMPTY_LIST
        this.push(undefined);
        break;
      case 0x7d: // EMPTY_DICT
        this.push(new Map());
        break;
      case 0x29: // EMPTY_TUPLE
        this.push([]);
        break;
      case 0x46: // FLOAT
        cursor.line();
        this.push(undefined);
        break;
      case 0x49: // INT
      case 0x4c: // LONG
        this.push(integerOf(cursor.line()));
        break;
      case 0x4a: // BININT
        this.push(cursor.take(4).readInt32LE());
        break;
      case 0x4b: // BININT1
        this.push(cursor.byte());
        break;
      case 0x4d: // BININT2
        this.push(cursor.unsigned(2));
        break;
      case 0x8a: // LONG1
        this.push(longOf(cursor.take(cursor.byte())));
        break;
      case 0x8b: // LONG4
        cursor.skip(cursor.unsigned(4));
        this.push(undefined);
        break;
      case 0x47: // BINFLOAT
        cursor.skip(8);
        this.push(undefined);
        break;
      case 0x53: // STRING
        this.push(unquoted(cursor.line()));
        break;
      case 0x56: // UNICODE
        this.push(unescaped(cursor.line()));
        break;
      case 0x54: // BINSTRING
        this.text(cursor.unsigned(4), true);
        break;
      case 0x55: // SHORT_BINSTRING
        this.text(cursor.byte(), true);
        break;
      case 0x58: // BINUNICODE
        this.text(cursor.unsigned(4), false);
        break;
      case 0x8c: // SHORT_BINUNICODE
        this.text(cursor.byte(), false);
        break;
      case 0x8d: // BINUNICODE8
        this.text(cursor.unsigned(8), false);
        break;
      case 0x42: // BINBYTES
        this.bytes(cursor.unsigned(4));
        break;
      case 0x43: // SHORT_BINBYTES
        this.bytes(cursor.byte());
        break;
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        this.bytes(cursor.unsigned(8));
        break;
      case 0x97: // NEXT_BUFFER
        this.hide("it takes a buffer from outside the file");
        this.push(undefined);
        break;
      case 0x98: // READONLY_BUFFER
        break;
      case 0x74: // TUPLE
        this.push(this.popMarked());
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        this.push(this.popSome(opcode - 0x84));
        break;
      case 0x6c: // LIST
      case 0x91: // FROZENSET
        this.popMarked();
        this.push(undefined);
        break;
      case 0x64: // DICT
        this.push(dictOf(new Map(), this.popMarked()));
        break;
      case 0x61: // APPEND
        this.pop();
        this.top();
        break;
      case 0x65: // APPENDS
      case 0x90: // ADDITEMS
        this.popMarked();
        this.top();
        break;
      case 0x73: // SETITEM
        this.fill(this.popSome(2));
        break;
      case 0x75: // SETITEMS
        this.fill(this.popMarked());
        break;
      case 0x67: // GET
        this.recall(Number(cursor.line()));
        break;
      case 0x68: // BINGET
        this.recall(cursor.byte());
        break;
      case 0x6a: // LONG_BINGET
        this.recall(cursor.unsigned(4));
        break;
      case 0x70: // PUT
        this.remember(Number(cursor.line()));
        break;
      case 0x71: // BINPUT
        this.remember(cursor.byte());
        break;
      case 0x72: // LONG_BINPUT
        this.remember(cursor.unsigned(4));
        break;
      case 0x94: // MEMOIZE
        this.remember(this.memo.size);
        break;
      case 0x63: // GLOBAL
        this.push(this.named(cursor.line(), cursor.line()));
        break;
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.popSome(2);
        this.push(this.named(module, name));
        break;
      }
      case 0x69: {
        // INST
        const by = this.named(cursor.line(), cursor.line());
        this.make(by, this.popMarked());
        break;
      }
      case 0x6f: {
        // OBJ
        const [by, ...from] = this.popMarked();
        this.make(by, from);
        break;
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const [by, from] = this.popSome(2);
        this.make(by, from);
        break;
      }
      case 0x92: {
        // NEWOBJ_EX
        const [by, from] = this.popSome(3);
        this.make(by, from);
        break;
      }
      case 0x62: // BUILD
        this.build();
        break;
      case 0x50: // PERSID
        cursor.line();
        this.report.persistentIds++;
        this.push(undefined);
        break;
      case 0x51: // BINPERSID
        this.pop();
        this.report.persistentIds++;
        this.push(undefined);
        break;
      case 0x82: // EXT1
      case 0x83: // EXT2
      case 0x84: // EXT4
        cursor.skip(1 << (opcode - 0x82));
        this.hide("it imports by an extension code");
        this.push(undefined);
        break;
      default:
        throw new Malformed(`0x${opcode.toString(16).padStart(2, "0")} is no opcode`, cursor.position - 1);
    }
    return false;
  }

  private push(item: Item): void {
    if (this.stack.length >= mostStacked) throw new Malformed("its stack is too large", this.cursor.position);
    this.stack.push(item);
  }

  private popItem(): Item {
    if (this.stack.length === 0) throw new Malformed("it takes what is not there", this.cursor.position);
    return this.stack.pop();
  }

  private pop(): Value {
    const item = this.popItem();
    if (item === mark) throw new Malformed("it takes a mark for a value", this.cursor.position);
    return item;
  }

  private top(): Value {
    const item = this.pop();
    this.stack.push(item);
    return item;
  }

  private popSome(count: number): Value[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  private popMarked(): Value[] {
    const at = this.stack.lastIndexOf(mark);
    if (at < 0) throw new Malformed("a mark is missing", this.cursor.position);
    const items = this.stack.splice(at + 1) as Value[];
    this.stack.pop();
    return items;
  }

  private text(length: number, isBytes: boolean): void {
    if (isBytes || length > longestText) return this.bytes(length, true);
    this.push(this.cursor.take(length).toString("utf8"));
  }

  /** A byte string: kept as text where it may be a name, and looked into where it may be a pickle. */
  private bytes(length: number, isText = false): void {
    const start = this.cursor.position;
    this.cursor.skip(length);
    if (length >= 4) this.lookInside(start, length);
    const isShort = length <= longestText;
    this.push(isText && isShort ? this.cursor.source.read(start, length).toString("latin1") : undefined);
  }

  private lookInside(start: number, length: number): void {
    const [first, version] = this.cursor.source.read(start, 2);
    if (first !== 0x80 || version! < 1 || version! > 5) return;
    const found = emptyReport();
    try {
      readPickle(new Cursor(partOf(this.cursor.source, start, length)), found, this.depth + 1);
    } catch (error) {
      if (error instanceof Malformed) return;
      throw error;
    }
    this.report.nested++;
    for (const [name, offset] of found.imports)
      if (!this.report.imports.has(name)) this.report.imports.set(name, offset);
    this.report.hidden.push(...found.hidden);
  }

  private recall(index: number): void {
    if (!Number.isInteger(index)) throw new Malformed("it asks its memo for no number", this.cursor.position);
    this.push(this.memo.get(index));
  }

  private remember(index: number): void {
    if (!Number.isInteger(index)) throw new Malformed("it fills its memo at no number", this.cursor.position);
    this.memo.set(index, this.top());
    if (this.memo.size > mostRemembered) throw new Malformed("its memo is too large", this.cursor.position);
  }

  private named(module: Value, name: Value): Named | undefined {
    if (typeof module !== "string" || typeof name !== "string") {
      this.hide("it imports by a name that is computed");
      return undefined;
    }
    const key = `${module} ${name}`;
    if (!this.report.imports.has(key)) this.report.imports.set(key, this.cursor.position);
    return { module, name };
  }

  private hide(what: string): void {
    if (this.report.hidden.length < 100) this.report.hidden.push({ what, offset: this.cursor.position });
  }

  private make(by: Value, from: Value): void {
    this.push({ by: isNamed(by) ? by : undefined, from, state: undefined });
  }

  private fill(items: Value[]): void {
    const target = this.top();
    if (target instanceof Map) dictOf(target, items);
  }

  private build(): void {
    const state = this.pop();
    const target = this.top();
    if (!isMade(target)) return;
    target.state = state;
    if (isArrayWrapper(target)) this.passArray(target);
  }

  private passArray(wrapper: Value): void {
    const found = arrayBytes(wrapper);
    if (!found) throw new Malformed("an array in it cannot be measured", this.cursor.position);
    if (found.size === undefined) {
      readPickle(this.cursor, this.report, this.depth + 1);
      return;
    }
    if (found.isPadded) this.cursor.skip(this.cursor.byte());
    this.cursor.skip(found.size);
  }
}
