import { Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import type { FactKind } from "./fact-schema.ts";
import * as facts from "./fact-store.ts";
import { numberOf } from "./metric.ts";
import type { RunColumns } from "./run-columns.ts";
import { type FactKeys, factsOf, type RunFacts } from "./run-facts.ts";
import { findKeys } from "./run-key.ts";
import * as store from "./run-store.ts";
import type { RunState, RunTable } from "./schema.ts";
import { columnsOfTags, runTags } from "./tags.ts";

/** A run with everything logged to it but history and artifacts. */
export interface RunRecord extends Omit<RunTable, "experiment_id">, RunFacts {
  experimentId: string;
}

export async function getRun(ctx: Ctx, workspace: string, id: string): Promise<RunRecord> {
  return (await withFacts(ctx, [await requireRun(ctx, workspace, id)]))[0]!;
}

/** The row of a run; one of another workspace is as good as none. */
export async function requireRun(ctx: Ctx, workspace: string, id: string): Promise<RunTable> {
  return foundRun(await store.findRun(ctx.db, id), workspace, id);
}

/** The row of a run of this workspace, if there is one. */
export async function findRun(ctx: Ctx, workspace: string, id: string): Promise<RunTable | undefined> {
  const row = await store.findRun(ctx.db, id);
  return row?.workspace === workspace ? row : undefined;
}

export async function requireActiveRun(ctx: Ctx, workspace: string, id: string): Promise<RunTable> {
  return activeRun(await store.findRun(ctx.db, id), workspace, id);
}

function foundRun(row: RunTable | undefined, workspace: string, id: string): RunTable {
  if (row?.workspace === workspace) return row;
  throw new Problem("not_found", `Run with id=${id} not found`, { hint: "List them with `trainyard run list`." });
}

/** The row, if it is that of a run of the workspace that can be written to. */
export function activeRun(row: RunTable | undefined, workspace: string, id: string): RunTable {
  if (foundRun(row, workspace, id).lifecycle_stage === "active") return row!;
  throw new Problem("invalid", `The run ${id} must be in the 'active' state. Current state is deleted.`, {
    hint: "Restore the run first.",
  });
}

/** Rows with their facts: all of them, or those of some columns. The rows are of one workspace. */
export async function withFacts(ctx: Ctx, rows: RunTable[], columns?: RunColumns): Promise<RunRecord[]> {
  if (rows.length === 0) return [];
  const keys = columns && (await columnKeys(ctx, rows, columns));
  const numbers = rows.map((row) => row.number);
  const found = await factsOf(ctx, numbers, keys);
  return rows.map(({ experiment_id, ...row }) => ({
    ...row,
    ...found.get(row.number)!,
    experimentId: String(experiment_id),
  }));
}

/** The numbers of the keys of some columns. */
async function columnKeys(ctx: Ctx, rows: RunTable[], columns: RunColumns): Promise<FactKeys> {
  const experimentIds = [...new Set(rows.map((row) => row.experiment_id))];
  const numbers = async (kind: FactKind, names: string[]) => {
    if (names.length === 0) return [];
    const keys = await findKeys(ctx, { workspace: rows[0]!.workspace, experimentIds, kind }, names);
    return keys.map((key) => key.number);
  };
  return {
    metrics: await numbers("metric", columns.metrics),
    params: await numbers("param", columns.params),
    tags: await numbers("tag", columns.tags),
  };
}

/** Ends a run; one that has ended stays as it is. That it is gone does not keep its maker from ending. */
export async function endRun(tx: Ctx, runId: string, state: "FINISHED" | "FAILED" | "KILLED"): Promise<void> {
  await store.endRun(tx.db, { id: runId, state, now: tx.clock.now() });
}

/**
 * Ends a run whose maker did not come to its end, and what that began inside of it and left running. It is not
 * `FINISHED`, even where its maker had said so: a script may fail behind its last `mlflow.end_run`.
 */
export async function breakOffRun(
  tx: Ctx,
  workspace: string,
  runId: string,
  state: "FAILED" | "KILLED",
): Promise<void> {
  const now = tx.clock.now();
  await store.breakOff(tx.db, runId, state, now);
  for (let inside = [runId]; inside.length > 0; ) inside = await store.endChildren(tx.db, workspace, inside, now);
}

export async function updateRun(
  ctx: Ctx,
  workspace: string,
  id: string,
  changes: { state?: RunState; endedAt?: number; name?: string },
): Promise<RunRecord> {
  return transaction(ctx, async (tx) => {
    const row = await requireActiveRun(tx, workspace, id);
    await store.updateRun(tx.db, id, {
      state: changes.state ?? row.state,
      ended_at: changes.endedAt ?? row.ended_at,
      name: changes.name || row.name,
    });
    if (changes.name) await facts.upsertTags(tx, [{ run: row, key: runTags.name, value: changes.name }]);
    return getRun(tx, workspace, id);
  });
}

/** Hides a run until it is restored. Doing it again changes nothing. */
export const deleteRun = (ctx: Ctx, workspace: string, id: string): Promise<void> =>
  moveRun(ctx, workspace, id, "deleted");

export const restoreRun = (ctx: Ctx, workspace: string, id: string): Promise<void> =>
  moveRun(ctx, workspace, id, "active");

async function moveRun(ctx: Ctx, workspace: string, id: string, to: RunTable["lifecycle_stage"]): Promise<void> {
  await transaction(ctx, async (tx) => {
    const row = await requireRun(tx, workspace, id);
    if (row.lifecycle_stage === to) return;
    await store.updateRun(tx.db, id, { lifecycle_stage: to, deleted_at: to === "deleted" ? tx.clock.now() : null });
    const type = to === "deleted" ? "run.deleted" : "run.restored";
    record(tx, { workspace, type, subject: `run/${id}`, data: { name: row.name } });
  });
}

/** The latest value of every metric; NaN where NaN was logged. */
export async function runMetrics(ctx: Ctx, runId: string): Promise<Record<string, number>> {
  const run = await store.findRun(ctx.db, runId);
  const rows = run ? await facts.listLatest(ctx, run.number) : [];
  return Object.fromEntries(rows.map((row) => [row.key, numberOf(row)]));
}

/** Some tags are also facts of the run itself. */
export async function writeTags(tx: Ctx, rows: (facts.KeyValue & { run: RunTable })[]): Promise<void> {
  for (const [run, tags] of Map.groupBy(rows, (row) => row.run)) {
    const columns = columnsOfTags(Object.fromEntries(tags.map(({ key, value }) => [key, value])));
    if (Object.keys(columns).length > 0) await store.updateRun(tx.db, run.id, columns);
  }
  await facts.upsertTags(tx, rows);
}

export async function deleteTag(ctx: Ctx, workspace: string, id: string, key: string): Promise<void> {
  await transaction(ctx, async (tx) => {
    const run = await requireActiveRun(tx, workspace, id);
    if ((await facts.deleteTags(tx, [run], key)).size > 0) return;
    throw new Problem("not_found", `No tag with name: ${key} in run with id ${id}`);
  });
}
