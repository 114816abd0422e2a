import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(new URL("./relay-main.ts", import.meta.url));
const readyMs = 10_000;

/**
 * The way from a container without a network to the server, and to nothing else. A process in the container's network
 * listens where the server would be; it hands connections through a socket file to the agent, which connects.
 */
export interface Relay {
  /** Opens the way for the container whose first process has this number; gives how to close it. */
  open(pid: number): Promise<() => void>;
  close(): Promise<void>;
}

const portOf = (url: URL): number => Number(url.port || (url.protocol === "https:" ? 443 : 80));

interface Options {
  controlUrl: string;
  asUser: string[];
  /** Of the agent's home, for what it leaves when it is killed. */
  key: string;
  /** Environment variable that every process of this agent carries. */
  marker: string;
}

/** A socket's path may have 107 characters, and homes are deeper than that. */
const placeOf = (key: string): string => `trainyard-relay-${key}-`;

/** Removes the folders of relays that were never closed. */
export async function removeRelays(key: string): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    // Somebody else's that is called so stays: it cannot be removed.
    if (name.startsWith(placeOf(key))) await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}

export async function openRelay({ controlUrl, asUser, key, marker }: Options): Promise<Relay> {
  const url = new URL(controlUrl);
  const folder = await mkdtemp(join(tmpdir(), placeOf(key)));
  const [markerName = "", markerValue = ""] = marker.split("=");
  const path = join(folder, "server.sock");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const server = createServer((local) => {
    const remote = connect({ host, port: portOf(url) });
    local.pipe(remote).pipe(local);
    local.on("error", () => remote.destroy());
    remote.on("error", () => local.destroy());
  });
  await listen(server, path);
  return {
    async open(pid) {
      const argv = [...asUser, "nsenter", "-t", String(pid), "-n", process.execPath, entry, String(portOf(url)), path];
      const child = spawn(argv[0]!, argv.slice(1), {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, [markerName]: markerValue },
      });
      try {
        await ready(child);
      } catch (error) {
        child.kill("SIGKILL");
        throw error;
      }
      return () => void child.kill("SIGKILL");
    },
    async close() {
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => resolve());
  });

/** Waits until it says that it listens. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => reject(new Error("it did not start in time")), readyMs);
    child.stdout!.once("data", () => {
      clearTimeout(timer);
      resolve();
    });
    child.stderr!.on("data", (part) => {
      said += part;
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error(said.trim().split("\n").at(-1) || "it ended at once")));
  });
}

/** Hands connections from a port of this network on to a socket file. */
export function relayPort(port: number, path: string): Promise<void> {
  const server = createServer((local) => {
    const remote = connect(path);
    local.pipe(remote).pipe(local);
    local.on("error", () => remote.destroy());
    remote.on("error", () => local.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
}
