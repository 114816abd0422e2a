import { type Ctx, systemActor } from "../../platform/context.ts";
import { record } from "../../platform/events/journal.ts";
import type { ConversionTable } from "./schema.ts";
import * as store from "./store.ts";

/** Ends a conversion, once: passed, unless there is an error or its job was cancelled. */
export async function end(
  tx: Ctx,
  conversion: ConversionTable,
  error: string | null,
  isCancelled = false,
): Promise<void> {
  const state = isCancelled ? "cancelled" : error === null ? "passed" : "failed";
  const ended = { state, error, ended_at: tx.clock.now() } as const;
  if (!(await store.changeRunning(tx.db, conversion.id, ended))) return;
  const { id, workspace, name, version, target, job_id, digest } = conversion;
  record(tx, {
    workspace,
    type: `model.conversion.${state}`,
    subject: `model/${name}/${version}`,
    actor: systemActor,
    data: { conversion: id, target, jobId: job_id, digest, error },
  });
}
