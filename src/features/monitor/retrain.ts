import { Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { getJob, submitSource } from "../job/index.ts";
import type { DriftInput } from "./run.ts";
import * as store from "./store.ts";

export interface Started {
  jobId: string | null;
  /** Added to the run's message. */
  says: string;
}

const under = new Set(["queued", "running"]);

/**
 * Starts the retraining of an alert, in the transaction of the alert. A monitor has one retraining job at a time: while
 * the last one it started is under way, an alert starts no other. An alert is an alert also when its retraining cannot
 * be started.
 */
export async function startRetraining(tx: Ctx, workspace: string, input: DriftInput): Promise<Started> {
  const { retraining } = input.definition;
  if (!retraining) return { jobId: null, says: "" };
  const trigger = `monitor/${input.monitor}/${input.number}`;
  try {
    const earlier = await store.findLastRetraining(tx.db, workspace, input.monitor);
    if (earlier?.retraining_job_id) {
      const { state } = await getJob(tx, workspace, earlier.retraining_job_id);
      if (under.has(state)) {
        return { jobId: null, says: ` The retraining that run ${earlier.number} started is still ${state}.` };
      }
    }
    const job = await submitSource(tx, { workspace, source: retraining.job, trigger, idempotencyKey: trigger });
    return { jobId: job.id, says: "" };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { jobId: null, says: ` The retraining could not be started: ${error.message}` };
  }
}
