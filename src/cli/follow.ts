import pc from "picocolors";
import type { JobDetail } from "../contract/job.ts";
import { sleep } from "../platform/clock.ts";
import type { Connection } from "./connection.ts";
import { isUnreachable, Unsuccessful } from "./failure.ts";
import { duration, print, state } from "./output.ts";

const ended = new Set(["succeeded", "failed", "cancelled"]);
const stepEnded = new Set(["succeeded", "reused", "failed", "cancelled", "skipped"]);

/** Shows a job's steps as they end, and the log of those that fail, until the job has ended. */
export async function followJob(connection: Connection, id: string): Promise<JobDetail> {
  const shown = new Set<string>();
  for (;;) {
    const job = await connection.client.job.get({ params: { ...connection.params, id } }).catch((error) => {
      if (isUnreachable(error)) return undefined;
      throw error;
    });
    for (const step of job?.steps ?? []) {
      if (!stepEnded.has(step.state) || shown.has(step.name)) continue;
      shown.add(step.name);
      const why = step.state === "reused" ? pc.dim(step.reuse?.reason ?? "") : pc.dim(step.error?.split("\n")[0] ?? "");
      print(`  ${state(step.state.padEnd(9))} ${step.displayName}  ${duration(step.startedAt, step.endedAt)}  ${why}`);
      if (step.state === "failed") await printLogTail(connection, id, step.name);
    }
    if (job && ended.has(job.state)) return job;
    await sleep(250);
  }
}

async function printLogTail(connection: Connection, id: string, step: string): Promise<void> {
  const params = { ...connection.params, id, step };
  let lines: string[] = [];
  for (let offset = 0; ; ) {
    const page = await connection.client.job.logs({ params, query: { offset, limit: 10_000 } });
    lines = [...lines, ...page.lines.map((line) => line.text)].slice(-20);
    if (page.lines.length === 0 || page.ended) break;
    offset = page.next;
  }
  for (const line of lines) print(pc.dim(`    │ ${line}`));
}

/** Streams a step's log until the step has ended. */
export async function followLog(connection: Connection, id: string, step: string): Promise<void> {
  const params = { ...connection.params, id, step };
  for (let offset = 0; ; ) {
    const page = await connection.client.job.logs({ params, query: { offset, wait: 20, limit: 5000 } });
    for (const line of page.lines) print(line.stream === "system" ? pc.dim(line.text) : line.text);
    offset = page.next;
    if (page.ended) return;
  }
}

export function requireSuccess(job: JobDetail): JobDetail {
  if (job.state === "succeeded") return job;
  throw new Unsuccessful(`Job ${job.id} ${job.state === "cancelled" ? "was cancelled" : "failed"}: ${job.error ?? ""}`);
}
