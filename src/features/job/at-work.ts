import { mostWaitingShown, type StepAtWork } from "../../contract/at-work.ts";
import type { Ctx } from "../../platform/context.ts";
import { lookAtLine } from "../compute/index.ts";

/** Steps of a workspace that run on a compute, those that run longest first; and those that wait for it. */
export async function listAtWork(ctx: Ctx, workspace: string, compute: string): Promise<StepAtWork[]> {
  const running = await ofState(ctx, workspace, compute, "running").orderBy("task.started_at").execute();
  const queued = await ofState(ctx, workspace, compute, "queued")
    .orderBy("execution.priority", "desc")
    .orderBy("execution.id")
    .orderBy("task.position")
    .limit(mostWaitingShown)
    .execute();
  const why = await whyOf(ctx, workspace, queued);
  return [...running, ...queued].map((row) => ({
    ...{ jobId: row.jobId, jobName: row.jobName, step: row.name, state: row.state as StepAtWork["state"] },
    ...{ agent: row.holder, resources: resourcesOf(row), waitsFor: why.get(row) ?? null },
    since: row.state === "running" ? row.started_at! : row.available_at,
  }));
}

type Row = Awaited<ReturnType<ReturnType<typeof ofState>["execute"]>>[number];

const ofState = (ctx: Ctx, workspace: string, compute: string, state: StepAtWork["state"]) =>
  ctx.db
    .selectFrom("task")
    .innerJoin("execution", "execution.id", "task.execution_id")
    .innerJoin("job", "job.id", "execution.subject")
    .select(["task.execution_id", "task.name", "task.kind", "task.state", "task.holder", "task.compute"])
    .select(["task.cpus", "task.memory_mb", "task.gpus", "task.started_at", "task.available_at"])
    .select(["job.id as jobId", "job.display_name as jobName"])
    .where("task.state", "=", state)
    .where("task.workspace", "=", workspace)
    .where("task.compute", "=", compute)
    .where("task.kind", "not like", "system.%")
    .where("execution.kind", "=", "job");

const resourcesOf = ({ cpus, memory_mb, gpus }: Row) => ({ cpus, memoryMb: memory_mb, gpus });

async function whyOf(ctx: Ctx, workspace: string, rows: Row[]): Promise<Map<Row, string>> {
  if (rows.length === 0) return new Map();
  const whyIn = await lookAtLine(ctx);
  const found = new Map<Row, string>();
  for (const [id, own] of Map.groupBy(rows, ({ execution_id }) => execution_id)) {
    const tasks = own.map((row) => ({
      ...{ name: row.name, kind: row.kind, state: "queued" as const, compute: row.compute },
      ...{ resources: resourcesOf(row), availableAt: row.available_at },
    }));
    const why = whyIn({ id, workspace }, tasks);
    for (const one of own) found.set(one, why.get(one.name)!);
  }
  return found;
}
