import type { Ctx } from "../platform/context.ts";
import { holding } from "../platform/db/hold.ts";
import type { ExecutionTable } from "./schema.ts";
import * as store from "./store.ts";
import type { Execution } from "./types.ts";

/**
 * Takes executions until the transaction ends: nobody else plans them, moves their tasks, or adds to what happened in
 * them. Gives their rows.
 *
 * So that no two transactions wait for each other, whoever writes to executions takes all of them first, by this
 * function, before any other row and only once; it takes them in the order of their ids. What follows for another
 * execution is posted to it (`post.ts`). docs/architecture.md, "The order in which rows are taken", has the rest.
 */
export async function holdExecutions(tx: Ctx, ids: Iterable<string>): Promise<Map<string, ExecutionTable>> {
  const select = tx.db
    .selectFrom("execution")
    .selectAll()
    .where("id", "in", [...new Set(ids)])
    .orderBy("id");
  return new Map((await holding(tx.db, select).execute()).map((row) => [row.id, row]));
}

/** The same for one that is there. */
export async function holdExecution(tx: Ctx, id: string): Promise<Execution> {
  const row = (await holdExecutions(tx, [id])).get(id);
  if (!row) throw new Error(`There is no execution ${id}`);
  return store.executionOf(row);
}
