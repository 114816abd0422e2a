import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import type { Ctx } from "../platform/context.ts";
import { prepared } from "../platform/db/prepared.ts";
import type { Tables } from "../platform/db/tables.ts";
import {
  chooseTasks,
  type Lane,
  type Limit,
  type Limits,
  type Load,
  leftOf,
  nearly,
  patienceMs,
  type Resources,
  type Room,
} from "./fair.ts";
import type { Held } from "./hold.ts";

export interface ClaimRequest {
  holder: string;
  kinds: string[];
  max: number;
  /** Names of the computes that are served; without it, all. */
  computes?: string[];
  room?: Room;
  limits?: Limits;
  /** Executions that are held. It takes nothing of others: when one of those is next, it gets less than it could. */
  within?: Held;
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
  const loads = await listLoads(ctx);
  const canRun = createFilter(wanted, loads, now);
  const lanes = await listLanes(ctx, canRun);
  if (lanes.length === 0) return [];
  const some = Math.ceil(wanted.max / lanes.length) + passedOver;
  const chosen = await chooseTasks(lanes, loads, { ...wanted, now }, async ({ execution }) => {
    const rows = await ctx.db
      .selectFrom("task")
      .select(["name", "compute", "cpus", "memory_mb as memoryMb", "gpus", "available_at as queuedAt", "epoch"])
      .where("execution_id", "=", execution)
      .where(canRun)
      .orderBy("position")
      .limit(some)
      .execute();
    return rows.map((row) => ({ ...row, executionId: execution }));
  });
  return chosen.map(({ executionId, name, epoch }) => ({ executionId, name, epoch }));
}

type Filter = (eb: ExpressionBuilder<Tables, "task">) => Expression<SqlBool>;

/**
 * Whether a task can run, as far as a row tells: those that cannot take no place among the first of their job, nor their
 * job among the first of its workspace. One that has waited long for room that there will be is waited for.
 */
function createFilter({ kinds, computes, room, limits }: ClaimRequest, loads: Load[], now: number): Filter {
  const full = limits ? leftOf(limits, loads) : [];
  return (eb) => {
    const within = (column: "task.compute" | "task.workspace", name: string, { steps, ...left }: Limit) =>
      steps !== undefined && steps < 1 ? eb(column, "<>", name) : eb.or([eb(column, "<>", name), fitsIn(eb, left)]);
    return eb.and([
      eb("task.state", "=", "queued"),
      eb("task.kind", "in", kinds),
      eb("task.available_at", "<=", now),
      eb.or([eb("task.deadline_at", "is", null), eb("task.deadline_at", ">", now)]),
      ...(computes ? [eb("task.compute", "in", computes)] : []),
      ...(room
        ? [fitsIn(eb, room.total), eb.or([fitsIn(eb, room.free), eb("task.available_at", "<", now - patienceMs)])]
        : []),
      ...full.map(({ of, name, left }) => within(`task.${of}`, name, left)),
    ]);
  };
}

const fitsIn = (eb: ExpressionBuilder<Tables, "task">, { cpus, memoryMb, gpus }: Partial<Resources>) =>
  eb.and([
    ...(cpus === undefined ? [] : [eb("task.cpus", "<=", cpus + nearly)]),
    ...(memoryMb === undefined ? [] : [eb("task.memory_mb", "<=", memoryMb)]),
    ...(gpus === undefined ? [] : [eb("task.gpus", "<=", gpus)]),
  ]);

async function listLanes(ctx: Ctx, canRun: Filter): Promise<Lane[]> {
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
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom("task").select("task.name").whereRef("task.execution_id", "=", "execution.id").where(canRun),
          ),
        )
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
  const free = { ...total };
  for (const task of await heldTasks.all(ctx.db, { holder })) {
    free.cpus -= task.cpus;
    free.memoryMb -= task.memoryMb;
    free.gpus -= task.gpus;
  }
  return { free, total };
}

const heldTasks = prepared<{ holder: string }, Resources>((db, value) =>
  db
    .selectFrom("task")
    .select(["cpus", "memory_mb as memoryMb", "gpus"])
    .where("state", "=", "running")
    .where("holder", "=", value("holder")),
);

/** What runs now on computes; what the server does for itself takes nothing of them. */
export async function listLoads(ctx: Ctx): Promise<Load[]> {
  const rows = await runningLoads.all(ctx.db, {});
  return rows.map(({ steps, cpus, memoryMb, gpus, ...of }) => ({
    ...{ ...of, steps: Number(steps) },
    ...{ cpus: Number(cpus), memoryMb: Number(memoryMb), gpus: Number(gpus) },
  }));
}

const runningLoads = prepared<object, Load>((db) =>
  db
    .selectFrom("task")
    .innerJoin("execution", "execution.id", "task.execution_id")
    .select((eb) => [
      "task.workspace",
      "task.execution_id as execution",
      "execution.root",
      "task.compute",
      eb.fn.countAll<number>().as("steps"),
      eb.fn.sum<number>("cpus").as("cpus"),
      eb.fn.sum<number>("memory_mb").as("memoryMb"),
      eb.fn.sum<number>("gpus").as("gpus"),
    ])
    .where("task.state", "=", "running")
    .where("task.kind", "not like", "system.%")
    .groupBy(["task.workspace", "task.execution_id", "execution.root", "task.compute"]),
);

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
