import { sql } from "kysely";
import type { Ctx } from "../context.ts";
import { isRetryable } from "./transaction.ts";

/**
 * Work inside a transaction whose failure undoes what it did and nothing else. What makes the whole transaction run
 * again (a serialisation failure) is thrown on.
 */
export async function attempt<T>(
  tx: Ctx,
  work: () => Promise<T>,
): Promise<{ done: true; value: T } | { done: false; error: unknown }> {
  if (!tx.unit) throw new Error("attempt() outside a transaction");
  const before = { changes: tx.unit.changes.length, afterCommit: tx.unit.afterCommit.length };
  await sql`savepoint attempt`.execute(tx.db);
  try {
    const value = await work();
    await sql`release savepoint attempt`.execute(tx.db);
    return { done: true, value };
  } catch (error) {
    if (isRetryable(error)) throw error;
    await sql`rollback to savepoint attempt`.execute(tx.db).catch(() => {
      // The database has undone the whole transaction, as SQLite does when the disk is full.
      throw error;
    });
    await sql`release savepoint attempt`.execute(tx.db);
    tx.unit.changes.length = before.changes;
    tx.unit.afterCommit.length = before.afterCommit;
    return { done: false, error };
  }
}
