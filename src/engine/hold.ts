import type { Ctx } from "../platform/context.ts";
import { holding } from "../platform/db/hold.ts";
import { prepared } from "../platform/db/prepared.ts";
import type { Db } from "../platform/db/tables.ts";
import type { ExecutionTable } from "./schema.ts";
import * as store from "./store.ts";
import type { Execution } from "./types.ts";

/** Rows of executions that this transaction has taken, as they were then. */
export type Held = ReadonlyMap<string, ExecutionTable>;

/**
 * Takes executions until the transaction ends: nobody else plans them, moves their tasks, or adds to what happened in
 * them. Gives their rows.
 *
 * So that no two transactions wait for each other, whoever writes to executions takes all of them first, by this
 * function, before any other row and only once; it takes them in the order of their ids. What follows for another
 * execution is posted to it (`post.ts`). docs/architecture.md, "The order in which rows are taken", has the rest.
 */
export async function holdExecutions(tx: Ctx, ids: Iterable<string>): Promise<Held> {
  const wanted = [...new Set(ids)];
  const [id] = wanted;
  const rows = wanted.length === 1 ? await takeOne.all(tx.db, { id: id! }) : await take(tx.db, wanted).execute();
  return new Map(rows.map((row) => [row.id, row]));
}

const take = (db: Db, ids: string[]) =>
  holding(db, db.selectFrom("execution").selectAll().where("id", "in", ids).orderBy("id"));

const takeOne = prepared<{ id: string }, ExecutionTable>((db, value) => take(db, [value("id")]));

/** The same for one that is there. */
export async function holdExecution(tx: Ctx, id: string): Promise<Execution> {
  const row = (await holdExecutions(tx, [id])).get(id);
  if (!row) throw new Error(`There is no execution ${id}`);
  return store.executionOf(row);
}
