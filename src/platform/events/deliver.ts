import type { AuditEvent } from "../../contract/audit.ts";
import type { Ctx } from "../context.ts";
import { transaction } from "../db/transaction.ts";
import { eventOf } from "./journal.ts";

/**
 * Reacts to changes, in order, at least once: the cursor moves in the transaction in which `handle` works, so what it
 * does in the database happens exactly once.
 */
export interface Subscriber {
  name: string;
  /** Event types it wants; a type ending in `*` takes every type with that beginning. */
  types: string[];
  handle(ctx: Ctx, event: AuditEvent): Promise<void>;
}

const batchSize = 100;

/** Delivers until `signal` aborts. Several servers may run it: the cursor row lets one through at a time. */
export async function deliverEvents(ctx: Ctx, subscribers: Subscriber[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const wake = ctx.signals.wait("events", 1000, signal);
    let delivered = 0;
    for (const subscriber of subscribers) {
      try {
        delivered += await deliverBatch(ctx, subscriber);
      } catch (error) {
        ctx.log.error("event delivery failed; it will be tried again", { subscriber: subscriber.name, error });
      }
    }
    if (delivered === 0) await wake;
  }
}

/** Delivers what is new to one subscriber; gives the number of events looked at. */
export async function deliverBatch(ctx: Ctx, subscriber: Subscriber): Promise<number> {
  const position = await ctx.db
    .selectFrom("event_cursor")
    .select("seq")
    .where("subscriber", "=", subscriber.name)
    .executeTakeFirst();
  const from = position?.seq ?? 0;
  const rows = await ctx.db
    .selectFrom("audit_event")
    .selectAll()
    .where("seq", ">", from)
    .orderBy("seq")
    .limit(batchSize)
    .execute();
  for (const row of rows) {
    if (!wants(subscriber, row.type) && row !== rows.at(-1)) continue;
    ctx.failpoint("events.beforeDeliver");
    const moved = await transaction(ctx, async (tx) => {
      if (!(await moveCursor(tx, subscriber.name, row.seq))) return false;
      if (wants(subscriber, row.type)) await subscriber.handle(tx, eventOf(row));
      return true;
    });
    ctx.failpoint("events.afterDeliver");
    if (!moved) break;
  }
  return rows.length;
}

/** Moves the cursor forward to `seq`; false when another server was there first. */
async function moveCursor(tx: Ctx, subscriber: string, seq: number): Promise<boolean> {
  await tx.db
    .insertInto("event_cursor")
    .values({ subscriber, seq: 0 })
    .onConflict((conflict) => conflict.column("subscriber").doNothing())
    .execute();
  const { numUpdatedRows } = await tx.db
    .updateTable("event_cursor")
    .set({ seq })
    .where("subscriber", "=", subscriber)
    .where("seq", "<", seq)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

const wants = (subscriber: Subscriber, type: string): boolean =>
  subscriber.types.some((wanted) => (wanted.endsWith("*") ? type.startsWith(wanted.slice(0, -1)) : wanted === type));
