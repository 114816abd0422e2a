import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { serveMlflow } from "../compat/mlflow/index.ts";
import { serveOtlp } from "../compat/otlp/index.ts";
import { contract } from "../contract/index.ts";
import type { Contract } from "../contract/operation.ts";
import { type HooksByKind, runEngine, runSystemWorker } from "../engine/index.ts";
import { createAuthenticate, prolongTaskTokens } from "../features/access/index.ts";
import { createAgentHandlers } from "../features/agent/index.ts";
import { checkMissing } from "../features/model/index.ts";
import { reckonMonitors, runMonitorSchedule } from "../features/monitor/index.ts";
import { reckonSchedules, runSchedules } from "../features/schedule/index.ts";
import { runWebhookDeliveries } from "../features/webhook/index.ts";
import { createWorkspaceCheck } from "../features/workspace/index.ts";
import { openDiskBlobs } from "../platform/blob/disk.ts";
import { systemClock } from "../platform/clock.ts";
import type { Config } from "../platform/config.ts";
import { type Ctx, systemActor } from "../platform/context.ts";
import { createGroups } from "../platform/db/groups.ts";
import { migrate } from "../platform/db/migrate.ts";
import { openDatabase } from "../platform/db/open.ts";
import { deliverEvents } from "../platform/events/deliver.ts";
import { initialiseJournal } from "../platform/events/journal.ts";
import { createFailpoint } from "../platform/failpoint.ts";
import { type AllHandlers, bind } from "../platform/http/bind.ts";
import { createHttpServer } from "../platform/http/server.ts";
import { createIds } from "../platform/ids.ts";
import { createLasting } from "../platform/lasting.ts";
import type { Log } from "../platform/log.ts";
import { createRemembered } from "../platform/remembered.ts";
import { removeFolder } from "../platform/remove.ts";
import { openSecretBox } from "../platform/secrets.ts";
import { createSignals } from "../platform/signals.ts";
import { temporaryFolder } from "../platform/table/index.ts";
import { executionHooks, featureHandlers, schemaSteps, subscribers, systemTaskKinds } from "./features.ts";
import { type Loop, runLoops } from "./loops.ts";
import { serveStudio } from "./studio.ts";
import { createSystemHandlers } from "./system.ts";

/** A whole server in one process, not yet listening: what `trainyard up` and the tests start. */
export interface App {
  ctx: Ctx;
  http: FastifyInstance;
  hooks: HooksByKind;
  /** Starts engine, system worker and event delivery. */
  startLoops(): void;
  stop(): Promise<void>;
}

export async function createApp(config: Config, log: Log, homeId: string): Promise<App> {
  mkdirSync(config.home, { recursive: true, mode: 0o700 });
  chmodSync(config.home, 0o700);
  // What a server that was killed left there belongs to nobody.
  await removeFolder(temporaryFolder(config.home));
  const failpoint = createFailpoint(config.failpoints);
  const db = openDatabase(config);
  await migrate(db, schemaSteps);
  await initialiseJournal(db);
  const ids = createIds(systemClock);
  const ctx: Ctx = {
    db,
    groups: createGroups(),
    lasting: createLasting(50_000),
    remembered: createRemembered(),
    blobs: await openDiskBlobs(join(config.home, "blobs"), failpoint),
    clock: systemClock,
    ids,
    log,
    signals: createSignals(),
    secrets: openSecretBox(config.home),
    failpoint,
    config,
    actor: systemActor,
    unit: null,
  };
  const hooks: HooksByKind = new Map(executionHooks.map((hook) => [hook.kind, hook]));
  const http = createHttpServer({ ids, log, allowedHosts: config.allowedHosts.split(",").filter(Boolean) });
  const handlers = { ...featureHandlers, agent: createAgentHandlers(hooks), system: createSystemHandlers() };
  const serving = { ctx, authenticate: createAuthenticate(ctx), requireWorkspace: createWorkspaceCheck(ctx) };
  const served = Object.fromEntries(Object.entries(contract).filter(([noun]) => noun in handlers));
  bind(http, served as Contract, handlers as unknown as AllHandlers<Contract>, serving);
  await serveMlflow(http, serving);
  await serveOtlp(http, serving);
  await serveStudio(http, serving.authenticate);

  const stopping = new AbortController();
  let loops: Promise<unknown> = Promise.resolve();
  return {
    ctx,
    http,
    hooks,
    startLoops() {
      const holder = `${homeId}/system/${ids.next()}`;
      const all: Record<string, Loop> = {
        engine: (ctx, signal) => runEngine(ctx, hooks, signal, reckonTimes),
        systemWorker: (ctx, signal) => runSystemWorker(ctx, hooks, { holder, kinds: systemTaskKinds }, signal),
        modelChecks: checkMissing,
        monitors: runMonitorSchedule,
        schedules: runSchedules,
        events: (ctx, signal) => deliverEvents(ctx, subscribers, signal),
        webhooks: runWebhookDeliveries,
      };
      loops = runLoops(ctx, all, stopping.signal);
    },
    async stop() {
      stopping.abort();
      await http.close();
      await loops;
      await db.destroy();
    },
  };
}

/** The clock was set: what was reckoned by it besides the engine's own times. */
async function reckonTimes(tx: Ctx, jumpedMs: number): Promise<void> {
  await prolongTaskTokens(tx, jumpedMs);
  await reckonSchedules(tx);
  await reckonMonitors(tx);
}
