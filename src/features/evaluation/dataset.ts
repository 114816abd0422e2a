import { Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { sha256 } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import { getExperiment } from "../run/index.ts";
import type { Position } from "../search/index.ts";
import * as store from "./dataset-store.ts";
import type { EvaluationDatasetTable } from "./schema.ts";

/** Questions with what answers are expected, by which runs are judged. */
export interface EvaluationDataset {
  id: string;
  name: string;
  /** Changes with every change of the data set. */
  digest: string;
  tags: Record<string, string>;
  experimentIds: string[];
  schema: string | null;
  records: number;
  createdAt: number;
  updatedAt: number;
  createdBy: string;
  updatedBy: string;
}

export async function createDataset(
  ctx: Ctx,
  wanted: { workspace: string; name: string; experimentIds: string[]; tags: Record<string, string> },
): Promise<EvaluationDataset> {
  const { workspace, name, tags } = wanted;
  return transaction(ctx, async (tx) => {
    const experiments = await numbersOf(tx, workspace, wanted.experimentIds);
    const id = `d-${tx.ids.next().replaceAll("-", "")}`;
    const now = tx.clock.now();
    const by = tx.actor.name;
    const row = { id, workspace, name, schema: null, created_at: now, updated_at: now, created_by: by, updated_by: by };
    await tx.db.insertInto("evaluation_dataset").values(row).execute();
    await store.upsertTags(tx.db, id, tags);
    await store.insertExperiments(tx.db, id, experiments);
    record(tx, { workspace, type: "evaluation-dataset.created", subject: `evaluation-dataset/${id}`, data: { name } });
    return (await datasetsOf(tx, [row]))[0]!;
  });
}

export async function requireDataset(ctx: Ctx, workspace: string, id: string): Promise<EvaluationDatasetTable> {
  const row = await store.findRow(ctx.db, workspace, id);
  if (row) return row;
  throw new Problem("not_found", `Evaluation dataset with id '${id}' not found`);
}

export async function getDataset(ctx: Ctx, workspace: string, id: string): Promise<EvaluationDataset> {
  return (await datasetsOf(ctx, [await requireDataset(ctx, workspace, id)]))[0]!;
}

export async function searchDatasets(
  ctx: Ctx,
  search: store.DatasetSearch,
): Promise<{ items: EvaluationDataset[]; next?: Position }> {
  const { rows, next } = await store.searchRows(ctx.db, search);
  return { items: await datasetsOf(ctx, rows), next };
}

export async function deleteDataset(ctx: Ctx, workspace: string, id: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    const { name } = await requireDataset(tx, workspace, id);
    await store.deleteRow(tx.db, id);
    record(tx, { workspace, type: "evaluation-dataset.deleted", subject: `evaluation-dataset/${id}`, data: { name } });
  });
}

export async function setDatasetTags(
  ctx: Ctx,
  workspace: string,
  id: string,
  tags: Record<string, string>,
): Promise<EvaluationDataset> {
  return change(ctx, workspace, id, { tags }, (tx) => store.upsertTags(tx.db, id, tags));
}

export async function deleteDatasetTag(ctx: Ctx, workspace: string, id: string, key: string): Promise<void> {
  await change(ctx, workspace, id, { withoutTag: key }, async (tx) => {
    await tx.db.deleteFrom("evaluation_dataset_tag").where("dataset_id", "=", id).where("key", "=", key).execute();
  });
}

export async function addToExperiments(
  ctx: Ctx,
  workspace: string,
  id: string,
  experimentIds: string[],
): Promise<EvaluationDataset> {
  return change(ctx, workspace, id, { experiments: experimentIds }, async (tx) =>
    store.insertExperiments(tx.db, id, await numbersOf(tx, workspace, experimentIds)),
  );
}

export async function removeFromExperiments(
  ctx: Ctx,
  workspace: string,
  id: string,
  experimentIds: string[],
): Promise<EvaluationDataset> {
  const numbers = experimentIds.filter((experiment) => /^\d{1,15}$/.test(experiment)).map(Number);
  return change(ctx, workspace, id, { withoutExperiments: experimentIds }, async (tx) => {
    if (numbers.length === 0) return;
    await tx.db
      .deleteFrom("evaluation_dataset_experiment")
      .where("dataset_id", "=", id)
      .where("experiment_id", "in", numbers)
      .execute();
  });
}

/** A change of a data set that is there, with its row in the audit log. */
export async function change(
  ctx: Ctx,
  workspace: string,
  id: string,
  data: Record<string, unknown>,
  work: (tx: Ctx, row: EvaluationDatasetTable) => Promise<void>,
): Promise<EvaluationDataset> {
  return transaction(ctx, async (tx) => {
    const row = await requireDataset(tx, workspace, id);
    // Two changes within a millisecond are two: the digest tells them apart by their time.
    const updated = { updated_at: Math.max(tx.clock.now(), row.updated_at + 1), updated_by: tx.actor.name };
    await store.updateRow(tx.db, id, updated);
    await work(tx, row);
    record(tx, { workspace, type: "evaluation-dataset.changed", subject: `evaluation-dataset/${id}`, data });
    return getDataset(tx, workspace, id);
  });
}

/** Experiments that are known to be there. */
async function numbersOf(ctx: Ctx, workspace: string, ids: string[]): Promise<number[]> {
  const numbers: number[] = [];
  for (const id of ids) numbers.push(Number((await getExperiment(ctx, workspace, id)).id));
  return numbers;
}

async function datasetsOf(ctx: Ctx, rows: EvaluationDatasetTable[]): Promise<EvaluationDataset[]> {
  if (rows.length === 0) return [];
  const facts = await store.factsOf(
    ctx.db,
    rows.map((row) => row.id),
  );
  return rows.map((row) => {
    const mine = (fact: { dataset_id: string }) => fact.dataset_id === row.id;
    return {
      id: row.id,
      name: row.name,
      digest: sha256(`${row.id}:${row.updated_at}`).slice(0, 8),
      tags: Object.fromEntries(facts.tags.filter(mine).map((tag) => [tag.key, tag.value])),
      experimentIds: facts.experiments.filter(mine).map((link) => String(link.experiment_id)),
      schema: row.schema,
      records: Number(facts.counts.find(mine)?.records ?? 0),
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      createdBy: row.created_by,
      updatedBy: row.updated_by,
    };
  });
}
