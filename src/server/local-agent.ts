import { fork } from "node:child_process";
import { openSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withoutSettings } from "../platform/config.ts";
import type { Log } from "../platform/log.ts";
import { keepChild } from "./keep-child.ts";

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
  const output = openSync(join(config.home, "..", "agent.log"), "a", 0o600);
  const start = () => {
    const child = fork(entry, {
      stdio: ["pipe", output, output, "ipc"],
      env: withoutSettings(process.env),
      execArgv: ["--max-old-space-size=512"],
    });
    // One that ends before it has read this is started again.
    child.stdin?.on("error", () => {});
    child.stdin?.end(JSON.stringify({ ...config, parent: process.pid }));
    return child;
  };
  return keepChild(start, (end) => {
    log.warn("the local agent ended; it is started again", end);
    onEnd();
  });
}
