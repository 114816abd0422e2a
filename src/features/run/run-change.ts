import { invalid, Problem } from "../../contract/errors.ts";
import type { BulkChange } from "../../contract/run-change.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { deleteTags } from "./fact-store.ts";
import { requireActiveRun, writeTags } from "./run.ts";
import { moveRunsTo } from "./run-change-store.ts";
import * as store from "./run-store.ts";
import type { RunTable } from "./schema.ts";
import { descriptionTag, runTags } from "./tags.ts";

const eventTypes: Record<BulkChange["action"], string> = {
  delete: "run.deleted",
  restore: "run.restored",
  tag: "run.tagged",
  untag: "run.untagged",
  rename: "run.renamed",
};

/** Changes many runs in one transaction, with one audit event that names them all. Gives how many it changed. */
export async function changeRuns(ctx: Ctx, workspace: string, ids: string[], change: BulkChange): Promise<number> {
  return transaction(ctx, async (tx) => {
    const runs = await requireRuns(tx, workspace, [...new Set(ids)]);
    const changed = await apply(tx, runs, change);
    if (changed.length === 0) return 0;
    const subject = changed.length === 1 ? `run/${changed[0]!.id}` : "run";
    const { action: _, ...what } = change;
    const data = { ...what, runs: changed.map(({ id, name }) => ({ id, name })) };
    record(tx, { workspace, type: eventTypes[change.action], subject, data });
    return changed.length;
  });
}

/** The rows in the order of the ids. */
async function requireRuns(tx: Ctx, workspace: string, ids: string[]): Promise<RunTable[]> {
  const found = new Map((await store.findRuns(tx.db, ids)).map((row) => [row.id, row]));
  const missing = ids.filter((id) => found.get(id)?.workspace !== workspace);
  if (missing.length === 0) return ids.map((id) => found.get(id)!);
  const more = missing.length > 1 ? ` and ${missing.length - 1} more` : "";
  throw new Problem("not_found", `Run with id=${missing[0]}${more} not found; nothing was changed.`, {
    hint: "List them with `trainyard run list`.",
  });
}

async function apply(tx: Ctx, runs: RunTable[], change: BulkChange): Promise<RunTable[]> {
  if (change.action === "delete" || change.action === "restore") {
    const to = change.action === "delete" ? "deleted" : "active";
    const moved = runs.filter((run) => run.lifecycle_stage !== to);
    await moveRunsTo(
      tx.db,
      moved.map((run) => run.id),
      to,
      to === "deleted" ? tx.clock.now() : null,
    );
    return moved;
  }
  refuseDeleted(runs);
  if (change.action === "untag") return untag(tx, runs, change.key);
  const tagOf = (run: RunTable, index: number): [string, string] =>
    change.action === "tag"
      ? [change.key, change.value]
      : [
          runTags.name,
          change.name
            .replaceAll("{n}", String(index + 1))
            .replaceAll("{name}", run.name)
            .slice(0, 500),
        ];
  const rows = runs.map((run, index) => {
    const [key, value] = tagOf(run, index);
    return { run, key, value };
  });
  await writeTags(tx, rows);
  return runs;
}

function refuseDeleted(runs: RunTable[]): void {
  const deleted = runs.filter((run) => run.lifecycle_stage === "deleted");
  if (deleted.length === 0) return;
  const one = deleted.length === 1;
  throw invalid(`${deleted.length} of the runs ${one ? "is" : "are"} deleted; nothing was changed.`, {
    hint: one ? "Restore the run first." : "Restore them first.",
  });
}

async function untag(tx: Ctx, runs: RunTable[], key: string): Promise<RunTable[]> {
  if (Object.values<string>(runTags).includes(key))
    throw invalid(`The tag ${key} is a fact of the run and cannot be removed.`);
  const numbers = await deleteTags(tx, runs, key);
  return runs.filter((run) => numbers.has(run.number));
}

/** Renames or describes one run. */
export async function editRun(
  ctx: Ctx,
  workspace: string,
  id: string,
  changes: { name?: string; description?: string },
): Promise<void> {
  await transaction(ctx, async (tx) => {
    const run = await requireActiveRun(tx, workspace, id);
    const tags: [string, string | undefined][] = [
      [runTags.name, changes.name],
      [descriptionTag, changes.description],
    ];
    const rows = tags.flatMap(([key, value]) => (value === undefined ? [] : [{ run, key, value }]));
    if (rows.length === 0) return;
    await writeTags(tx, rows);
    record(tx, { workspace, type: "run.changed", subject: `run/${id}`, data: { from: run.name, ...changes } });
  });
}

/** Names and tags a run as what it is the run of; a tag that is null is removed. A run that was deleted stays as it is. */
export async function renameAndTag(
  tx: Ctx,
  workspace: string,
  id: string,
  { name, tags = {} }: { name?: string; tags?: Record<string, string | null> },
): Promise<void> {
  const run = await store.findRun(tx.db, id);
  if (run?.workspace !== workspace || run.lifecycle_stage !== "active") return;
  const facts = new Set<string>(Object.values(runTags));
  const wanted = Object.entries(tags).filter(([key]) => !facts.has(key));
  if (name !== undefined) wanted.push([runTags.name, name]);
  await writeTags(
    tx,
    wanted.flatMap(([key, value]) => (value === null ? [] : [{ run, key, value }])),
  );
  for (const [key, value] of wanted) if (value === null) await deleteTags(tx, [run], key);
}
