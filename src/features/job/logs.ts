import type { z } from "zod";
import type { logLineSchema } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import { findJob, requireTask } from "./store.ts";

type LogLine = z.output<typeof logLineSchema>;
type NewLine = Omit<LogLine, "offset">;

const topicOf = (executionId: string, task: string): string => `log/${executionId}/${task}`;
const ended = new Set(["succeeded", "reused", "failed", "cancelled", "skipped"]);

/** Appends lines; `offset` lines were sent before, so a repeated call appends nothing twice. */
export async function appendLog(
  ctx: Ctx,
  executionId: string,
  task: string,
  offset: number,
  lines: NewLine[],
): Promise<void> {
  if (lines.length === 0) return;
  await ctx.db
    .insertInto("step_log")
    .values({ execution_id: executionId, task, first: offset, count: lines.length, lines: JSON.stringify(lines) })
    .onConflict((conflict) => conflict.columns(["execution_id", "task", "first"]).doNothing())
    .execute();
  ctx.signals.wake(topicOf(executionId, task));
}

/** How many lines a task has logged, over all its attempts. */
export async function countLogLines(ctx: Ctx, executionId: string, task: string): Promise<number> {
  const last = await ctx.db
    .selectFrom("step_log")
    .select(["first", "count"])
    .where("execution_id", "=", executionId)
    .where("task", "=", task)
    .orderBy("first", "desc")
    .executeTakeFirst();
  return last ? last.first + last.count : 0;
}

/** Lines from an offset; when there are none yet, waits up to `wait` seconds. */
export async function readLog(
  ctx: Ctx,
  workspace: string,
  jobId: string,
  step: string,
  query: { offset: number; limit: number; wait: number },
): Promise<{ lines: LogLine[]; next: number; ended: boolean }> {
  const job = await findJob(ctx, workspace, jobId);
  const until = performance.now() + query.wait * 1000;
  for (;;) {
    const left = until - performance.now();
    const wake = left > 0 ? ctx.signals.wait(topicOf(job.execution_id, step), Math.min(left, 1000)) : undefined;
    const task = await requireTask(ctx, job, step);
    const lines = await readLines(ctx, job.execution_id, step, query);
    const done = ended.has(task.state);
    if (lines.length > 0 || done || !wake) {
      return { lines, next: (lines.at(-1)?.offset ?? query.offset - 1) + 1, ended: done && lines.length < query.limit };
    }
    await wake;
  }
}

async function readLines(
  ctx: Ctx,
  executionId: string,
  task: string,
  { offset, limit }: { offset: number; limit: number },
): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  const chunks = await ctx.db
    .selectFrom("step_log")
    .selectAll()
    .where("execution_id", "=", executionId)
    .where("task", "=", task)
    .where((eb) => eb(eb("first", "+", eb.ref("count")), ">", offset))
    .orderBy("first")
    .limit(limit)
    .execute();
  for (const chunk of chunks) {
    for (const [index, line] of (JSON.parse(chunk.lines) as NewLine[]).entries()) {
      const at = chunk.first + index;
      if (at >= offset && lines.length < limit) lines.push({ offset: at, ...line });
    }
  }
  return lines;
}
