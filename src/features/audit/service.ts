import type { AuditEvent } from "../../contract/audit.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { cloudEventOf } from "../../platform/events/cloud-event.ts";
import type { Subscriber } from "../../platform/events/deliver.ts";
import { eventOf, genesisHash, hashEvent, record } from "../../platform/events/journal.ts";
import { redeliver } from "../../platform/events/parking.ts";

interface AuditQuery {
  workspace: string;
  type?: string;
  subject?: string;
  limit: number;
  after?: string;
}

/** Newest first; events of the whole installation (`*`) belong to every workspace's trail. */
export async function listEvents(ctx: Ctx, query: AuditQuery): Promise<{ items: AuditEvent[]; next?: string }> {
  let select = ctx.db
    .selectFrom("audit_event")
    .selectAll()
    .where("workspace", "in", [query.workspace, "*"])
    .orderBy("seq", "desc")
    .limit(query.limit + 1);
  if (query.type) select = select.where("type", "=", query.type);
  if (query.subject) select = select.where("subject", "=", query.subject);
  if (query.after) select = select.where("seq", "<", Number(query.after));
  const rows = await select.execute();
  const items = rows.slice(0, query.limit).map(eventOf);
  return { items, next: rows.length > query.limit ? String(items.at(-1)!.seq) : undefined };
}

/** Recomputes the whole chain, in pages. */
export async function verifyChain(ctx: Ctx): Promise<{ valid: boolean; events: number; firstBroken: number | null }> {
  let previousHash = genesisHash;
  let seq = 0;
  for (;;) {
    const rows = await ctx.db
      .selectFrom("audit_event")
      .selectAll()
      .where("seq", ">", seq)
      .orderBy("seq")
      .limit(1000)
      .execute();
    if (rows.length === 0) break;
    for (const row of rows) {
      const { hash, ...event } = eventOf(row);
      const whole = event.seq === seq + 1 && event.previousHash === previousHash && hashEvent(event) === hash;
      if (!whole) return { valid: false, events: seq, firstBroken: event.seq };
      seq = event.seq;
      previousHash = hash;
    }
  }
  const head = await ctx.db.selectFrom("audit_head").selectAll().where("id", "=", 1).executeTakeFirstOrThrow();
  const complete = head.seq === seq && head.hash === previousHash;
  return { valid: complete, events: seq, firstBroken: complete ? null : seq + 1 };
}

/** Changes from now on, as CloudEvents. */
export async function* watchEvents(ctx: Ctx, workspace: string, signal: AbortSignal): AsyncGenerator<unknown> {
  const head = await ctx.db.selectFrom("audit_head").select("seq").executeTakeFirstOrThrow();
  let seq = head.seq;
  while (!signal.aborted) {
    const wake = ctx.signals.wait("events", 2000, signal);
    const rows = await ctx.db
      .selectFrom("audit_event")
      .selectAll()
      .where("seq", ">", seq)
      .where("workspace", "in", [workspace, "*"])
      .orderBy("seq")
      .limit(500)
      .execute();
    for (const row of rows) {
      seq = row.seq;
      yield cloudEventOf(eventOf(row));
    }
    if (rows.length === 0) await wake;
  }
}

/** Delivers a parked event once more, and notes who had it delivered. */
export async function redeliverEvent(
  ctx: Ctx,
  subscribers: Subscriber[],
  { subscriber, seq }: { subscriber: string; seq: number },
): Promise<Record<string, never>> {
  await transaction(ctx, async (tx) => {
    await redeliver(tx, subscribers, subscriber, seq);
    record(tx, { workspace: "*", type: "event.redelivered", subject: `event/${seq}`, data: { subscriber } });
  });
  return {};
}
