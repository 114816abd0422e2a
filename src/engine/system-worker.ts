import { Problem } from "../contract/errors.ts";
import type { Ctx } from "../platform/context.ts";
import { type Claim, claimTasks } from "./claim.ts";
import { heartbeat, leaseMs } from "./lease.ts";
import { completeTask, failTask } from "./outcome.ts";
import { isStale } from "./stale.ts";
import type { HooksByKind } from "./types.ts";

const slots = 4;

/**
 * Runs the `system.*` tasks in the server, under leases like everybody else: when this server dies, another one, or
 * the next start, takes them over.
 */
export async function runSystemWorker(
  ctx: Ctx,
  hooks: HooksByKind,
  options: { holder: string; kinds: string[] },
  signal: AbortSignal,
): Promise<void> {
  const running = new Map<string, Promise<void>>();
  const { holder, kinds } = options;
  while (!signal.aborted && kinds.length > 0) {
    const wake = ctx.signals.wait("claim", 1000, signal);
    try {
      const claims =
        running.size < slots ? await claimTasks(ctx, hooks, { holder, kinds, max: slots - running.size }) : [];
      for (const claim of claims) {
        const key = `${claim.lease.execution}/${claim.lease.task}`;
        const work = runOne(ctx, hooks, claim, signal).finally(() => {
          running.delete(key);
          ctx.signals.wake("claim");
        });
        running.set(key, work);
      }
      if (claims.length > 0) continue;
    } catch (error) {
      ctx.log.error("the system worker could not claim tasks", { error });
    }
    await wake;
  }
  await Promise.all(running.values());
}

async function runOne(ctx: Ctx, hooks: HooksByKind, claim: Claim, stop: AbortSignal): Promise<void> {
  const { lease, execution, task } = claim;
  const controller = new AbortController();
  const abort = () => controller.abort();
  stop.addEventListener("abort", abort, { once: true });
  const beat = setInterval(() => {
    void heartbeat(ctx, [lease])
      .then(({ lost, cancel }) => (lost.length + cancel.length > 0 ? controller.abort() : undefined))
      .catch(() => {});
  }, leaseMs / 5);
  try {
    const run = hooks.get(execution.kind)?.run;
    if (!run) throw new Error(`Executions of kind ${execution.kind} have no system tasks`);
    const result = await run(ctx, execution, task, controller.signal);
    await completeTask(ctx, hooks, lease, result);
  } catch (error) {
    await reportFailure(ctx, hooks, claim, error, stop.aborted);
  } finally {
    clearInterval(beat);
    stop.removeEventListener("abort", abort);
  }
}

async function reportFailure(
  ctx: Ctx,
  hooks: HooksByKind,
  claim: Claim,
  error: unknown,
  stopping: boolean,
): Promise<void> {
  const fault = stopping ? "system" : faultOf(error);
  if (fault !== "user") ctx.log.warn("a system task failed", { task: claim.task.name, error });
  const message = error instanceof Error ? error.message : String(error);
  try {
    await failTask(ctx, hooks, claim.lease, { message, fault, retryable: true });
  } catch (again) {
    if (!isStale(again)) {
      ctx.log.error("a failed system task could not be recorded; its lease will end", { error: again });
    }
  }
}

/** What has a code comes from the world: the network, the disk, the database. An error without one is a mistake of ours. */
function faultOf(error: unknown): "user" | "system" | "program" {
  if (error instanceof Problem) return error.code === "unavailable" || error.code === "internal" ? "system" : "user";
  for (let cause = error; cause instanceof Error; cause = cause.cause) if ("code" in cause) return "system";
  return "program";
}
