import { listTasks, post, type Task } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { prepared } from "../../platform/db/prepared.ts";
import { canStart } from "../compute/index.ts";

/** How soon it is looked again whether a step that comes first, and is only queued, can still run. */
export const lookAgainMs = 60_000;

/** Whose result another one waits for. */
export interface First {
  jobId: string;
  step: string;
  isQueued: boolean;
}

interface Holder {
  executionId: string;
  task: string;
}

/**
 * Of several steps with the same key one runs at a time: undefined for that one, and who it is for the others. Who comes
 * second holds the row until it waits: ended before, the first would wake nobody. One that has ended holds nothing, and one
 * that has long been queued where nobody can run it gives the flight up to the one that asks.
 */
export async function takeFlight(tx: Ctx, workspace: string, key: string, holder: Holder): Promise<First | undefined> {
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
  if (!row || (row.execution_id === holder.executionId && row.task === holder.task)) return undefined;
  const [first] = await listTasks(tx, row.execution_id, [row.task]);
  if (first && first.endedAt === null && (await goesOn(tx, first))) {
    const { subject } = await tx.db
      .selectFrom("execution")
      .select("subject")
      .where("id", "=", first.executionId)
      .executeTakeFirstOrThrow();
    return { jobId: subject, step: first.name, isQueued: first.state === "queued" };
  }
  await tx.db
    .updateTable("step_flight")
    .set({ execution_id: holder.executionId, task: holder.task })
    .where("workspace", "=", workspace)
    .where("key", "=", key)
    .execute();
  return undefined;
}

/** Does it run, or will it soon? */
async function goesOn(tx: Ctx, task: Task): Promise<boolean> {
  if (task.state !== "queued" || tx.clock.now() - task.availableAt < lookAgainMs) return true;
  return canStart(tx, task);
}

const ending = prepared<Holder & { workspace: string; key: string }, unknown>((db, value) =>
  db
    .deleteFrom("step_flight")
    .where("workspace", "=", value("workspace"))
    .where("key", "=", value("key"))
    .where("execution_id", "=", value("executionId"))
    .where("task", "=", value("task")),
);

/** The step that ran for a key has ended: those that waited for it look again. */
export async function endFlight(tx: Ctx, workspace: string, key: string, holder: Holder): Promise<void> {
  if ((await ending.run(tx.db, { workspace, key, ...holder })) === 0) return;
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
  for (const row of waiting) await post(tx, [row.execution_id], { kind: "wake", task: row.name });
}
