import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestApp } from "../../test/support/app.ts";
import { type Client, createClient } from "../contract/client.ts";
import type { JobDetail } from "../contract/job.ts";
import { createJobs, definition, params, step } from "../features/job/job.fixture.ts";
import { systemClock } from "../platform/clock.ts";
import { sha256 } from "../platform/digest.ts";
import { killMarked } from "../platform/process/kill.ts";
import { openBlobCaches } from "../platform/transfer/cache.ts";
import type { ContainerSettings } from "./compute/engine.ts";
import { openComputes } from "./compute/index.ts";
import { openEnvironments } from "./environment/environments.ts";
import { createGpuPool } from "./gpu/pool.ts";
import { runAgent } from "./loop.ts";

export type AgentBench = Awaited<ReturnType<typeof startAgentBench>>;

/** A server with an agent in this process, and jobs of one step in a few words. */
export async function startAgentBench(options: {
  database: "sqlite" | "postgres";
  slots?: number;
  gpus?: string[];
  containers?: ContainerSettings;
  /** Something that stands between the agent and the server, of which it is told the URL; gives its own. */
  between?(url: string): Promise<string>;
}) {
  const app = await createTestApp({ database: options.database, loops: true });
  const serverUrl = await app.http.listen({ host: "127.0.0.1", port: 0 });
  const controlUrl = (await options.between?.(serverUrl)) ?? serverUrl;
  const client: Client = await app.as("owner");
  const jobs = createJobs(client);
  const home = await mkdtemp(join(tmpdir(), "trainyard-agent-"));
  const marker = `TRAINYARD_AGENT_HOME=${home}`;
  const containers = options.containers ?? { engine: "no-such-engine", arguments: "", network: "", buildArguments: "" };
  const computes = await openComputes({ home, marker, controlUrl, containers });
  const stopping = new AbortController();
  const slots = options.slots ?? 3;
  const running = runAgent({
    id: "agent",
    controlUrl,
    home,
    slots,
    serves: null,
    marker,
    clock: systemClock,
    log: app.ctx.log,
    computes: computes.byKind,
    containerEngine: computes.containerEngine,
    images: computes.images,
    gpus: createGpuPool(options.gpus),
    total: { cpus: slots, memoryMb: 4000, gpus: options.gpus?.length ?? 0 },
    client: createClient({ baseUrl: controlUrl, token: await app.tokenOf("agent") }),
    environments: openEnvironments({ home, marker }),
    caches: openBlobCaches(join(home, "cache")),
    signal: stopping.signal,
  });
  return {
    app,
    client,
    jobs,
    home,
    controlUrl,
    async run(command: string, more: Parameters<typeof step>[1] = {}): Promise<JobDetail> {
      const { id } = await jobs.submit(definition({ one: step(command, { deterministic: false, ...more }) }));
      for (;;) {
        const job = await client.job.get({ params: { ...params, id } });
        if (job.endedAt !== null) return job;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    /** Stores a content. */
    put: (body: Uint8Array) => client.blob.put({ params: { ...params, digest: sha256(body) }, body }),
    async logOf({ id }: { id: string }, step = "one"): Promise<string[]> {
      const { lines } = await client.job.logs({ params: { ...params, id, step }, query: { limit: 10_000 } });
      return lines.map(({ stream, text }) => `${stream}: ${text}`);
    },
    /** Gives how many processes were left over. */
    async stop(): Promise<number> {
      stopping.abort();
      await running;
      await computes.close();
      const left = await killMarked(marker, { graceMs: 0 });
      await app.stop();
      await rm(home, { recursive: true, force: true });
      return left;
    },
  };
}
