import { sleep } from "../clock.ts";
import type { Ctx } from "../context.ts";
import { appendChanges } from "../events/journal.ts";
import { writeGathered } from "./gather.ts";

const retryable = new Set(["40001", "40P01"]);
const maxAttempts = 6;

/** Did the database give up on this transaction because of another one? */
export const isRetryable = (error: unknown): boolean => retryable.has((error as { code?: string }).code ?? "");

/**
 * Runs `work` in a transaction: what it writes, and what it records, commit together or not at all. Inside another
 * transaction it joins that one. `work` may run again after a serialisation failure, so it has no effect outside
 * `ctx.db`; what must happen after the commit goes into `afterCommit`.
 */
export async function transaction<T>(ctx: Ctx, work: (tx: Ctx) => Promise<T>): Promise<T> {
  if (ctx.unit) return work(ctx);
  for (let attempt = 1; ; attempt++) {
    const unit: NonNullable<Ctx["unit"]> = { changes: [], gathered: [], afterCommit: [] };
    try {
      const result = await ctx.db.transaction().execute(async (trx) => {
        const tx = { ...ctx, db: trx, unit };
        const value = await work(tx);
        await writeGathered(tx);
        if (unit.changes.length > 0) await appendChanges(trx, unit.changes, ctx.clock.now());
        ctx.failpoint("transaction.beforeCommit");
        return value;
      });
      ctx.failpoint("transaction.afterCommit");
      if (unit.changes.length > 0) ctx.signals.wake("events");
      for (const run of unit.afterCommit) run();
      return result;
    } catch (error) {
      if (!isRetryable(error) || attempt >= maxAttempts) throw error;
      await sleep(Math.random() * 20 * attempt);
    }
  }
}
