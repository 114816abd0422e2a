import { conflict, invalid, notFound, Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import * as store from "./experiment-store.ts";
import type { ExperimentTable } from "./schema.ts";

export interface Experiment extends Omit<ExperimentTable, "id"> {
  id: string;
  tags: Record<string, string>;
}

/** What tracking clients use when they name no experiment. It is there in every workspace. */
export const defaultExperimentId = "0";
const defaultExperimentName = "Default";

export function experimentNumber(id: string): number {
  if (/^-?\d{1,15}$/.test(id)) return Number(id);
  throw invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`);
}

export async function createExperiment(
  ctx: Ctx,
  wanted: { workspace: string; name: string; artifactLocation?: string; tags?: Record<string, string> },
): Promise<string> {
  return transaction(ctx, async (tx) => {
    await ensureDefault(tx, wanted.workspace);
    const id = await store.takeNumber(tx.db, wanted.workspace);
    const inserted = await insert(tx, wanted.workspace, id, wanted.name, wanted.artifactLocation);
    if (!inserted) throw conflict(`Experiment(name=${wanted.name}) already exists.`, nameIsTaken);
    for (const [key, value] of Object.entries(wanted.tags ?? {}))
      await store.upsertExperimentTag(tx.db, wanted.workspace, id, key, value);
    const subject = `experiment/${id}`;
    record(tx, { workspace: wanted.workspace, type: "experiment.created", subject, data: { name: wanted.name } });
    return String(id);
  });
}

/** The id of the experiment of that name; steps that start at once may all be the first to want it. */
export async function findOrCreateExperiment(tx: Ctx, workspace: string, name: string): Promise<string> {
  if (name === defaultExperimentName) await ensureDefault(tx, workspace);
  const known = await store.findExperimentByName(tx.db, workspace, name);
  if (known) return String(known.id);
  try {
    return await createExperiment(tx, { workspace, name });
  } catch (error) {
    const other = await store.findExperimentByName(tx.db, workspace, name);
    if (other) return String(other.id);
    throw error;
  }
}

const nameIsTaken = "A deleted experiment keeps its name: restore it, or choose another name.";

async function insert(tx: Ctx, workspace: string, id: number, name: string, location?: string): Promise<boolean> {
  const now = tx.clock.now();
  return store.insertExperiment(tx.db, {
    workspace,
    id,
    name,
    artifact_location: location || null,
    lifecycle_stage: "active",
    created_at: now,
    updated_at: now,
  });
}

/** Gives every workspace its `Default` the first time somebody looks. */
export async function ensureDefault(ctx: Ctx, workspace: string): Promise<void> {
  const id = Number(defaultExperimentId);
  if (await store.findExperiment(ctx.db, workspace, id)) return;
  await insert(ctx, workspace, id, defaultExperimentName);
}

export async function getExperiment(ctx: Ctx, workspace: string, id: string): Promise<Experiment> {
  return (await withTags(ctx, [await requireExperiment(ctx, workspace, id)]))[0]!;
}

/** As it is stored, without its tags. */
export async function requireExperiment(ctx: Ctx, workspace: string, id: string): Promise<ExperimentTable> {
  const number = experimentNumber(id);
  if (id === defaultExperimentId) await ensureDefault(ctx, workspace);
  const row = await store.findExperiment(ctx.db, workspace, number);
  if (!row) throw new Problem("not_found", `No Experiment with id=${id} exists`, { hint: listThem });
  return row;
}

const listThem = "List them with `trainyard experiment list`.";

export async function findExperimentByName(ctx: Ctx, workspace: string, name: string): Promise<Experiment | undefined> {
  if (name === defaultExperimentName) await ensureDefault(ctx, workspace);
  const row = await store.findExperimentByName(ctx.db, workspace, name);
  return row && (await withTags(ctx, [row]))[0];
}

/** The id of the experiment whose tag has that value. */
export async function findExperimentByTag(
  ctx: Ctx,
  workspace: string,
  key: string,
  value: string,
): Promise<string | undefined> {
  const row = await store.findExperimentByTag(ctx.db, workspace, key, value);
  return row && String(row.experiment_id);
}

export async function withTags(ctx: Ctx, rows: ExperimentTable[]): Promise<Experiment[]> {
  if (rows.length === 0) return [];
  const tags = await store.listExperimentTags(
    ctx.db,
    rows[0]!.workspace,
    rows.map((row) => row.id),
  );
  return rows.map((row) => ({
    ...row,
    id: String(row.id),
    tags: Object.fromEntries(tags.filter((tag) => tag.experiment_id === row.id).map((tag) => [tag.key, tag.value])),
  }));
}

export async function renameExperiment(ctx: Ctx, workspace: string, id: string, name: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    const experiment = await requireExperiment(tx, workspace, id);
    if (experiment.lifecycle_stage !== "active")
      throw new Problem("precondition_failed", "Cannot rename a non-active experiment.");
    const other = await store.findExperimentByName(tx.db, workspace, name);
    if (other && String(other.id) !== id) throw conflict(`Experiment(name=${name}) already exists.`, nameIsTaken);
    await store.updateExperiment(tx.db, workspace, Number(id), { name, updated_at: tx.clock.now() });
    const data = { from: experiment.name, name };
    record(tx, { workspace, type: "experiment.renamed", subject: `experiment/${id}`, data });
  });
}

/** Deletes an experiment with its runs, so that both can be restored. */
export async function deleteExperiment(ctx: Ctx, workspace: string, id: string): Promise<void> {
  await moveExperiment(ctx, workspace, id, { from: "active", to: "deleted" });
}

/** Restores an experiment and all of its runs. */
export async function restoreExperiment(ctx: Ctx, workspace: string, id: string): Promise<void> {
  await moveExperiment(ctx, workspace, id, { from: "deleted", to: "active" });
}

type Stage = ExperimentTable["lifecycle_stage"];

async function moveExperiment(ctx: Ctx, workspace: string, id: string, move: { from: Stage; to: Stage }) {
  await transaction(ctx, async (tx) => {
    const { lifecycle_stage, name } = await requireExperiment(tx, workspace, id);
    if (lifecycle_stage !== move.from) throw notFound(`${move.from} experiment with id`, id, listThem);
    const now = tx.clock.now();
    await store.updateExperiment(tx.db, workspace, Number(id), { lifecycle_stage: move.to, updated_at: now });
    await store.moveRuns(tx.db, workspace, Number(id), move.to, move.to === "deleted" ? now : null);
    const type = move.to === "deleted" ? "experiment.deleted" : "experiment.restored";
    record(tx, { workspace, type, subject: `experiment/${id}`, data: { name } });
  });
}

export async function setExperimentTag(ctx: Ctx, workspace: string, id: string, key: string, value: string) {
  await transaction(ctx, async (tx) => {
    const experiment = await requireExperiment(tx, workspace, id);
    if (experiment.lifecycle_stage !== "active")
      throw invalid(`The experiment ${id} must be in the 'active' state. Current state is deleted.`);
    await store.upsertExperimentTag(tx.db, workspace, Number(id), key, value);
  });
}

export async function deleteExperimentTag(ctx: Ctx, workspace: string, id: string, key: string): Promise<void> {
  await requireExperiment(ctx, workspace, id);
  const deleted = await store.deleteExperimentTag(ctx.db, workspace, Number(id), key);
  if (!deleted) throw notFound("tag of the experiment", key);
}
