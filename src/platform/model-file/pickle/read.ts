import { type Cursor, Malformed } from "../source.ts";
import { Machine } from "./machine.ts";

/** What a pickle would do when somebody loads it. */
export interface PickleReport {
  /** Everything it imports, as `module name`, and where first. */
  imports: Map<string, number>;
  /** Imports whose name is computed, extension codes, persistent ids: what cannot be told from the opcodes. */
  hidden: { what: string; offset: number }[];
  persistentIds: number;
  /** Pickles inside byte strings of this one. */
  nested: number;
}

export const emptyReport = (): PickleReport => ({ imports: new Map(), hidden: [], persistentIds: 0, nested: 0 });

/** Far more than any model has; keeps a file of opcodes from taking the process's memory or hours. */
const mostOperations = 200_000_000;

/**
 * Lists what a pickle of protocol 0 to 5 imports and calls, without doing any of it. The cursor ends behind the pickle.
 * Bytes that are no pickle are malformed.
 */
export function readPickle(cursor: Cursor, report: PickleReport = emptyReport(), depth = 0): PickleReport {
  const machine = new Machine(cursor, report, depth);
  for (let count = 0; count < mostOperations; count++) if (machine.step()) return report;
  throw new Malformed("it has more operations than any model", cursor.position);
}
