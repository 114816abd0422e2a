import { join } from "node:path";
import { z } from "zod";
import { createClient } from "../contract/client.ts";
import { systemClock } from "../platform/clock.ts";
import { createLightFetch } from "../platform/http/light-fetch.ts";
import { createLog } from "../platform/log.ts";
import { killMarked } from "../platform/process/kill.ts";
import { openBlobCaches } from "../platform/transfer/cache.ts";
import { measureCapacity } from "./capacity.ts";
import { type Computes, openComputes } from "./compute/index.ts";
import { openEnvironments } from "./environment/environments.ts";
import { findGpus } from "./gpu/find.ts";
import { createGpuPool } from "./gpu/pool.ts";
import { runAgent } from "./loop.ts";
import { takeOver } from "./takeover.ts";

/** What an agent is told when it starts, as JSON on its standard input: other processes of its user can read its environment. */
const agentConfigSchema = z.strictObject({
  id: z.string(),
  /** Process that started it, and that it ends with. */
  parent: z.number().int(),
  controlUrl: z.url(),
  token: z.string(),
  home: z.string(),
  slots: z.number().int().min(1),
  serves: z.array(z.string()).nullable().default(null),
  /** As the setting `agentGpus` has it. */
  gpus: z.string().default(""),
  containers: z
    .strictObject({ engine: z.string(), arguments: z.string(), network: z.string(), buildArguments: z.string() })
    .default({ engine: "", arguments: "", network: "", buildArguments: "" }),
});

async function readConfig(): Promise<z.output<typeof agentConfigSchema>> {
  let text = "";
  for await (const part of process.stdin.setEncoding("utf8")) text += part;
  return agentConfigSchema.parse(JSON.parse(text));
}

const log = createLog("info");
const stopping = new AbortController();

/** What runs in the home that is this agent's. Without one (yet), it is another agent's to end. */
let held: { marker: string; computes?: Computes } | undefined;

const stop = async () => {
  stopping.abort();
  if (held) {
    await killMarked(held.marker, { graceMs: 2000 });
    await held.computes?.close();
  }
  process.exit(0);
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
// The server that started it is gone: its successor starts an agent of its own.
process.on("disconnect", stop);
// Listening comes before any waiting: a server that dies in between would not be noticed. One that died before has a
// successor, whose agent has the home.
const config = await readConfig();
if (process.ppid !== config.parent) await stop();

const marker = `TRAINYARD_AGENT_HOME=${config.home}`;
await takeOver(config.home);
held = { marker };
// What an agent that died left running would write into folders that belong to somebody else now.
await killMarked(marker, { graceMs: 0 });
const computes = await openComputes({ ...config, marker });
held.computes = computes;
await computes.cleanUp();

const environments = openEnvironments({ home: config.home, marker });
await environments.cleanUp();
// What its predecessor left has been ended: all of them are free.
const gpus = createGpuPool(await findGpus(config.gpus, log));
const { containers: _, parent: __, ...rest } = config;
await runAgent({
  ...rest,
  computes: computes.byKind,
  containerEngine: computes.containerEngine,
  images: computes.images,
  client: createClient({ baseUrl: config.controlUrl, token: config.token, fetch: createLightFetch() }),
  environments,
  caches: openBlobCaches(join(config.home, "cache")),
  gpus,
  total: measureCapacity({ slots: config.slots, gpus }),
  marker,
  clock: systemClock,
  log,
  signal: stopping.signal,
});
