import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JobDefinition, jobDefinitionSchema } from "../../src/contract/job.ts";
import { createJobWatch } from "../../src/contract/job-watch.ts";
import { sleep } from "../../src/platform/clock.ts";
import { readServerFile } from "../../src/server/home.ts";
import { createServerProcess } from "../../test/support/server-process.ts";
import { cpuOf } from "./cpu.ts";
import type { Graph } from "./graphs.ts";

const params = { workspace: "default" };

/** What a user would write: each step the command `true`, none of them reused. */
export function definitionOf(graph: Graph, name: string): JobDefinition {
  const environment = { name: null, condaFile: null, image: null };
  const steps = Object.fromEntries(
    Object.entries(graph).map(([step, after]) => [step, { command: "true", code: null, environment, after }]),
  );
  return jobDefinitionSchema.parse({
    type: "pipeline",
    displayName: name,
    experiment: "bench",
    forceRerun: true,
    steps,
  });
}

export interface Measured {
  /** From the request that submits it until it has ended, in milliseconds; the server's clock is the same machine's. */
  wall: number;
  /** Of the request that submits it. */
  submit: number;
  /** CPU time of server and agent, and of the steps' processes. */
  cpu: { own: number; steps: number };
  steps: { name: string; startedAt: number; endedAt: number }[];
}

interface Run {
  (graph: Graph, name: string): Promise<Measured>;
  /** Ends it when its first step runs, and says how long that took from the submission, in milliseconds. */
  (graph: Graph, name: string, options: { untilFirst: true }): Promise<{ submit: number; first: number }>;
}

/** Runs graphs on a server of their own, one after the other. */
export async function withTrainyard<T>(work: (run: Run) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "trainyard-bench-"));
  const server = await createServerProcess(join(folder, "home"));
  try {
    await server.start();
    const client = server.client();
    const run = async (graph: Graph, name: string, options?: { untilFirst: true }) => {
      const definition = definitionOf(graph, name);
      const { pid } = readServerFile(server.home)!;
      const used = cpuOf(pid);
      const begun = Date.now();
      const before = performance.now();
      const job = await client.job.create({ params, body: { definition } });
      const submit = performance.now() - before;
      if (options) {
        let started: number | null = null;
        for (; started === null; await sleep(20)) {
          const { items } = await client.job.list({ params, query: { limit: 1 } });
          started = items[0]!.startedAt;
        }
        await client.job.cancel({ params: { ...params, id: job.id }, body: { reason: "measured" } });
        return { submit, first: started - begun };
      }
      for (;;) {
        const { state, endedAt, error } = await client.job
          .list({ params, query: { limit: 1 } })
          .then(({ items }) => items[0]!);
        if (endedAt !== null) {
          if (state !== "succeeded") throw new Error(`${name} ended as ${state}: ${error}`);
          break;
        }
        await sleep(200);
      }
      const now = cpuOf(pid);
      const cpu = { own: now.own - used.own, steps: now.steps - used.steps };
      const ended = await createJobWatch(client, { ...params, id: job.id }).look();
      const wall = ended.job.endedAt! - begun;
      const steps = ended.steps.map(({ name, startedAt, endedAt }) => ({
        ...{ name, startedAt: startedAt!, endedAt: endedAt! },
      }));
      return { wall, submit, cpu, steps };
    };
    return await work(run as Run);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
