import { type ChildProcess, fork } from "node:child_process";
import { openSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Log } from "../platform/log.ts";

const entry = fileURLToPath(new URL("../agent/main.ts", import.meta.url));

interface LocalAgent {
  id: string;
  controlUrl: string;
  token: string;
  home: string;
  slots: number;
  serves: string[] | null;
  gpus: string;
  containers: { engine: string; arguments: string; network: string; buildArguments: string };
}

/**
 * Keeps an agent on this machine running, as a child that ends when the server does. `onEnd` is told when one ended by
 * itself: what it held is free.
 */
export function startLocalAgent(config: LocalAgent, log: Log, onEnd: () => void): { stop(): Promise<void> } {
  let child: ChildProcess | undefined;
  let stopped = false;
  let restarts = 0;
  const output = openSync(join(config.home, "..", "agent.log"), "a", 0o600);

  const start = () => {
    child = fork(entry, {
      stdio: ["ignore", output, output, "ipc"],
      env: { ...process.env, TRAINYARD_AGENT: JSON.stringify({ ...config, parent: process.pid }) },
      execArgv: ["--max-old-space-size=512"],
    });
    child.once("exit", (code) => {
      if (stopped) return;
      log.warn("the local agent ended; it is started again", { code });
      onEnd();
      setTimeout(() => (stopped ? undefined : start()), Math.min(100 * 2 ** restarts++, 10_000));
    });
  };
  start();

  return {
    async stop() {
      stopped = true;
      const running = child;
      if (!running || running.exitCode !== null) return;
      const ended = new Promise((resolve) => running.once("exit", resolve));
      running.kill("SIGTERM");
      const force = setTimeout(() => running.kill("SIGKILL"), 8000);
      await ended;
      clearTimeout(force);
    },
  };
}
