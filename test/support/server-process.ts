import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Client, createClient } from "../../src/contract/client.ts";
import { sleep } from "../../src/platform/clock.ts";
import { readCredentials } from "../../src/server/home.ts";
import { freePort } from "./free-port.ts";

const program = fileURLToPath(new URL("../../bin/trainyard.js", import.meta.url));

/** A real `trainyard up` in a process of its own, which a test may kill and start again. */
export interface ServerProcess {
  home: string;
  url: string;
  /** Resolves when the server answers. */
  start(environment?: Record<string, string>): Promise<void>;
  /** As by `kill -9`. */
  kill(): Promise<void>;
  /** In order: the agent and the serving node end too. */
  stop(): Promise<void>;
  /** Resolves with the signal that ended it. */
  ended(): Promise<NodeJS.Signals | null>;
  isRunning(): boolean;
  /** A client that waits while there is no server, and repeats what found none. */
  client(token?: string): Client;
}

export async function createServerProcess(home: string, databaseUrl?: string): Promise<ServerProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  let end: Promise<NodeJS.Signals | null> = Promise.resolve(null);
  const answers = () =>
    fetch(`${url}/api/v1/health`).then(
      (response) => response.ok,
      () => false,
    );
  return {
    home,
    url,
    async start(environment = {}) {
      const argv = [program, "up", "--home", home, "--port", String(port), "--output", "json"];
      if (databaseUrl) argv.push("--database-url", databaseUrl);
      const errors: string[] = [];
      const started = spawn(process.execPath, argv, {
        stdio: ["ignore", "ignore", "pipe"],
        env: { ...process.env, ...environment },
      });
      child = started;
      started.stderr.on("data", (part) => errors.push(String(part)));
      end = new Promise((resolve) => started.once("exit", (_, signal) => resolve(signal)));
      while (!(readCredentials(home) && (await answers()))) {
        if (started.exitCode !== null) throw new Error(`the server did not start: ${errors.join("")}`);
        // A failpoint may have ended it before it answered.
        if (started.signalCode !== null) return;
        await sleep(20);
      }
    },
    async kill() {
      child?.kill("SIGKILL");
      await end;
    },
    async stop() {
      child?.kill("SIGTERM");
      await end;
    },
    ended: () => end,
    isRunning: () => child !== undefined && child.exitCode === null && child.signalCode === null,
    client: (token) =>
      createClient({ baseUrl: url, token: token ?? readCredentials(home)!.token, fetch: patientFetch }),
  };
}

const patientFetch: typeof globalThis.fetch = async (input, init) => {
  const until = Date.now() + 60_000;
  for (;;) {
    try {
      const response = await fetch(input, init);
      // The answer may break off after its head: whoever reads it must have all of it.
      const body = response.status === 204 ? null : await response.arrayBuffer();
      return new Response(body, { status: response.status, headers: response.headers });
    } catch (error) {
      if (!(error instanceof TypeError) || Date.now() > until) throw error;
      await sleep(50);
    }
  }
};
