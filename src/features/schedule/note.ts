import type { Actor, Ctx } from "../../platform/context.ts";
import { findState } from "../job/index.ts";
import type { FiringTable, ScheduleTable } from "./schema.ts";
import * as store from "./store.ts";
import type { LateValues } from "./values.ts";

interface NewFiring {
  dueAt: number;
  cause: string;
  /** Noted once, however often it is asked for. */
  key: string;
  /** Why it is left out. */
  reason?: string | null;
  /** Of a call: what its body says. */
  bodyValues?: LateValues;
  /** Who asked for it. */
  askedBy?: Actor;
}

/** Notes a firing; with a reason, one that is left out. Undefined when it was noted before. */
export async function enqueue(tx: Ctx, row: ScheduleTable, firing: NewFiring): Promise<FiringTable | undefined> {
  const { dueAt, cause, key, reason = null, bodyValues, askedBy } = firing;
  const noted: FiringTable = {
    ...{ id: tx.ids.next(), workspace: row.workspace, schedule: row.name, key, due_at: dueAt, cause },
    ...{ state: reason === null ? "queued" : "skipped", job_id: null, reason, created_at: tx.clock.now() },
    body_values: bodyValues ? JSON.stringify(bodyValues) : null,
    ...{ asked_by_id: askedBy?.id ?? null, asked_by_name: askedBy?.name ?? null },
  };
  if (!(await store.insertFiring(tx, noted))) return undefined;
  wakeAfter(tx);
  return noted;
}

/**
 * Puts a firing that did not lead to a job that succeeded at the end of the queue; with `again`, one that did too. False
 * when there is nothing to do again, or it is on its way.
 */
export async function redo(
  tx: Ctx,
  { workspace, name }: ScheduleTable,
  { key, cause, askedBy, again = false }: Pick<NewFiring, "key" | "cause" | "askedBy"> & { again?: boolean },
): Promise<boolean> {
  const firing = await store.findFiring(tx, { workspace, schedule: name, key });
  if (!firing || !(await isToDo(tx, firing, again))) return false;
  const isTaken = await store.requeueFiring(tx, firing, { cause, askedBy });
  if (isTaken) wakeAfter(tx);
  return isTaken;
}

async function isToDo(tx: Ctx, { state, job_id }: FiringTable, again: boolean): Promise<boolean> {
  if (state !== "started") return state !== "queued";
  const jobState = job_id === null ? undefined : await findState(tx.db, job_id);
  if (jobState === "queued" || jobState === "running") return false;
  return again || jobState === "failed" || jobState === "cancelled";
}

const wakeAfter = (tx: Ctx): void => {
  tx.unit?.afterCommit.push(() => tx.signals.wake("schedule"));
};
