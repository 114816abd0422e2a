import { Cursor, Malformed } from "../source.ts";
import { type Hdf5, type Message, messageTypes, optionalAddress } from "./header.ts";

/** A name in a group: of an object in the file, of another name, or of something in another file. */
export type Link = { name: string } & (
  | { kind: "hard"; address: number }
  | { kind: "soft" }
  | { kind: "outside"; place: string }
);

/** What a message says about the members of a group. */
export function* linksOf(file: Hdf5, { type, data }: Message): Generator<Link> {
  const cursor = new Cursor(data);
  if (type === messageTypes.symbolTable) {
    const tree = cursor.unsigned(8);
    yield* tableAt(file, tree, heapAt(file, cursor.unsigned(8)));
  } else if (type === messageTypes.link) yield linkIn(cursor);
  else if (type === messageTypes.linkInfo) checkNotDense(cursor, 8);
  else if (type === messageTypes.attributeInfo) checkNotDense(cursor, 2);
}

/** Many members or attributes are kept in a heap, by files of the newest kind; Keras writes none. */
function checkNotDense(cursor: Cursor, counter: number): void {
  cursor.skip(1);
  if (cursor.byte() & 1) cursor.skip(counter);
  if (optionalAddress(cursor) !== undefined) throw new Malformed("a group is stored as a heap, which is not read");
}

function linkIn(cursor: Cursor): Link {
  cursor.skip(1);
  const flags = cursor.byte();
  const type = flags & 8 ? cursor.byte() : 0;
  cursor.skip((flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0));
  const name = cursor.take(cursor.unsigned((1 << (flags & 3)) as 1 | 2 | 4 | 8)).toString("utf8");
  if (type === 0) return { name, kind: "hard", address: cursor.unsigned(8) };
  if (type === 1) return { name, kind: "soft" };
  const value = cursor.take(cursor.unsigned(2)).toString("utf8", 1);
  return { name, kind: "outside", place: value.split("\0")[0]! };
}

type Heap = (offset: number) => string;

/** Names of members. */
function heapAt(file: Hdf5, address: number): Heap {
  const cursor = file.at(address);
  file.expect(cursor, "HEAP");
  cursor.skip(4);
  const size = cursor.unsigned(8);
  cursor.skip(8);
  const start = cursor.unsigned(8);
  return (offset) => {
    const text = file.source.read(start + offset, Math.max(0, Math.min(longestName, size - offset)));
    const end = text.indexOf(0);
    if (end < 0) throw new Malformed("a name does not end", start + offset);
    return text.toString("utf8", 0, end);
  };
}

const longestName = 64 * 1024;

function* tableAt(file: Hdf5, address: number, heap: Heap): Generator<Link> {
  if (!file.visit(address)) return;
  const cursor = file.at(address);
  file.expect(cursor, "TREE");
  const type = cursor.byte();
  const level = cursor.byte();
  if (type !== 0) throw new Malformed("a group has the index of a dataset", address);
  const count = cursor.unsigned(2);
  cursor.skip(16);
  for (let index = 0; index < count; index++) {
    cursor.skip(8);
    const child = cursor.unsigned(8);
    if (level > 0) yield* tableAt(file, child, heap);
    else yield* nodeAt(file, child, heap);
  }
}

const softLink = 2;

function* nodeAt(file: Hdf5, address: number, heap: Heap): Generator<Link> {
  if (!file.visit(address)) return;
  const cursor = file.at(address);
  file.expect(cursor, "SNOD");
  cursor.skip(2);
  const count = cursor.unsigned(2);
  for (let index = 0; index < count; index++) {
    const name = heap(cursor.unsigned(8));
    const object = optionalAddress(cursor);
    const cached = cursor.unsigned(4);
    cursor.skip(20);
    if (cached === softLink || object === undefined) yield { name, kind: "soft" };
    else yield { name, kind: "hard", address: object };
  }
}
