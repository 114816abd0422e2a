import { sql } from "kysely";
import type { AuditEvent } from "../../contract/audit.ts";
import { type Actor, type Ctx, systemActor } from "../context.ts";
import type { Db } from "../db/tables.ts";
import { canonicalJson, sha256 } from "../digest.ts";
import type { AuditEventTable } from "./schema.ts";

/** One change to be recorded with the transaction that makes it. */
export interface Change {
  workspace: string;
  /** `model.version.created` */
  type: string;
  /** `model/diabetes/3` */
  subject: string;
  data?: unknown;
  reason?: string | null;
  actor?: Actor;
}

export const genesisHash = "0".repeat(64);

/** The hash that chains an event to the one before it. */
export function hashEvent(event: Omit<AuditEvent, "hash">): string {
  return sha256(canonicalJson(event));
}

/**
 * Notes a change. It is written (audit row and event in one, see docs/adr/0003) when the transaction commits;
 * if it cannot be written, the change does not happen.
 */
export function record(ctx: Ctx, change: Change): void {
  if (!ctx.unit) throw new Error(`record("${change.type}") outside a transaction`);
  ctx.unit.changes.push({ ...change, actor: change.actor ?? ctx.actor ?? systemActor });
}

/**
 * Appends the changes to the chain. Taking the head row first makes transactions that record anything commit in the
 * order of `seq`, so a reader that remembers the last `seq` it saw misses nothing.
 */
export async function appendChanges(db: Db, changes: Change[], at: number): Promise<void> {
  const head = await db
    .updateTable("audit_head")
    .set({ seq: sql<number>`seq + ${changes.length}` })
    .where("id", "=", 1)
    .returning(["seq", "hash"])
    .executeTakeFirstOrThrow();
  let previousHash = head.hash;
  let seq = head.seq - changes.length;
  const rows: AuditEventTable[] = changes.map((change) => {
    seq += 1;
    const actor = change.actor ?? systemActor;
    const event = {
      seq,
      at,
      workspace: change.workspace,
      type: change.type,
      subject: change.subject,
      actor: { id: actor.id, name: actor.name },
      reason: change.reason || null,
      data: JSON.parse(JSON.stringify(change.data ?? {})) as unknown,
      previousHash,
    };
    const hash = hashEvent(event);
    previousHash = hash;
    return {
      seq,
      at,
      workspace: event.workspace,
      type: event.type,
      subject: event.subject,
      actor_id: actor.id,
      actor_name: actor.name,
      reason: event.reason,
      data: canonicalJson(event.data),
      previous_hash: event.previousHash,
      hash,
    };
  });
  await db.insertInto("audit_event").values(rows).execute();
  await db.updateTable("audit_head").set({ hash: previousHash }).where("id", "=", 1).execute();
}

export async function initialiseJournal(db: Db): Promise<void> {
  await db
    .insertInto("audit_head")
    .values({ id: 1, seq: 0, hash: genesisHash })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute();
}

export function eventOf(row: AuditEventTable): AuditEvent {
  return {
    seq: row.seq,
    at: row.at,
    workspace: row.workspace,
    type: row.type,
    subject: row.subject,
    actor: { id: row.actor_id, name: row.actor_name },
    reason: row.reason,
    data: JSON.parse(row.data),
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}
