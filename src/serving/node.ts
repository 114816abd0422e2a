import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Problem } from "../contract/errors.ts";
import { lockHome } from "../platform/lock.ts";
import { createLog } from "../platform/log.ts";
import { startTimeOf } from "../platform/process/kill.ts";
import { Collector } from "./collector.ts";
import type { ServingConfig } from "./config.ts";
import { Control } from "./control.ts";
import { followDesired, rememberedDesired } from "./desired.ts";
import { readJson, replaceFile } from "./files.ts";
import { Fleet } from "./fleet.ts";
import { jsonReply, textReply } from "./http.ts";
import { metricsText } from "./metrics.ts";
import { ModelStore } from "./model-store.ts";
import { ProcessBook } from "./process-book.ts";
import { Reporter } from "./report.ts";
import { Router } from "./router.ts";
import { pause, settles } from "./wait.ts";

/** What `node.json` in the home folder says. */
export interface NodeRecord {
  pid: number;
  /** When the process started, as the kernel tells it: with the id, it names the process even if ids are used again. */
  startTime: string | null;
  url: string;
  node: string;
}

export interface RunningNode {
  url: string;
  /** Resolves when the node has stopped, for whatever reason. */
  stopped: Promise<void>;
  /** Takes no new connections, answers what is in flight (up to `drainMs`), stops the models. */
  stop(reason: string): Promise<void>;
}

/** Starts a serving node: it listens, serves what it served last, and follows the control plane. */
export async function startNode(config: ServingConfig): Promise<RunningNode> {
  const { home, node, limits } = config;
  const log = createLog(config.logLevel);
  const previous = (await readJson(join(home, "node.json"))) as Partial<NodeRecord> | undefined;
  const lock = await takeOver(home, previous, limits.drainMs + limits.ownerMs + 5000);
  const stopping = new AbortController();
  const { signal } = stopping;
  const control = await Control.open(home, config);
  const book = new ProcessBook(home);
  const leftovers = book.endLeftovers();
  if (leftovers > 0) log.warn("ended model processes that an earlier node left behind", { leftovers });
  const store = new ModelStore(home, control);
  let reporter: Reporter | undefined;
  const fleet = new Fleet({ store, book, limits, log, changed: () => reporter?.wake() });
  const collector = new Collector({ home, node, control, log, limits });
  await collector.start();
  const router = new Router({
    fleet,
    collector,
    limits,
    log,
    allowedHosts: new Set([config.host, ...config.allowedHosts].map((host) => host.toLowerCase())),
    version: await versionOf(),
    nodePage(path) {
      if (path === "/metrics") return textReply(metricsText(fleet, collector));
      if (path === "/health") return jsonReply({ node, pid: process.pid, generation: fleet.generation });
      return undefined;
    },
  });
  const server = createServer({ keepAliveTimeout: 65_000, headersTimeout: 15_000, requestTimeout: 60_000 }, (q, r) => {
    void router.handle(q, r);
  });
  const remembered = await rememberedDesired(home);
  if (remembered) fleet.apply(remembered);
  await listen(server, config.host, config.port || portOf(previous?.url));
  const { port } = server.address() as AddressInfo;
  const url = `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`;
  const record: NodeRecord = { pid: process.pid, startTime: await startTimeOf(process.pid), url, node };
  await replaceFile(join(home, "node.json"), JSON.stringify(record));
  log.info("serving node listens", { url, node, home });

  reporter = new Reporter({ node, url, fleet, control, log, everyMs: limits.reportMs, signal });
  const loops = [
    reporter.run(),
    followDesired({ home, node, control, log, pollMs: limits.pollMs, apply: (next) => fleet.apply(next), signal }),
  ];
  let stopped: Promise<void> | undefined;
  const stop = (reason: string): Promise<void> => {
    stopped ??= (async () => {
      log.info("serving node stops", { reason });
      const deadline = Date.now() + limits.drainMs;
      router.closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      stopping.abort();
      await settles(closed, limits.drainMs);
      server.closeAllConnections();
      await fleet.close(Math.max(0, deadline - Date.now()));
      await Promise.all(loops);
      // Still under the lock, even if a newer node waits for it; but a deleted home is not made again.
      if (existsSync(home)) await collector.stop();
      lock.release();
      finished();
    })();
    return stopped;
  };
  let finished = () => {};
  const whenStopped = new Promise<void>((resolve) => {
    finished = resolve;
  });
  void watchOwner(home, limits.ownerMs, signal).then((reason) => (reason ? stop(reason) : undefined));
  return { url, stopped: whenStopped, stop };
}

/**
 * Takes the home folder. An older node that still holds it ends by itself once `node.json` no longer names it: two
 * at once would deliver rows under the same numbers.
 */
async function takeOver(
  home: string,
  previous: Partial<NodeRecord> | undefined,
  ms: number,
): Promise<{ release(): void }> {
  const deadline = Date.now() + ms;
  for (;;) {
    try {
      return lockHome(home);
    } catch (error) {
      if (!(error instanceof Problem) || Date.now() > deadline) throw error;
      // The address stays on record, so that it can be used again.
      await replaceFile(join(home, "node.json"), JSON.stringify({ ...previous, pid: 0 }));
      await pause(100);
    }
  }
}

/** Resolves with a reason when the home folder no longer belongs to this process. */
async function watchOwner(home: string, everyMs: number, signal: AbortSignal): Promise<string | undefined> {
  while (!signal.aborted) {
    await pause(everyMs, signal);
    if (signal.aborted) return undefined;
    if (!(await owns(home))) return "node.json no longer names this process";
  }
  return undefined;
}

async function owns(home: string): Promise<boolean> {
  const record = (await readJson(join(home, "node.json"))) as Partial<NodeRecord> | undefined;
  return record?.pid === process.pid;
}

/** Listens on the wished port; on a free one if another program has taken it. */
async function listen(server: Server, host: string, port: number): Promise<void> {
  const attempt = (wished: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(wished, host, () => {
        server.removeListener("error", reject);
        resolve();
      });
    });
  try {
    await attempt(port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    await attempt(0);
  }
}

function portOf(url: string | undefined): number {
  return Number(/:(\d+)$/.exec(url ?? "")?.[1] ?? 0);
}

async function versionOf(): Promise<string> {
  const manifest = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  return String(manifest.version);
}
