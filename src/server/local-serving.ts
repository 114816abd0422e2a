import { spawn } from "node:child_process";
import { mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { sleep } from "../platform/clock.ts";
import { withoutSettings } from "../platform/config.ts";
import { isAlive } from "../platform/process/kill.ts";
import { readJson, writeJson } from "./home.ts";

const entry = fileURLToPath(new URL("../serving/main.ts", import.meta.url));
const nodeFileSchema = z.object({
  pid: z.number(),
  startTime: z.union([z.string(), z.number()]).nullable(),
  url: z.string(),
});

interface LocalServing {
  node: string;
  home: string;
  controlUrl: string;
  token: string;
  host: string;
  port: number;
  allowedHosts: string[];
}

/**
 * The serving node of this machine. It is no child of the server: it answers while the server is down, and the next
 * server finds it again and tells it where it is.
 */
export async function ensureLocalServing(config: LocalServing): Promise<void> {
  mkdirSync(config.home, { recursive: true, mode: 0o700 });
  writeJson(join(config.home, "control.json"), { controlUrl: config.controlUrl, token: config.token });
  if (await findServingProcess(config.home)) return;
  const output = openSync(join(config.home, "..", "serving.log"), "a", 0o600);
  spawn(process.execPath, [entry], {
    detached: true,
    stdio: ["ignore", output, output],
    env: { ...withoutSettings(process.env), TRAINYARD_SERVING: JSON.stringify(config) },
  }).unref();
}

/** The process id of the serving node of a home folder, when it runs. */
export async function findServingProcess(home: string): Promise<number | undefined> {
  const file = readJson(join(home, "node.json"), nodeFileSchema);
  if (!file) return undefined;
  const startTime = typeof file.startTime === "string" ? file.startTime : null;
  return (await isAlive(file.pid, startTime)) ? file.pid : undefined;
}

export async function stopLocalServing(home: string): Promise<void> {
  const pid = await findServingProcess(home);
  if (pid === undefined) return;
  process.kill(pid, "SIGTERM");
  for (let waited = 0; waited < 12_000 && (await findServingProcess(home)) === pid; waited += 50) await sleep(50);
  if ((await findServingProcess(home)) === pid) process.kill(pid, "SIGKILL");
}
