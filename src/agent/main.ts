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

/** What an agent is told when it starts, as JSON on standard input's stead: the variable TRAINYARD_AGENT. */
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

const config = agentConfigSchema.parse(JSON.parse(process.env.TRAINYARD_AGENT ?? "{}"));
delete process.env.TRAINYARD_AGENT;
const log = createLog("info");
const marker = `TRAINYARD_AGENT_HOME=${config.home}`;
const stopping = new AbortController();

let hasHome = false;
let computes: Computes | undefined;

const stop = async () => {
  stopping.abort();
  // What runs in a home that is not this agent's (yet) is another one's.
  if (hasHome) {
    await killMarked(marker, { graceMs: 2000 });
    await computes?.close();
  }
  process.exit(0);
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
// The server that started it is gone: its successor starts an agent of its own.
process.on("disconnect", stop);
// Listening comes before any waiting: a server that dies in between would not be noticed. One that died before has a
// successor, whose agent has the home.
if (process.ppid !== config.parent) await stop();

await takeOver(config.home);
hasHome = true;
// What an agent that died left running would write into folders that belong to somebody else now.
await killMarked(marker, { graceMs: 0 });
computes = await openComputes({ ...config, marker });
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
