import type { MonitorDefinition, MonitorRun } from "../../contract/monitor.ts";
import { createExecution } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import type { MonitorTable } from "./schema.ts";
import * as store from "./store.ts";

/** What a run needs to know; the definition is the one of its start. */
export interface DriftInput {
  monitor: string;
  number: number;
  definition: MonitorDefinition;
}

/** Starts a run of a monitor whose row the transaction has taken. The same key gives the same run. */
export async function startRun(tx: Ctx, monitor: MonitorTable, key: string | null): Promise<MonitorRun> {
  const { workspace, name } = monitor;
  const again = key === null ? undefined : await store.findRunByKey(tx.db, workspace, name, key);
  if (again) return store.runOf(again);
  const number = monitor.last_number + 1;
  const input: DriftInput = { monitor: name, number, definition: JSON.parse(monitor.definition) as MonitorDefinition };
  await store.updateMonitor(tx.db, workspace, name, { last_number: number });
  await store.insertRun(tx.db, {
    workspace,
    monitor: name,
    number,
    state: "running",
    verdict: null,
    started_at: tx.clock.now(),
    ended_at: null,
    reference_rows: 0,
    production_rows: 0,
    features: "[]",
    message: "",
    retraining_job_id: null,
    idempotency_key: key,
  });
  await createExecution(tx, {
    workspace,
    kind: "monitor",
    subject: `${name}/${number}`,
    tasks: [{ name: "drift", needs: [], kind: "system.drift", input }],
  });
  return store.runOf((await store.findRun(tx.db, workspace, name, number))!);
}
