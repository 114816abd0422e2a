import { invalid } from "../../contract/errors.ts";
import type { MonitorDefinition } from "../../contract/monitor.ts";
import type { Ctx } from "../../platform/context.ts";
import { readTree } from "../blob/index.ts";

/** Refuses what could never give a result. Endpoint and data may come later: a monitor can be defined before them. */
export async function requireSound(ctx: Ctx, workspace: string, definition: MonitorDefinition): Promise<void> {
  if (Object.keys(definition.numerical).length + Object.keys(definition.categorical).length === 0) {
    throw invalid("The monitor has no metric with a threshold, neither for numerical nor for categorical columns.");
  }
  const { retraining } = definition;
  if (!retraining) return;
  await requireFile(ctx, workspace, "retraining.job", retraining.job);
  if (retraining.build) await requireFile(ctx, workspace, "retraining.build", retraining.build);
}

async function requireFile(
  ctx: Ctx,
  workspace: string,
  at: string,
  source: { tree: string; file: string },
): Promise<void> {
  const files = await readTree(ctx, workspace, source.tree);
  if (files.some((file) => file.path === source.file)) return;
  throw invalid(`${at}: there is no file "${source.file}" in the tree ${source.tree}.`);
}

/** The slot after `now` in a monitor's rhythm, which began at `from`; null when it has none. */
export function nextSlot(everyMinutes: number, from: number, now: number): number | null {
  const every = Math.max(1000, Math.round(everyMinutes * 60_000));
  if (everyMinutes <= 0) return null;
  return from + every * (Math.floor(Math.max(0, now - from) / every) + 1);
}
