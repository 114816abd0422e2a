import type { Ctx } from "../platform/context.ts";
import { chooseTasks, type Lane, type Limits, type Load, type Resources, type Room } from "./fair.ts";

export interface ClaimRequest {
  holder: string;
  kinds: string[];
  max: number;
  /** Names of the computes that are served; without it, all. */
  computes?: string[];
  room?: Room;
  limits?: Limits;
  /** Takes nothing of other executions: when one of those is next, it gets less than it could. */
  within?: ReadonlySet<string>;
}

/** The tasks of an execution that wait for one compute. */
export interface Queued extends Lane {
  compute: string;
  queued: number;
}

/** A task that is next, and the epoch that it is claimed from. */
export interface InLine {
  executionId: string;
  name: string;
  epoch: number;
}

/** Of each workspace, so many jobs take turns; the others come after them. */
const jobsPerWorkspace = 50;
/** And of each job, so many of its executions. */
const lanesPerJob = 50;
/** Of an execution, so many tasks more than its share are looked at: some may not fit. */
const passedOver = 20;

/** The tasks that are next for whoever claims. Whether they are still to be had is seen when they are taken. */
export async function nextInLine(ctx: Ctx, wanted: ClaimRequest): Promise<InLine[]> {
  if (wanted.kinds.length === 0 || wanted.computes?.length === 0) return [];
  const now = ctx.clock.now();
  const lanes = await listLanes(ctx, wanted, now);
  if (lanes.length === 0) return [];
  const loads = await listLoads(ctx);
  const some = Math.ceil(wanted.max / lanes.length) + passedOver;
  const chosen = await chooseTasks(lanes, loads, { ...wanted, now }, async ({ execution }) => {
    let select = ctx.db
      .selectFrom("task")
      .select(["name", "compute", "cpus", "memory_mb as memoryMb", "gpus", "available_at as queuedAt", "epoch"])
      .where("execution_id", "=", execution)
      .where("state", "=", "queued")
      .where("kind", "in", wanted.kinds)
      .where("available_at", "<=", now)
      .where((eb) => eb.or([eb("deadline_at", "is", null), eb("deadline_at", ">", now)]));
    if (wanted.computes) select = select.where("compute", "in", wanted.computes);
    const rows = await select.orderBy("position").limit(some).execute();
    return rows.map((row) => ({ ...row, executionId: execution }));
  });
  return chosen.map(({ executionId, name, epoch }) => ({ executionId, name, epoch }));
}

async function listLanes(ctx: Ctx, wanted: ClaimRequest, now: number): Promise<Lane[]> {
  const rows = await ctx.db
    .selectFrom((db) =>
      db
        .selectFrom("execution")
        .select((eb) => [
          "execution.id as execution",
          "execution.workspace",
          "execution.priority",
          "execution.root",
          eb.fn
            .agg<number>("dense_rank")
            .over((over) =>
              over.partitionBy("execution.workspace").orderBy("execution.priority", "desc").orderBy("execution.root"),
            )
            .as("turn"),
          eb.fn
            .agg<number>("row_number")
            .over((over) => over.partitionBy(["execution.workspace", "execution.root"]).orderBy("execution.id"))
            .as("turn_in_job"),
        ])
        .where("execution.state", "=", "running")
        .where(({ exists, selectFrom }) => {
          let queued = selectFrom("task")
            .select("task.name")
            .whereRef("task.execution_id", "=", "execution.id")
            .where("task.state", "=", "queued")
            .where("task.kind", "in", wanted.kinds)
            .where("task.available_at", "<=", now);
          if (wanted.computes) queued = queued.where("task.compute", "in", wanted.computes);
          return exists(queued);
        })
        .as("lane"),
    )
    .select(["execution", "root", "workspace", "priority"])
    .where("turn", "<=", jobsPerWorkspace)
    .where("turn_in_job", "<=", lanesPerJob)
    .execute();
  return rows;
}

/** What a holder has left, seen from what it holds. */
export async function roomOf(ctx: Ctx, holder: string, total: Resources): Promise<Room> {
  const held = await ctx.db
    .selectFrom("task")
    .select(["cpus", "memory_mb", "gpus"])
    .where("state", "=", "running")
    .where("holder", "=", holder)
    .execute();
  const free = { ...total };
  for (const task of held) {
    free.cpus -= task.cpus;
    free.memoryMb -= task.memory_mb;
    free.gpus -= task.gpus;
  }
  return { free, total };
}

/** What runs now on computes; what the server does for itself takes nothing of them. */
export async function listLoads(ctx: Ctx): Promise<Load[]> {
  const rows = await ctx.db
    .selectFrom("task")
    .innerJoin("execution", "execution.id", "task.execution_id")
    .select((eb) => [
      "task.workspace",
      "task.execution_id",
      "execution.root",
      "task.compute",
      eb.fn.countAll<number>().as("steps"),
      eb.fn.sum<number>("cpus").as("cpus"),
      eb.fn.sum<number>("memory_mb").as("memory_mb"),
      eb.fn.sum<number>("gpus").as("gpus"),
    ])
    .where("task.state", "=", "running")
    .where("task.kind", "not like", "system.%")
    .groupBy(["task.workspace", "task.execution_id", "execution.root", "task.compute"])
    .execute();
  return rows.map((row) => ({
    workspace: row.workspace,
    execution: row.execution_id,
    root: row.root,
    compute: row.compute,
    steps: Number(row.steps),
    cpus: Number(row.cpus),
    memoryMb: Number(row.memory_mb),
    gpus: Number(row.gpus),
  }));
}

/** How many tasks wait, of each execution and compute. */
export async function listQueued(ctx: Ctx): Promise<Queued[]> {
  const rows = await ctx.db
    .selectFrom("task")
    .innerJoin("execution", "execution.id", "task.execution_id")
    .select((eb) => [
      "task.execution_id as execution",
      "execution.root",
      "task.workspace",
      "task.compute",
      "execution.priority",
      eb.fn.countAll<number>().as("queued"),
    ])
    .where("task.state", "=", "queued")
    .where("task.kind", "not like", "system.%")
    .groupBy(["task.execution_id", "task.workspace", "execution.root", "task.compute", "execution.priority"])
    .execute();
  return rows.map((row) => ({ ...row, queued: Number(row.queued) }));
}
