import type { z } from "zod";
import { notFound } from "../../contract/errors.ts";
import type { MonitorDefinition, MonitorRun, monitorSchema } from "../../contract/monitor.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { canonicalJson, sha256 } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import { requireWorkspace } from "../workspace/index.ts";
import { nextSlot, requireSound } from "./definition.ts";
import { startRun } from "./run.ts";
import type { MonitorRunTable, MonitorTable } from "./schema.ts";
import * as store from "./store.ts";

type Monitor = z.output<typeof monitorSchema>;
export type Retraining = NonNullable<MonitorDefinition["retraining"]>;

const monitorOf = (row: MonitorTable, lastRun: MonitorRunTable | undefined): Monitor => ({
  name: row.name,
  definition: JSON.parse(row.definition),
  lastRun: lastRun ? store.runOf(lastRun) : null,
  nextRunAt: row.next_run_at,
  createdAt: row.created_at,
});

/** Creates or replaces a monitor; the same definition again changes nothing. Its first run is one interval from now. */
export async function putMonitor(
  ctx: Ctx,
  workspace: string,
  name: string,
  definition: MonitorDefinition,
): Promise<Monitor> {
  await requireSound(ctx, workspace, definition);
  return transaction(ctx, async (tx) => {
    await requireWorkspace(tx, workspace);
    const now = tx.clock.now();
    const text = canonicalJson(definition);
    const row = { definition: text, digest: sha256(text), next_run_at: nextSlot(definition.everyMinutes, now, now) };
    const created = { workspace, name, ...row, last_number: 0, created_at: now };
    const isNew = await store.insertMonitor(tx.db, created);
    const before = (await store.takeMonitor(tx.db, workspace, name))!;
    if (!isNew && before.digest !== row.digest) {
      const { everyMinutes } = JSON.parse(before.definition) as MonitorDefinition;
      const next_run_at = everyMinutes === definition.everyMinutes ? before.next_run_at : row.next_run_at;
      await store.updateMonitor(tx.db, workspace, name, { ...row, next_run_at });
    }
    if (isNew || before.digest !== row.digest) {
      const type = isNew ? "monitor.created" : "monitor.changed";
      record(tx, { workspace, type, subject: `monitor/${name}`, data: { digest: row.digest } });
    }
    return getMonitor(tx, workspace, name);
  });
}

export async function getMonitor(ctx: Ctx, workspace: string, name: string): Promise<Monitor> {
  const row = await requireMonitor(ctx, workspace, name);
  return monitorOf(row, await store.findRun(ctx.db, workspace, name, row.last_number));
}

async function requireMonitor(ctx: Ctx, workspace: string, name: string): Promise<MonitorTable> {
  const row = await store.findMonitor(ctx.db, workspace, name);
  if (!row) throw notFound("monitor", name, "List them with `trainyard monitor list`.");
  return row;
}

export async function listMonitors(ctx: Ctx, workspace: string): Promise<Monitor[]> {
  const [rows, runs] = await Promise.all([
    store.listMonitors(ctx.db, workspace),
    store.listLastRuns(ctx.db, workspace),
  ]);
  const byMonitor = new Map(runs.map((run) => [run.monitor, run]));
  return rows.map((row) => monitorOf(row, byMonitor.get(row.name)));
}

export async function runMonitor(
  ctx: Ctx,
  workspace: string,
  name: string,
  idempotencyKey: string | undefined,
): Promise<MonitorRun> {
  return transaction(ctx, async (tx) => {
    const monitor = await store.takeMonitor(tx.db, workspace, name);
    if (!monitor) throw notFound("monitor", name, "List them with `trainyard monitor list`.");
    return startRun(tx, monitor, idempotencyKey === undefined ? null : `run/${idempotencyKey}`);
  });
}

export async function listRuns(
  ctx: Ctx,
  workspace: string,
  name: string,
  page: { limit: number; after?: string },
): Promise<{ items: MonitorRun[]; next?: string }> {
  await requireMonitor(ctx, workspace, name);
  const before = page.after === undefined ? undefined : Number(page.after) || 0;
  const rows = await store.listRuns(ctx.db, workspace, name, { limit: page.limit + 1, before });
  const items = rows.slice(0, page.limit).map(store.runOf);
  return { items, next: rows.length > page.limit ? String(items.at(-1)!.number) : undefined };
}

/** What an alert of the monitor starts; null when nothing. */
export async function retrainingOf(ctx: Ctx, workspace: string, name: string): Promise<Retraining | null> {
  const row = await requireMonitor(ctx, workspace, name);
  return (JSON.parse(row.definition) as MonitorDefinition).retraining;
}

/** What a release's manifest says of a monitor. */
export async function monitorDigest(
  ctx: Ctx,
  workspace: string,
  name: string,
): Promise<{ name: string; digest: string }> {
  const { digest } = await requireMonitor(ctx, workspace, name);
  return { name, digest };
}
