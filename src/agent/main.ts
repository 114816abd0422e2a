import { z } from "zod";
import { createClient } from "../contract/client.ts";
import { systemClock } from "../platform/clock.ts";
import { createLog } from "../platform/log.ts";
import { killMarked } from "../platform/process/kill.ts";
import { measureCapacity } from "./capacity.ts";
import { type Computes, openComputes } from "./compute/index.ts";
import { openEnvironments } from "./environment.ts";
import { runAgent } from "./loop.ts";

/** What an agent is told when it starts, as JSON on standard input's stead: the variable TRAINYARD_AGENT. */
const agentConfigSchema = z.strictObject({
  id: z.string(),
  controlUrl: z.url(),
  token: z.string(),
  home: z.string(),
  slots: z.number().int().min(1),
  serves: z.array(z.string()).nullable().default(null),
  containers: z
    .strictObject({ engine: z.string(), arguments: z.string(), network: z.string(), buildArguments: z.string() })
    .default({ engine: "", arguments: "", network: "", buildArguments: "" }),
});

const config = agentConfigSchema.parse(JSON.parse(process.env.TRAINYARD_AGENT ?? "{}"));
delete process.env.TRAINYARD_AGENT;
const log = createLog("info");
const marker = `TRAINYARD_AGENT_HOME=${config.home}`;
const stopping = new AbortController();

let computes: Computes | undefined;

const stop = async () => {
  stopping.abort();
  await killMarked(marker, { graceMs: 2000 });
  await computes?.close();
  process.exit(0);
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
// The server that started it is gone: its successor starts an agent of its own.
process.on("disconnect", stop);
// Listening comes before any waiting: a server that dies in between would not be noticed.
if (process.send && !process.connected) await stop();

// What an agent that died left running would write into folders that belong to somebody else now.
await killMarked(marker, { graceMs: 0 });
computes = await openComputes({ ...config, marker });
await computes.cleanUp();

const { containers: _, ...rest } = config;
await runAgent({
  ...rest,
  computes: computes.byKind,
  containerEngine: computes.containerEngine,
  images: computes.images,
  client: createClient({ baseUrl: config.controlUrl, token: config.token }),
  environments: openEnvironments({ home: config.home, marker }),
  total: await measureCapacity(config.slots),
  marker,
  clock: systemClock,
  log,
  signal: stopping.signal,
});
