import { mkdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { releaseHolders } from "../engine/index.ts";
import { createSignInCode, deleteEndedCredentials, findUserByName } from "../features/access/index.ts";
import type { Config } from "../platform/config.ts";
import { lockHome } from "../platform/lock.ts";
import { appendLines, createLog, type Log } from "../platform/log.ts";
import { requireLinux, startTimeOf } from "../platform/process/kill.ts";
import { type App, createApp } from "./app.ts";
import { ensureFirstObjects, tokenFor } from "./first-start.ts";
import { homeIdOf, readCredentials, readServerFile, writeCredentials, writeServerFile } from "./home.ts";
import { startLocalAgent } from "./local-agent.ts";
import { ensureLocalServing, stopLocalServing } from "./local-serving.ts";

export interface RunningServer {
  url: string;
  /** One-time link that signs the owner in to Studio; only at the first start. */
  signInUrl: string | null;
  stop(): Promise<void>;
}

/** Starts everything that one home folder needs: server, engine, agent, serving node. */
export async function startServer(config: Config): Promise<RunningServer> {
  requireLinux();
  mkdirSync(config.home, { recursive: true, mode: 0o700 });
  const lock = lockHome(config.home);
  try {
    return await startLocked(config, lock.release);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startLocked(config: Config, release: () => void): Promise<RunningServer> {
  const file = appendLines(join(config.home, "server.log"));
  const log = createLog(config.logLevel, file.write);
  const homeId = homeIdOf(config.home);
  const app = await createApp(config, log, homeId);
  const { ctx } = app;
  await ensureFirstObjects(ctx);
  await deleteEndedCredentials(ctx.db, ctx.clock.now());
  const url = await listen(app.http, config);
  const isFirstStart = readCredentials(config.home) === undefined;
  const token = readCredentials(config.home)?.token ?? (await tokenFor(ctx, "owner", "credentials.json"));
  writeCredentials(config.home, { url, user: "owner", token });
  writeServerFile(config.home, {
    pid: process.pid,
    startTime: await startTimeOf(process.pid),
    url,
    port: Number(new URL(url).port),
    startedAt: ctx.clock.now(),
  });
  // Whatever held a lease for this home is gone with the server that ran here before.
  const taken = await releaseHolders(ctx, app.hooks, `${homeId}/`);
  log.info("started", { url, takenBack: taken });
  app.startLoops();

  const agent = config.agentSlots > 0 ? await startAgent(app, config, { id: `${homeId}/agent`, url, log }) : undefined;
  const servingHome = join(config.home, "serving");
  await ensureLocalServing({
    node: `${homeId}-local`,
    home: servingHome,
    controlUrl: url,
    token: await tokenFor(ctx, "serving", `serving node of ${homeId}`),
    host: config.host,
    port: config.servingPort,
    allowedHosts: config.allowedHosts.split(",").filter(Boolean),
  });

  return {
    url,
    signInUrl: isFirstStart ? await signInUrl(ctx, config.publicUrl ?? url) : null,
    async stop() {
      await agent?.stop();
      await stopLocalServing(servingHome);
      await app.stop();
      release();
      file.close();
    },
  };
}

async function startAgent(
  { ctx, hooks }: App,
  config: Config,
  { id, url, log }: { id: string; url: string; log: Log },
) {
  const agent = {
    id: `${id}/${ctx.ids.next().slice(0, 13)}`,
    controlUrl: url,
    token: await tokenFor(ctx, "agent", `agent ${id}`),
    home: join(config.home, "agent"),
    slots: config.agentSlots,
    serves: namesIn(config.agentComputes),
    gpus: config.agentGpus,
    containers: {
      engine: config.containersEngine,
      arguments: config.containersArguments,
      network: config.containersNetwork,
      buildArguments: config.containersBuildArguments,
    },
  };
  return startLocalAgent(agent, log, () => {
    releaseHolders(ctx, hooks, agent.id).catch((error) => log.warn("leases of an agent go on", { error }));
  });
}

/** Names with commas between them; null when there are none. */
function namesIn(text: string): string[] | null {
  const names = text.split(",").flatMap((name) => name.trim() || []);
  return names.length > 0 ? names : null;
}

async function signInUrl(ctx: Parameters<typeof createSignInCode>[0], base: string): Promise<string> {
  const owner = await findUserByName(ctx, "owner");
  const { code } = await createSignInCode(ctx, owner!.id);
  return `${base}/sign-in?code=${code}`;
}

/** Listens on the wanted port. For port 0, on the one of last time if it is free: links and agents go on working. */
async function listen(http: Awaited<ReturnType<typeof createApp>>["http"], config: Config): Promise<string> {
  const last = config.port === 0 ? readServerFile(config.home)?.port : undefined;
  try {
    await http.listen({ host: config.host, port: last ?? config.port });
  } catch (error) {
    if (last === undefined) throw error;
    await http.listen({ host: config.host, port: 0 });
  }
  const { port } = http.server.address() as AddressInfo;
  return `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`;
}
