import type { AuditEvent } from "../../contract/audit.ts";
import type { Ctx } from "../context.ts";
import { transaction } from "../db/transaction.ts";
import { eventOf } from "./journal.ts";
import { park } from "./parking.ts";
import type { AuditEventTable } from "./schema.ts";

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
/** With pauses of 1, 2, 4, … 64 s in between: about two minutes, in which what was missing may come back. */
const mostAttempts = 8;
const pauseMs = 1000;
const mostPauseMs = 64_000;

/** The event that a subscriber is at and could not handle yet. */
export interface Failure {
  seq: number;
  attempts: number;
  nextAt: number;
}

/** What this process knows beyond the cursors. */
export interface Progress {
  /** By subscriber. */
  failures: Map<string, Failure>;
  /** Up to where a subscriber wanted nothing. Its cursor follows later, so that most events cost it no transaction. */
  passed: Map<string, number>;
}

export const createProgress = (): Progress => ({ failures: new Map(), passed: new Map() });

const keepEveryMs = 1000;

/** Delivers until `signal` aborts. Several servers may run it: the cursor row lets one through at a time. */
export async function deliverEvents(ctx: Ctx, subscribers: Subscriber[], signal: AbortSignal): Promise<void> {
  const progress = createProgress();
  let keptAt = ctx.clock.now();
  while (!signal.aborted) {
    const wake = ctx.signals.wait("events", keepEveryMs, signal);
    let delivered = 0;
    for (const subscriber of subscribers) delivered += await deliverPatiently(ctx, subscriber, progress);
    if (delivered > 0) continue;
    await wake;
    if (ctx.clock.now() - keptAt < keepEveryMs) continue;
    keptAt = ctx.clock.now();
    await keepPassed(ctx, progress);
  }
}

/** Moves the cursors of all subscribers behind what they passed over, in one transaction. */
export async function keepPassed(ctx: Ctx, { passed }: Progress): Promise<void> {
  if (passed.size === 0) return;
  try {
    await transaction(ctx, async (tx) => {
      // In one order on every server, so that two do not wait for each other.
      for (const subscriber of [...passed.keys()].sort()) await moveCursor(tx, subscriber, passed.get(subscriber)!);
    });
    passed.clear();
  } catch (error) {
    ctx.log.error("cursors of events could not be moved; it is tried again", { error });
  }
}

/**
 * One turn of a subscriber. An event that it fails at is tried again after a pause, and at last parked, so that the
 * events behind it do not wait for ever; where not even that can be kept, it is tried on. Gives the number of events
 * looked at.
 */
export async function deliverPatiently(ctx: Ctx, subscriber: Subscriber, progress: Progress): Promise<number> {
  const { failures } = progress;
  const failure = failures.get(subscriber.name);
  if (failure && ctx.clock.now() < failure.nextAt) return 0;
  try {
    const delivered = await deliverBatch(ctx, subscriber, progress);
    failures.delete(subscriber.name);
    return delivered;
  } catch (error) {
    const at = error instanceof Undelivered ? error : undefined;
    const attempts = at && failure?.seq === at.seq ? failure.attempts + 1 : 1;
    if (at && attempts >= mostAttempts && (await parkEvent(ctx, subscriber.name, at, attempts))) {
      failures.delete(subscriber.name);
      return 1;
    }
    const pause = Math.min(pauseMs * 2 ** (attempts - 1), mostPauseMs);
    failures.set(subscriber.name, { seq: at?.seq ?? 0, attempts, nextAt: ctx.clock.now() + pause });
    ctx.log.error("event delivery failed; it will be tried again", { subscriber: subscriber.name, pause, error });
    return 0;
  }
}

/** Which event it was, and what went wrong (`cause`). */
export class Undelivered extends Error {
  readonly seq: number;

  constructor(seq: number, cause: unknown) {
    super(`Event ${seq} could not be delivered: ${cause instanceof Error ? cause.message : cause}`, { cause });
    this.seq = seq;
  }
}

/** False when the database, which may be why it failed, does not take that either. */
async function parkEvent(ctx: Ctx, subscriber: string, failed: Undelivered, attempts: number): Promise<boolean> {
  try {
    await transaction(ctx, async (tx) => {
      if (await moveCursor(tx, subscriber, failed.seq)) await park(tx, subscriber, failed.seq, failed.cause, attempts);
    });
    ctx.log.error("event parked; deliver it again with `trainyard audit redeliver`", { subscriber, error: failed });
    return true;
  } catch (error) {
    ctx.log.error("an event could not be parked", { subscriber, seq: failed.seq, error });
    return false;
  }
}

/** Delivers what is new to one subscriber; gives the number of events looked at. */
export async function deliverBatch(
  ctx: Ctx,
  subscriber: Subscriber,
  { passed }: Pick<Progress, "passed">,
): Promise<number> {
  const position = await ctx.db
    .selectFrom("event_cursor")
    .select("seq")
    .where("subscriber", "=", subscriber.name)
    .executeTakeFirst();
  const from = Math.max(position?.seq ?? 0, passed.get(subscriber.name) ?? 0);
  const rows = await ctx.db
    .selectFrom("audit_event")
    .selectAll()
    .where("seq", ">", from)
    .orderBy("seq")
    .limit(batchSize)
    .execute();
  for (const row of rows) {
    if (!wants(subscriber, row.type)) {
      passed.set(subscriber.name, row.seq);
      continue;
    }
    ctx.failpoint("events.beforeDeliver");
    const moved = await deliverOne(ctx, subscriber, row);
    ctx.failpoint("events.afterDeliver");
    if (!moved) break;
  }
  return rows.length;
}

async function deliverOne(ctx: Ctx, subscriber: Subscriber, row: AuditEventTable): Promise<boolean> {
  try {
    return await transaction(ctx, async (tx) => {
      if (!(await moveCursor(tx, subscriber.name, row.seq))) return false;
      await subscriber.handle(tx, eventOf(row));
      return true;
    });
  } catch (error) {
    throw new Undelivered(row.seq, error);
  }
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
