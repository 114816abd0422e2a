import pc from "picocolors";
import type { JobDetail } from "../contract/job.ts";
import { createJobWatch } from "../contract/job-watch.ts";
import { sleep } from "../platform/clock.ts";
import type { Connection } from "./connection.ts";
import { isUnreachable, Unsuccessful } from "./failure.ts";
import { duration, print, state } from "./output.ts";

const ended = new Set(["succeeded", "failed", "cancelled"]);
const stepEnded = new Set(["succeeded", "reused", "failed", "cancelled", "skipped"]);

/** The id of a job that is named by it or by its name: a newer job of the name is not the one that somebody follows. */
export async function jobIdOf({ client, params }: Connection, named: string): Promise<string> {
  const { job } = await client.job.steps({ params: { ...params, id: named }, query: { limit: 1 } });
  return job.id;
}

/** Shows a job's steps as they end, and the log of those that fail, until the job has ended. */
export async function followJob(connection: Connection, id: string): Promise<JobDetail> {
  const shown = new Set<string>();
  const asked = new Set<string>();
  const params = { ...connection.params, id };
  const watch = createJobWatch(connection.client, params);
  for (;;) {
    const seen = await watch.look().catch(ignoreUnreachable);
    for (const step of seen?.changed ?? []) {
      if (step.state === "waiting" && step.gate && !asked.has(step.name)) {
        asked.add(step.name);
        const how = pc.dim(`trainyard job approve ${id} ${step.name}`);
        print(`  ${state("waiting".padEnd(9))} ${step.displayName}  ${step.gate.message.split("\n")[0]}  ${how}`);
      }
      if (!stepEnded.has(step.state) || shown.has(step.name)) continue;
      shown.add(step.name);
      const why = step.state === "reused" ? pc.dim(step.reuse?.reason ?? "") : pc.dim(step.error?.split("\n")[0] ?? "");
      print(`  ${state(step.state.padEnd(9))} ${step.displayName}  ${duration(step.startedAt, step.endedAt)}  ${why}`);
      if (step.state === "failed") await printLogTail(connection, id, step.name);
    }
    if (seen && ended.has(seen.job.state)) return connection.client.job.get({ params });
    await sleep(250);
  }
}

/** Waits, and says nothing, until the job has ended. */
export async function awaitJob(connection: Connection, id: string): Promise<JobDetail> {
  const params = { ...connection.params, id };
  const watch = createJobWatch(connection.client, params);
  while (!ended.has((await watch.look()).job.state)) await sleep(250);
  return connection.client.job.get({ params });
}

/** The server may come back. */
function ignoreUnreachable(error: unknown): undefined {
  if (!isUnreachable(error)) throw error;
}

async function printLogTail(connection: Connection, id: string, step: string): Promise<void> {
  const params = { ...connection.params, id, step };
  const { lines } = await connection.client.job.logs({ params, query: { tail: 20 } });
  for (const { text } of lines) print(pc.dim(`    │ ${text}`));
}

/** Streams a step's log until the step has ended: all of it, or from the last `tail` lines on. */
export async function followLog(connection: Connection, id: string, step: string, tail?: number): Promise<void> {
  const params = { ...connection.params, id, step };
  for (let from: { offset: number } | { tail?: number } = { tail }; ; ) {
    const page = await connection.client.job.logs({ params, query: { ...from, wait: 20, limit: 5000 } });
    for (const line of page.lines) print(line.stream === "system" ? pc.dim(line.text) : line.text);
    from = { offset: page.next };
    if (page.ended) return;
  }
}

export function requireSuccess(job: JobDetail): JobDetail {
  if (job.state === "succeeded") return job;
  throw new Unsuccessful(`Job ${job.id} ${job.state === "cancelled" ? "was cancelled" : "failed"}: ${job.error ?? ""}`);
}

const colours = [pc.cyan, pc.yellow, pc.magenta, pc.green, pc.blue];

/** Shows the logs of all steps as they come, each line with the name of its step, until the job has ended. */
export async function streamJob(connection: Connection, id: string): Promise<JobDetail> {
  const params = { ...connection.params, id };
  const watch = createJobWatch(connection.client, params);
  const following = new Map<string, Promise<void>>();
  const said = new Map<string, string>();
  const colourOf = new Map<string, (text: string) => string>();
  let width = 0;
  for (;;) {
    const seen = await watch.look().catch(ignoreUnreachable);
    for (const [index, { name }] of (colourOf.size > 0 ? [] : (seen?.steps ?? [])).entries()) {
      colourOf.set(name, colours[index % colours.length]!);
      width = Math.max(width, name.length);
    }
    for (const step of seen?.changed ?? []) {
      const name = colourOf.get(step.name)!(step.name.padEnd(width));
      const begun = step.state === "running" || (stepEnded.has(step.state) && step.startedAt !== null);
      if (begun && step.kind !== "gate" && !following.has(step.name)) {
        following.set(step.name, followLines(connection, id, step.name, name));
      }
      if (said.get(step.name) === step.state) continue;
      said.set(step.name, step.state);
      // What a step logged comes before how it ended.
      if (stepEnded.has(step.state)) await following.get(step.name);
      const note = noteOf(step, id);
      if (note) print(`${name} ${pc.dim("│")} ${note}`);
    }
    if (seen && ended.has(seen.job.state)) return connection.client.job.get({ params });
    await sleep(400);
  }
}

function noteOf(step: JobDetail["steps"][0], id: string): string | undefined {
  if (step.state === "waiting" && step.gate) {
    return `${state("waiting")} for a decision: trainyard job approve ${id} ${step.name} (or reject)`;
  }
  if (!stepEnded.has(step.state) && step.state !== "waiting") return undefined;
  const why = step.state === "reused" || step.state === "waiting" ? step.reuse?.reason : step.error?.split("\n")[0];
  return [state(step.state), duration(step.startedAt, step.endedAt), why ? pc.dim(why) : ""].filter(Boolean).join("  ");
}

async function followLines(connection: Connection, id: string, step: string, prefix: string): Promise<void> {
  const params = { ...connection.params, id, step };
  for (let offset = 0; ; ) {
    const page = await connection.client.job
      .logs({ params, query: { offset, wait: 10, limit: 5000 } })
      .catch((error) => {
        if (isUnreachable(error)) return undefined;
        throw error;
      });
    for (const line of page?.lines ?? []) {
      print(`${prefix} ${pc.dim("│")} ${line.stream === "system" ? pc.dim(line.text) : line.text}`);
    }
    if (page?.ended) return;
    if (page) offset = page.next;
    else await sleep(500);
  }
}
