import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findRunningServer } from "../server/home.ts";

export interface Finding {
  what: string;
  /** `missing` is a lack that some people can do without. */
  verdict: "good" | "missing" | "bad";
  found: string;
  advice: string;
}

const run = promisify(execFile);
const output = (command: string, ...args: string[]) =>
  run(command, args).then(
    ({ stdout, stderr }) => (stdout || stderr).trim().split("\n")[0] ?? "",
    () => undefined,
  );

/** Everything that a working installation needs, looked at. */
export async function examine(home: string): Promise<Finding[]> {
  return Promise.all([node(), homeFolder(home), disk(home), python(), venv(), uv(), studio(), bash(), server(home)]);
}

async function node(): Promise<Finding> {
  const ok = Number(process.versions.node.split(".")[0]) >= 24;
  return {
    what: "Node",
    verdict: ok ? "good" : "bad",
    found: process.version,
    advice: ok ? "" : "Run `npm ci` again.",
  };
}

async function homeFolder(home: string): Promise<Finding> {
  const probe = join(home, `.probe-${process.pid}`);
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    await writeFile(probe, "");
    await rm(probe);
    return { what: "home folder", verdict: "good", found: home, advice: "" };
  } catch (error) {
    return { what: "home folder", verdict: "bad", found: String(error), advice: "Choose another one with --home." };
  }
}

async function disk(home: string): Promise<Finding> {
  const free = await statfs(existsSync(home) ? home : "/").then((fs) => fs.bavail * fs.bsize);
  const gigabytes = free / 1e9;
  const verdict = gigabytes < 1 ? "bad" : gigabytes < 5 ? "missing" : "good";
  const advice = verdict === "good" ? "" : "Python environments take about 1 GB each: free some space.";
  return { what: "disk", verdict, found: `${gigabytes.toFixed(1)} GB free`, advice };
}

async function python(): Promise<Finding> {
  const version = await output("python3", "--version");
  const [, minor = 0] = /3\.(\d+)/.exec(version ?? "") ?? [];
  if (version && Number(minor) >= 10) return { what: "Python", verdict: "good", found: version, advice: "" };
  const advice = "Steps in Python need 3.10 or newer. On Debian: apt-get install python3 python3-venv.";
  return { what: "Python", verdict: "missing", found: version ?? "none", advice };
}

async function venv(): Promise<Finding> {
  const ok = (await output("python3", "-c", "import venv, ensurepip; print('yes')")) === "yes";
  const advice = ok ? "" : "On Debian: apt-get install python3-venv.";
  return { what: "Python venv", verdict: ok ? "good" : "missing", found: ok ? "yes" : "no", advice };
}

async function uv(): Promise<Finding> {
  const version = await output("uv", "--version");
  const advice = version ? "" : "Not needed: it is fetched from the package index for you, else pip does its work.";
  return { what: "uv", verdict: "good", found: version ?? "none", advice };
}

async function studio(): Promise<Finding> {
  const built = existsSync(fileURLToPath(new URL("../../dist/studio/index.html", import.meta.url)));
  return {
    what: "Studio",
    verdict: built ? "good" : "missing",
    found: built ? "built" : "not built",
    advice: built ? "" : "npm run build",
  };
}

async function bash(): Promise<Finding> {
  const found = existsSync("/bin/bash");
  const advice = found ? "" : "Commands of steps run in /bin/sh then.";
  return { what: "bash", verdict: found ? "good" : "missing", found: found ? "yes" : "no", advice };
}

async function server(home: string): Promise<Finding> {
  const running = await findRunningServer(home);
  return {
    what: "server",
    verdict: "good",
    found: running?.url ?? "not running",
    advice: running ? "" : "trainyard up",
  };
}
