import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sleep } from "../../platform/clock.ts";
import { findRunningServer, readCredentials } from "../../server/home.ts";

const program = fileURLToPath(new URL("../../../bin/trainyard.js", import.meta.url));

/** The server of the home folder; started when it does not run. It stays up when the story is over. */
export async function ensureServer(home: string): Promise<{ url: string; started: boolean }> {
  const running = await findRunningServer(home);
  if (running) return { url: running.url, started: false };
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const output = openSync(join(home, "up.log"), "w", 0o600);
  const child = spawn(process.execPath, [program, "up", "--home", home, "--port", "0"], {
    detached: true,
    stdio: ["ignore", output, output],
  });
  child.unref();
  closeSync(output);
  for (let waited = 0; waited < 30_000; waited += 50) {
    const found = await findRunningServer(home);
    if (found && readCredentials(home) && (await answers(found.url))) return { url: found.url, started: true };
    if (child.exitCode !== null) break;
    await sleep(50);
  }
  throw new Error(`The server did not start; see ${join(home, "up.log")} and ${join(home, "server.log")}.`);
}

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/api/v1/health`).then(
    (response) => response.ok,
    () => false,
  );
