import type { Kysely } from "kysely";
import { notFound } from "../../contract/errors.ts";
import type { Ctx } from "../context.ts";
import type { SchemaStep } from "../db/migrate.ts";
import { transaction } from "../db/transaction.ts";
import type { Subscriber } from "./deliver.ts";
import { eventOf } from "./journal.ts";

declare module "../db/tables.ts" {
  interface Tables {
    /** Events that a subscriber failed at until the ones behind them had waited long enough. */
    parked_event: ParkedEventTable;
  }
}

export interface ParkedEventTable {
  subscriber: string;
  seq: number;
  error: string;
  attempts: number;
  parked_at: number;
}

export const parkingSchema: SchemaStep = {
  name: "0012-parked-event",
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("parked_event")
      .addColumn("subscriber", "text", (column) => column.notNull())
      .addColumn("seq", "bigint", (column) => column.notNull())
      .addColumn("error", "text", (column) => column.notNull())
      .addColumn("attempts", "integer", (column) => column.notNull())
      .addColumn("parked_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("parked_event_key", ["subscriber", "seq"])
      .execute();
  },
};

export async function park(tx: Ctx, subscriber: string, seq: number, error: unknown, attempts: number): Promise<void> {
  const row = { error: error instanceof Error ? error.message : String(error), attempts, parked_at: tx.clock.now() };
  await tx.db
    .insertInto("parked_event")
    .values({ subscriber, seq, ...row })
    .onConflict((conflict) => conflict.columns(["subscriber", "seq"]).doUpdateSet(row))
    .execute();
}

/** Longest waiting first. */
export async function listParked(ctx: Ctx) {
  const rows = await ctx.db
    .selectFrom("parked_event")
    .innerJoin("audit_event", "audit_event.seq", "parked_event.seq")
    .select(["parked_event.subscriber", "parked_event.seq", "error", "attempts", "parked_at", "type", "subject"])
    .orderBy("parked_event.seq")
    .orderBy("parked_event.subscriber")
    .limit(1000)
    .execute();
  return rows.map(({ parked_at, ...row }) => ({ ...row, parkedAt: parked_at }));
}

/** Delivers a parked event once more. If the subscriber fails again it stays parked, and its error is thrown. */
export async function redeliver(ctx: Ctx, subscribers: Subscriber[], name: string, seq: number): Promise<void> {
  await transaction(ctx, async (tx) => {
    const { numDeletedRows } = await tx.db
      .deleteFrom("parked_event")
      .where("subscriber", "=", name)
      .where("seq", "=", seq)
      .executeTakeFirst();
    const subscriber = subscribers.find((candidate) => candidate.name === name);
    const row = await tx.db.selectFrom("audit_event").selectAll().where("seq", "=", seq).executeTakeFirst();
    if (numDeletedRows === 0n || !subscriber || !row) {
      throw notFound("parked event", `${name}/${seq}`, "List them with `trainyard audit parked`.");
    }
    await subscriber.handle(tx, eventOf(row));
  });
}
