import type { Ctx } from "../../platform/context.ts";
import { canonicalJson, sha256 } from "../../platform/digest.ts";
import { type PageWanted, type Position, readPage } from "../search/index.ts";
import { change, requireDataset } from "./dataset.ts";
import { updateRow } from "./dataset-store.ts";
import { fieldsOf, type GivenRecord } from "./fields.ts";
import type { EvaluationRecordTable } from "./schema.ts";

/**
 * Adds records. One with inputs that the data set has already changes that one: outputs are replaced, expectations and
 * tags are merged.
 */
export async function upsertRecords(
  ctx: Ctx,
  workspace: string,
  id: string,
  records: GivenRecord[],
): Promise<{ inserted: number; updated: number }> {
  let inserted = 0;
  await change(ctx, workspace, id, { records: records.length }, async (tx, dataset) => {
    inserted = 0;
    for (const given of records) if (await upsertRecord(tx, id, given)) inserted++;
    await updateRow(tx.db, id, { schema: fieldsOf(dataset.schema, records) });
  });
  return { inserted, updated: records.length - inserted };
}

const userTag = "mlflow.user";

/** True when it was new. */
async function upsertRecord(tx: Ctx, datasetId: string, given: GivenRecord): Promise<boolean> {
  const digest = sha256(canonicalJson(given.inputs));
  const now = tx.clock.now();
  const by = given.tags?.[userTag] ?? tx.actor.name;
  const known = await tx.db
    .selectFrom("evaluation_record")
    .selectAll()
    .where("dataset_id", "=", datasetId)
    .where("input_digest", "=", digest)
    .executeTakeFirst();
  if (known) {
    const merged = {
      outputs: given.outputs === undefined ? known.outputs : textOf(given.outputs),
      expectations: mergedText(known.expectations, given.expectations),
      tags: mergedText(known.tags, given.tags) ?? "{}",
      updated_at: now,
      updated_by: by,
    };
    await tx.db.updateTable("evaluation_record").set(merged).where("id", "=", known.id).execute();
    return false;
  }
  const row: EvaluationRecordTable = {
    id: `dr-${tx.ids.next().replaceAll("-", "")}`,
    dataset_id: datasetId,
    input_digest: digest,
    inputs: JSON.stringify(given.inputs),
    outputs: textOf(given.outputs),
    expectations: textOf(given.expectations),
    tags: JSON.stringify(given.tags ?? {}),
    source: textOf(given.source),
    created_at: now,
    updated_at: now,
    created_by: by,
    updated_by: by,
  };
  await tx.db.insertInto("evaluation_record").values(row).execute();
  return true;
}

const textOf = (value: unknown): string | null =>
  value === undefined || value === null ? null : JSON.stringify(value);

function mergedText(known: string | null, more: Record<string, unknown> | undefined): string | null {
  if (!more || Object.keys(more).length === 0) return known;
  return JSON.stringify({ ...(known === null ? {} : (JSON.parse(known) as object)), ...more });
}

/** In the order in which they were added. */
export async function listRecords(
  ctx: Ctx,
  wanted: { workspace: string; id: string } & PageWanted,
): Promise<{ items: EvaluationRecordTable[]; next?: Position }> {
  await requireDataset(ctx, wanted.workspace, wanted.id);
  const query = ctx.db.selectFrom("evaluation_record").selectAll().where("dataset_id", "=", wanted.id);
  const { rows, next } = await readPage(query, [{ column: "id", descending: false }], wanted);
  return { items: rows, next };
}

/** Gives how many there were. */
export async function deleteRecords(ctx: Ctx, workspace: string, id: string, recordIds: string[]): Promise<number> {
  let deleted = 0;
  await change(ctx, workspace, id, { deleted: recordIds.length }, async (tx) => {
    if (recordIds.length === 0) return;
    const { numDeletedRows } = await tx.db
      .deleteFrom("evaluation_record")
      .where("dataset_id", "=", id)
      .where("id", "in", recordIds)
      .executeTakeFirst();
    deleted = Number(numDeletedRows);
  });
  return deleted;
}
