import type { ClaimBody, ClaimedTask, StepPayload } from "../../contract/agent.ts";
import {
  type Claim,
  type ClaimRequest,
  claimAndGive,
  completeAndClaim,
  failTask,
  type Held,
  type HooksByKind,
  heartbeat,
  holdLease,
  leaseMs,
  roomOf,
} from "../../engine/index.ts";
import type { Execution, Lease, Task } from "../../engine/types.ts";
import type { Ctx } from "../../platform/context.ts";
import { prepared } from "../../platform/db/prepared.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { createTaskToken, endTaskTokens } from "../access/index.ts";
import { claimable, noteCapacity } from "../compute/index.ts";
import { findLock } from "../environment/index.ts";
import { appendLog, countLogLines } from "../job/index.ts";
import { openSecrets } from "../secret/index.ts";

/** A task's token outlives its deadline by this much, so that a result found at the last moment can be delivered. */
const tokenGraceMs = 10 * 60_000;

/** Gives tasks to an agent; when there are none, waits for the first one or until the time is over. */
export async function claim(
  ctx: Ctx,
  hooks: HooksByKind,
  { waitMs, ...wanted }: ClaimBody & { waitMs: number },
  gone: AbortSignal,
) {
  const until = performance.now() + waitMs;
  await noteAgent(ctx, wanted);
  for (;;) {
    const left = until - performance.now();
    const wake = left > 0 ? ctx.signals.wait("claim", Math.min(left, 1000), gone) : undefined;
    const tasks = gone.aborted ? [] : await claimNow(ctx, hooks, wanted);
    if (tasks.length > 0 || !wake || gone.aborted) return { tasks };
    await wake;
  }
}

async function claimNow(
  ctx: Ctx,
  hooks: HooksByKind,
  { agent, kinds, max, capacity }: ClaimBody,
  within?: Held,
): Promise<ClaimedTask[]> {
  const { served, limits } = await claimable(ctx, capacity);
  const request: ClaimRequest = {
    ...{ holder: agent, kinds: kinds.filter((kind) => !kind.startsWith("system.")), max, limits, within },
    ...(capacity && { computes: [...served.keys()], room: await roomOf(ctx, agent, capacity.total) }),
  };
  return claimAndGive(ctx, hooks, request, (tx, claim) => give(tx, claim, served));
}

/** What an agent is told about a task, with a token of the task's own. */
async function give(
  tx: Ctx,
  { lease, execution, task, timeoutSeconds }: Claim,
  served: ReadonlyMap<string, ClaimedTask["compute"]["kind"]>,
): Promise<ClaimedTask> {
  const name = `${execution.id}/${task.name}`;
  if (lease.epoch > 1) await endTaskTokens(tx, name);
  return {
    ...lease,
    workspace: execution.workspace,
    kind: task.kind,
    payload: task.payload,
    attempt: task.attempt,
    leaseMs,
    compute: { name: task.compute, kind: served.get(task.compute) ?? "local" },
    resources: task.resources,
    timeoutSeconds,
    logOffset: task.attempt > 1 ? await countLogLines(tx, execution.id, task.name) : 0,
    token: await createTaskToken(tx, execution.workspace, name, timeoutSeconds * 1000 + tokenGraceMs),
    secrets: await secretsFor(tx, execution, task),
  };
}

/** What is told to whoever runs the step now, and is kept nowhere. */
async function secretsFor(tx: Ctx, execution: Execution, task: Task): Promise<ClaimedTask["secrets"]> {
  const wanted = Object.entries((task.payload as Partial<StepPayload> | null)?.secrets ?? {});
  if (wanted.length === 0) return {};
  const use = { job: execution.subject, step: task.name, attempt: task.attempt };
  const names = wanted.map(([, name]) => name);
  const opened = await openSecrets(tx, execution.workspace, names, use);
  return Object.fromEntries(wanted.map(([variable, name]) => [variable, opened.get(name)!]));
}

export async function beat(ctx: Ctx, { leases, ...seen }: Seen & { leases: Lease[] }) {
  await noteAgent(ctx, seen);
  return heartbeat(ctx, leases);
}

export async function complete(
  ctx: Ctx,
  hooks: HooksByKind,
  { execution, task, epoch, result, next }: Lease & { result?: unknown; next?: ClaimBody },
) {
  if (next) await noteAgent(ctx, next);
  const lease = { execution, task, epoch };
  const claim = next && ((tx: Ctx, within: Held) => claimNow(tx, hooks, next, within));
  return { tasks: await completeAndClaim(ctx, hooks, lease, result, claim) };
}

interface FailureReport extends Lease {
  message: string;
  fault: "user" | "system" | "network";
  retryable: boolean;
}

export const fail = (ctx: Ctx, hooks: HooksByKind, { execution, task, epoch, ...failure }: FailureReport) =>
  failTask(ctx, hooks, { execution, task, epoch }, failure);

type LogReport = Lease & {
  offset: number;
  lines: { at: number; stream: "stdout" | "stderr" | "system"; text: string }[];
};

/** Lines are taken from the live lease only: a straggler does not write into its successor's log. */
export async function log(ctx: Ctx, { offset, lines, ...lease }: LogReport): Promise<void> {
  await transaction(ctx, async (tx) => {
    await holdLease(tx, lease);
    await appendLog(tx, lease.execution, lease.task, offset, lines);
  });
}

export async function environmentLock(
  ctx: Ctx,
  wanted: { workspace: string; specification: string; platform: string },
) {
  const found = await findLock(ctx, wanted.workspace, wanted.specification, wanted.platform);
  return { lock: found?.lock ?? null, digest: found?.digest ?? null };
}

/** Agents heard of in the last minute. */
export async function listAgents(ctx: Ctx): Promise<{ id: string; lastSeenAt: number; runningTasks: number }[]> {
  const agents = await ctx.db
    .selectFrom("agent")
    .selectAll()
    .where("last_seen_at", ">", ctx.clock.now() - 60_000)
    .orderBy("id")
    .execute();
  const running = await ctx.db
    .selectFrom("task")
    .select((eb) => ["holder", eb.fn.countAll<number>().as("count")])
    .where("state", "=", "running")
    .groupBy("holder")
    .execute();
  return agents.map(({ id, last_seen_at }) => ({
    id,
    lastSeenAt: last_seen_at,
    runningTasks: Number(running.find((row) => row.holder === id)?.count ?? 0),
  }));
}

/** So old may be what is known of when an agent was last heard of: to write it each time costs a commit. */
const notedEveryMs = 5000;

type Seen = Pick<ClaimBody, "agent" | "capacity">;

const lastSeen = prepared<{ id: string }, { last_seen_at: number }>((db, value) =>
  db.selectFrom("agent").select("last_seen_at").where("id", "=", value("id")),
);

/** Notes that an agent was heard of, and what it has, unless that was done a moment ago. */
async function noteAgent(ctx: Ctx, { agent: id, capacity }: Seen): Promise<void> {
  const now = ctx.clock.now();
  const known = await lastSeen.first(ctx.db, { id });
  // Heard of in the future: the clock was set back.
  if (known && Math.abs(now - known.last_seen_at) < notedEveryMs) return;
  const seen = { last_seen_at: now };
  await ctx.db
    .insertInto("agent")
    .values({ id, ...seen })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(seen))
    .execute();
  if (capacity) await noteCapacity(ctx, id, capacity);
}
