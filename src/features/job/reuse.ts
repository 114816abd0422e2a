import type { z } from "zod";
import type { reuseSchema } from "../../contract/job.ts";
import { wakeTask } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { missingBlobs, readSmallBlob, readTree, sizeOf } from "../blob/index.ts";
import { explainMiss, type KeyPreimage } from "./key.ts";
import type { StepOutputs } from "./resolve.ts";

export type Reuse = z.output<typeof reuseSchema>;

/** Up to this many bytes a hit is verified by reading it all; beyond, each blob is verified when it is read. */
const verifyBytes = 64 * 1024 * 1024;

export interface Hit extends StepOutputs {
  jobId: string;
  step: string;
  runId: string | null;
}

/** An earlier result of the key whose outputs are all there and whole. */
export async function findHit(ctx: Ctx, workspace: string, key: string): Promise<Hit | undefined> {
  const row = await ctx.db
    .selectFrom("step_result")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("key", "=", key)
    .executeTakeFirst();
  if (!row) return undefined;
  const outputs = JSON.parse(row.outputs) as StepOutputs["outputs"];
  for (const { digest } of Object.values(outputs)) if (!(await isWhole(ctx, workspace, digest))) return undefined;
  return { outputs, jobId: row.job_id, step: row.step, runId: row.run_id };
}

async function isWhole(ctx: Ctx, workspace: string, tree: string): Promise<boolean> {
  try {
    const files = await readTree(ctx, workspace, tree);
    if (
      (
        await missingBlobs(
          ctx,
          workspace,
          files.map((file) => file.digest),
        )
      ).length > 0
    )
      return false;
    const small = sizeOf(files) <= verifyBytes;
    for (const file of files) {
      if ((await ctx.blobs.size(file.digest)) !== file.size) return false;
      if (small) await readSmallBlob(ctx, workspace, file.digest);
    }
    return true;
  } catch (error) {
    ctx.log.warn("an earlier result cannot be reused: its outputs are not whole", { tree, error });
    return false;
  }
}

/**
 * Of several steps with the same key one runs at a time; true for that one. Who comes second holds the row until it
 * waits: ended before, the first would wake nobody.
 */
export async function takeFlight(
  tx: Ctx,
  workspace: string,
  key: string,
  holder: { executionId: string; task: string },
): Promise<boolean> {
  await tx.db
    .insertInto("step_flight")
    .values({ workspace, key, execution_id: holder.executionId, task: holder.task })
    .onConflict((conflict) =>
      conflict.columns(["workspace", "key"]).doUpdateSet((eb) => ({ task: eb.ref("step_flight.task") })),
    )
    .execute();
  const row = await tx.db
    .selectFrom("step_flight")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("key", "=", key)
    .executeTakeFirst();
  return row?.execution_id === holder.executionId && row.task === holder.task;
}

/** The step that ran for a key has ended: those that waited for it look again. */
export async function endFlight(
  tx: Ctx,
  workspace: string,
  key: string,
  holder: { executionId: string; task: string },
): Promise<void> {
  const { numDeletedRows } = await tx.db
    .deleteFrom("step_flight")
    .where("workspace", "=", workspace)
    .where("key", "=", key)
    .where("execution_id", "=", holder.executionId)
    .where("task", "=", holder.task)
    .executeTakeFirst();
  if (numDeletedRows === 0n) return;
  const waiting = await tx.db
    .selectFrom("job_step")
    .innerJoin("job", "job.id", "job_step.job_id")
    .innerJoin("task", (join) =>
      join.onRef("task.execution_id", "=", "job.execution_id").onRef("task.name", "=", "job_step.name"),
    )
    .select(["task.execution_id", "task.name"])
    .where("job.workspace", "=", workspace)
    .where("job_step.key", "=", key)
    .where("task.state", "=", "waiting")
    .execute();
  for (const row of waiting) await wakeTask(tx, row.execution_id, row.name);
}

/** Why no earlier result fits: compared with the newest step of the same name and experiment. */
export async function explain(
  tx: Ctx,
  workspace: string,
  step: string,
  experiment: string,
  preimage: KeyPreimage,
): Promise<string> {
  const before = await tx.db
    .selectFrom("job_step")
    .innerJoin("job", "job.id", "job_step.job_id")
    .select(["job_step.preimage", "job.id"])
    .where("job.workspace", "=", workspace)
    .where("job.experiment", "=", experiment)
    .where("job_step.name", "=", step)
    .where("job_step.preimage", "is not", null)
    .orderBy("job.id", "desc")
    .executeTakeFirst();
  if (!before?.preimage) return "it has not run before";
  const changed = explainMiss(preimage, JSON.parse(before.preimage) as KeyPreimage);
  return changed
    ? `changed since job ${before.id}: ${changed}`
    : `job ${before.id} ran the same, but left no complete result`;
}
