import type { z } from "zod";
import type { logLineSchema } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import { findHead, requireTask } from "./store.ts";

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
    .limit(1)
    .executeTakeFirst();
  return last ? last.first + last.count : 0;
}

interface LogQuery {
  offset: number;
  limit: number;
  /** The last so many lines, in place of `limit` from `offset`. */
  tail?: number;
  wait: number;
}

/** Lines from an offset, or the last ones; when there are none yet, waits up to `wait` seconds. */
export async function readLog(
  ctx: Ctx,
  workspace: string,
  jobId: string,
  step: string,
  { wait, ...query }: LogQuery,
): Promise<{ lines: LogLine[]; next: number; ended: boolean }> {
  const job = await findHead(ctx, workspace, jobId);
  const until = performance.now() + wait * 1000;
  for (;;) {
    const left = until - performance.now();
    const wake = left > 0 ? ctx.signals.wait(topicOf(job.execution_id, step), Math.min(left, 1000)) : undefined;
    const task = await requireTask(ctx, job, step);
    const { offset, limit } = await placeOf(ctx, job.execution_id, step, query);
    const lines = await readLines(ctx, job.execution_id, step, { offset, limit });
    const done = ended.has(task.state);
    if (lines.length > 0 || done || !wake) {
      return { lines, next: (lines.at(-1)?.offset ?? offset - 1) + 1, ended: done && lines.length < limit };
    }
    await wake;
  }
}

async function placeOf(
  ctx: Ctx,
  executionId: string,
  task: string,
  { offset, limit, tail }: Omit<LogQuery, "wait">,
): Promise<{ offset: number; limit: number }> {
  if (tail === undefined) return { offset, limit };
  return { offset: Math.max(0, (await countLogLines(ctx, executionId, task)) - tail), limit: tail };
}

/** Reads the chunks that the lines are in, and no others: a log may have tens of megabytes. */
async function readLines(
  ctx: Ctx,
  executionId: string,
  task: string,
  { offset, limit }: { offset: number; limit: number },
): Promise<LogLine[]> {
  const ofTask = ctx.db.selectFrom("step_log").where("execution_id", "=", executionId).where("task", "=", task);
  const start = await ofTask
    .select("first")
    .where("first", "<=", offset)
    .orderBy("first", "desc")
    .limit(1)
    .executeTakeFirst();
  const chunks = await ofTask
    .select(["first", "lines"])
    .where("first", ">=", start?.first ?? offset)
    .where("first", "<", offset + limit)
    .orderBy("first")
    .execute();
  const lines = chunks.flatMap((chunk) =>
    (JSON.parse(chunk.lines) as NewLine[]).map((line, index) => ({ offset: chunk.first + index, ...line })),
  );
  return lines.filter((line) => line.offset >= offset && line.offset < offset + limit);
}
