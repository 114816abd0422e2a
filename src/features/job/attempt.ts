import type { StepPayload } from "../../contract/agent.ts";
import type { EarlierAttempt } from "../../contract/job.ts";
import type { Execution, Failure, Task } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { attempt } from "../../platform/db/attempt.ts";
import { attemptTags, breakOffRun, createRun, setTags } from "../run/index.ts";
import { submittedJob } from "./known.ts";
import type { JobStepTable } from "./schema.ts";
import { runOf } from "./step-run.ts";
import * as store from "./store.ts";

/** So much of why an attempt failed is kept beside its run; what matters of what a tool has printed is the end. */
const longestError = 1000;

/** An attempt has failed, and there is to be another: what it logged stays with its own run, which ends with it. */
export async function endAttempt(tx: Ctx, execution: Execution, task: Task, failure: Failure): Promise<void> {
  const step = await store.findStep(tx.db, execution.subject, task.name);
  if (!step?.run_id) return;
  const ended: EarlierAttempt = {
    attempt: task.attempt,
    runId: step.run_id,
    fault: failure.fault,
    error: failure.message.slice(-longestError),
    startedAt: task.startedAt,
    endedAt: tx.clock.now(),
  };
  const earlier = [...earlierAttempts(step.earlier_attempts), ended];
  await store.setAttempts(tx.db, step, { run_id: step.run_id, earlier_attempts: JSON.stringify(earlier) });
  await breakOffAttempt(tx, execution.workspace, ended);
  const tags: [string, string][] = [
    [attemptTags.attempt, String(ended.attempt)],
    [attemptTags.fault, ended.fault],
    [attemptTags.error, ended.error],
  ];
  const tagged = await attempt(tx, () => setTags(tx, execution.workspace, ended.runId, tags));
  // Somebody has deleted it.
  if (!tagged.done) tx.log.info("the run of a failed attempt is not tagged", { ...ended, error: tagged.error });
}

/** The payload of an attempt that is not the first: it logs to a run of its own. */
export async function beginAttempt(tx: Ctx, execution: Execution, task: Task): Promise<unknown> {
  const { row, definition } = await submittedJob(tx, execution.subject);
  const step = await store.findStep(tx.db, row.id, task.name);
  const before = earlierAttempts(step?.earlier_attempts ?? null).at(-1);
  if (!step || !before) return task.payload;
  // A server remembers a token for a moment: the earlier attempt may have said since that it ended well.
  await breakOffAttempt(tx, row.workspace, before);
  const wanted = runOf(row, definition, task.name);
  const tags = { [attemptTags.attempt]: String(task.attempt), [attemptTags.earlierRun]: before.runId };
  const made = await attempt(tx, () => createRun(tx, { ...wanted, tags: { ...wanted.tags, ...tags } }));
  if (!made.done) {
    // Its experiment was deleted meanwhile. That is this step's concern, not that of the others an agent claims with it.
    tx.log.warn("another attempt logs to the run of the one before", { ...before, error: made.error });
    return task.payload;
  }
  await store.setAttempts(tx.db, step, { run_id: made.value, earlier_attempts: step.earlier_attempts });
  return { ...(task.payload as StepPayload), runId: made.value };
}

export const earlierAttempts = (stored: string | null): EarlierAttempt[] =>
  stored === null ? [] : (JSON.parse(stored) as EarlierAttempt[]);

/** Is the newest attempt over, and the next one to come? */
export const isOver = ({ run_id, earlier_attempts }: JobStepTable): boolean =>
  earlierAttempts(earlier_attempts).at(-1)?.runId === run_id;

/** An attempt that was lost is not one that failed. */
const breakOffAttempt = (tx: Ctx, workspace: string, { runId, fault }: EarlierAttempt): Promise<void> =>
  breakOffRun(tx, workspace, runId, fault === "user" ? "FAILED" : "KILLED");
