import { CompiledQuery } from "kysely";
import type { Ctx } from "../context.ts";
import { isRetryable } from "./transaction.ts";

const savepoint = CompiledQuery.raw("savepoint attempt");
const rollback = CompiledQuery.raw("rollback to savepoint attempt");
const release = CompiledQuery.raw("release savepoint attempt");

/**
 * Work inside a transaction whose failure undoes what it did and nothing else. What makes the whole transaction run
 * again (a serialisation failure) is thrown on.
 */
export async function attempt<T>(
  tx: Ctx,
  work: () => Promise<T>,
): Promise<{ done: true; value: T } | { done: false; error: unknown }> {
  if (!tx.unit) throw new Error("attempt() outside a transaction");
  const { changes, gathered, afterCommit } = tx.unit;
  const before = [changes, gathered, afterCommit].map((list) => ({ list, length: list.length }));
  await tx.db.executeQuery(savepoint);
  try {
    const value = await work();
    await tx.db.executeQuery(release);
    return { done: true, value };
  } catch (error) {
    if (isRetryable(error)) throw error;
    await tx.db.executeQuery(rollback).catch(() => {
      // The database has undone the whole transaction, as SQLite does when the disk is full.
      throw error;
    });
    await tx.db.executeQuery(release);
    for (const { list, length } of before) list.length = length;
    return { done: false, error };
  }
}
