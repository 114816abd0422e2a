import type { CommandStep, JobDefinition } from "../../contract/job.ts";
import type { Execution, Prepared, Task } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { attempt } from "../../platform/db/attempt.ts";
import { canonicalJson, sha256 } from "../../platform/digest.ts";
import { type First, lookAgainMs, takeFlight } from "./flight.ts";
import type { KeyPreimage } from "./key.ts";
import { replay } from "./replay.ts";
import { type Found, findResult, type Reuse, whyMissed } from "./reuse.ts";
import type { JobTable } from "./schema.ts";
import * as store from "./store.ts";
import { readsUrls } from "./transfer.ts";

interface Candidate {
  row: JobTable;
  definition: JobDefinition;
  step: CommandStep;
  preimage: KeyPreimage;
}

/** Reuse an earlier result, wait for the one being made, or run. */
export async function decideReuse(
  tx: Ctx,
  execution: Execution,
  task: Task,
  { row, definition, step, preimage }: Candidate,
): Promise<{ settled?: Prepared; reuse: Reuse }> {
  const nothing = { key: null, originJobId: null, originStep: null };
  if (!step.deterministic) {
    return { reuse: { ...nothing, status: "disabled", reason: "the step is declared not deterministic" } };
  }
  if (step.debug) {
    return { reuse: { ...nothing, status: "disabled", reason: "somebody with a debugger may change what it does" } };
  }
  if (readsUrls(preimage.inputs)) {
    const reason = "the step is given a URL and reads by itself what lies there";
    return { reuse: { ...nothing, status: "disabled", reason } };
  }
  const key = sha256(canonicalJson(preimage));
  if (definition.forceRerun || step.forceRerun) {
    const reason = step.forceRerun ? "the step is told to run again" : "the job asks for everything to run again";
    return { reuse: { ...nothing, key, status: "forced", reason } };
  }
  // A lookup that fails must not stop a step that can run.
  const looked = await attempt(tx, () => lookUp(tx, execution, task, row.workspace, key, step.maxAgeSeconds));
  if (!looked.done) {
    tx.log.warn("earlier results could not be looked up; the step runs", { task: task.name, error: looked.error });
    const said = looked.error instanceof Error ? looked.error.message : String(looked.error);
    const reason = `earlier results could not be looked up: ${said.slice(0, 500)}`;
    return { reuse: { ...nothing, key, status: "lookup_failed", reason } };
  }
  const found = looked.value;
  if (found.kind === "waiting") {
    const reuse: Reuse = { ...nothing, key, status: "waiting", reason: whoRuns(found.first) };
    const kept = { key, preimage: canonicalJson(preimage), reuse: JSON.stringify(reuse) };
    await store.putStep(tx.db, row, { name: task.name, run_id: null, ...kept });
    // One that is only queued may never start: the agent that could run it may be gone by then.
    const until = found.first.isQueued ? tx.clock.now() + lookAgainMs : undefined;
    return { reuse, settled: { do: "wait", until } };
  }
  if (found.kind === "hit") {
    const { jobId, step: originStep } = found.hit;
    const reason = `same command, code, environment and inputs as step ${originStep} of job ${jobId}`;
    const reuse: Reuse = { key, status: "hit", originJobId: jobId, originStep, reason };
    const settled = await replay(tx, { row, definition, name: task.name, step, preimage }, found.hit, reuse);
    return { reuse, settled };
  }
  const reason = found.kind === "evicted" ? found.reason : await whyMissed(tx, row, task.name, preimage);
  return { reuse: { ...nothing, key, status: found.kind === "evicted" ? "evicted" : "miss", reason } };
}

const whoRuns = ({ jobId, step, isQueued }: First): string =>
  `step ${step} of job ${jobId} does the same and ${isQueued ? "is queued before it" : "runs now"}`;

async function lookUp(
  tx: Ctx,
  execution: Execution,
  task: Task,
  workspace: string,
  key: string,
  maxAgeSeconds: number | null,
): Promise<Found | { kind: "waiting"; first: First }> {
  const first = await findResult(tx, workspace, key, maxAgeSeconds);
  if (first.kind === "hit") return first;
  const before = await takeFlight(tx, workspace, key, { executionId: execution.id, task: task.name });
  if (before) return { kind: "waiting", first: before };
  // The one that ran it may have ended between the two looks.
  return findResult(tx, workspace, key, maxAgeSeconds);
}
