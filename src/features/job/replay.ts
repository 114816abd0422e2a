import type { JobDefinition, Step } from "../../contract/job.ts";
import type { Prepared } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { canonicalJson } from "../../platform/digest.ts";
import { copyRun, endRun } from "../run/index.ts";
import { onBehalf } from "./behalf.ts";
import type { KeyPreimage } from "./key.ts";
import { registerOutputs } from "./register.ts";
import type { Hit, Reuse } from "./reuse.ts";
import type { JobTable } from "./schema.ts";
import { runOf } from "./step-run.ts";
import * as store from "./store.ts";

interface Replayed {
  row: JobTable;
  definition: JobDefinition;
  name: string;
  step: Step;
  preimage: KeyPreimage | null;
}

/**
 * Does everything that the step did, without running it: its outputs are those of the earlier one, registered as this
 * job says, and a run of this job has what the earlier run found out.
 */
export async function replay(
  tx: Ctx,
  { row, definition, name, step, preimage }: Replayed,
  hit: Hit,
  reuse: Reuse,
): Promise<Prepared> {
  const theirs = hit.runId ? Object.keys(await store.tagsOf(tx.db, hit.jobId)) : [];
  const runId = hit.runId && (await copyRun(tx, hit.runId, runOf(row, definition, name, hit.runId), theirs));
  if (runId) await endRun(tx, runId, "FINISHED");
  await store.putStep(tx.db, row, {
    name,
    run_id: runId,
    key: reuse.key,
    preimage: preimage && canonicalJson(preimage),
    reuse: JSON.stringify(reuse),
  });
  const job = { id: row.id, workspace: row.workspace, definition };
  const registered = await registerOutputs(onBehalf(tx, row), job, step, { outputs: hit.outputs, runId });
  await store.addRegistered(tx.db, row.id, registered);
  return { do: "settle", state: "reused", result: { outputs: hit.outputs } };
}
