import { sql } from "kysely";
import { invalid } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { deleteArtifact } from "../run/index.ts";
import * as store from "./store.ts";
import { requireTrace } from "./trace.ts";

/** The owner of a trace's files, in the table of artifacts. Ids of traces are unique in a workspace only. */
export const fileOwner = (workspace: string, id: string): string => `trace/${workspace}/${id}`;

export async function deleteTrace(ctx: Ctx, workspace: string, id: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    const { name } = await requireTrace(tx, workspace, id);
    await forget(tx, workspace, [id]);
    record(tx, { workspace, type: "trace.deleted", subject: `trace/${id}`, data: { name } });
  });
}

const perTransaction = 500;

/**
 * Deletes traces of an experiment: the oldest first, those that started up to a time, or those of some ids. Gives how
 * many. It goes on where it stopped when it is asked again.
 */
export async function deleteTraces(
  ctx: Ctx,
  workspace: string,
  wanted: { experimentId: number; until?: number; atMost?: number; ids?: string[] },
): Promise<number> {
  const { ids, until, atMost } = wanted;
  if (!ids && until === undefined && atMost === undefined)
    throw invalid("Either `max_timestamp_millis` or `trace_ids` must be specified, but not both.");
  let deleted = 0;
  for (;;) {
    const limit = Math.min(perTransaction, (atMost ?? Number.POSITIVE_INFINITY) - deleted);
    const count = limit <= 0 ? 0 : await deleteSome(ctx, workspace, { ...wanted, limit });
    deleted += count;
    if (count < perTransaction) return deleted;
  }
}

async function deleteSome(
  ctx: Ctx,
  workspace: string,
  wanted: { experimentId: number; until?: number; ids?: string[]; limit: number },
): Promise<number> {
  return transaction(ctx, async (tx) => {
    let query = tx.db
      .selectFrom("trace")
      .select("id")
      .where("workspace", "=", workspace)
      .where("experiment_id", "=", wanted.experimentId);
    if (wanted.until !== undefined) query = query.where("started_at", "<=", wanted.until);
    if (wanted.ids) query = query.where("id", "in", wanted.ids.length > 0 ? wanted.ids : [sql<string>`null`]);
    const rows = await query.orderBy("started_at").orderBy("id").limit(wanted.limit).execute();
    const ids = rows.map((row) => row.id);
    if (ids.length === 0) return 0;
    await forget(tx, workspace, ids);
    const subject = `experiment/${wanted.experimentId}`;
    record(tx, { workspace, type: "trace.deleted", subject, data: { traces: ids.length } });
    return ids.length;
  });
}

/** Spans, tags and assessments go with their trace. Links have no foreign key: they may be there before it. */
async function forget(tx: Ctx, workspace: string, ids: string[]): Promise<void> {
  const owners = ids.map((id) => fileOwner(workspace, id));
  for (const owner of await store.ownersWithFiles(tx.db, owners)) await deleteArtifact(tx, owner, "");
  await store.deleteLinks(tx.db, workspace, ids);
  await store.deleteTraceRows(tx.db, workspace, ids);
}
