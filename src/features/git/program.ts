import { execFile, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import type { Ctx } from "../../platform/context.ts";
import { addressesOf } from "../../platform/outbound/judge.ts";

/** Where a repository is read from: a folder of the server, or its own address. */
export type Remote = { folder: string } | { url: string };

/** The program, with nothing of this machine's own settings, and able to reach one remote only. */
export interface Git {
  /** What the remote is called in a command. */
  remote: string;
  run(args: string[], options?: { cwd?: string }): Promise<Buffer>;
  /** Starts a command that is written to and read from. */
  start(args: string[], cwd: string): ReturnType<typeof spawn>;
}

const mostOutput = 256 * 1024 * 1024;
/** Where git is looked for. */
const programs = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin";

/**
 * Git for one remote. No hook, credential helper, filter or protocol of this machine takes part; a redirect is not
 * followed, and the name of the host means the addresses that were judged, whatever it means a moment later.
 */
export async function openGit(ctx: Ctx, remote: Remote, folder: string, signal: AbortSignal): Promise<Git> {
  const settings = [
    "core.hooksPath=/dev/null",
    "credential.helper=",
    "gc.auto=0",
    "http.followRedirects=false",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
    ...("url" in remote ? await fixedAddresses(ctx, remote.url) : ["safe.directory=*"]),
  ];
  const config = join(folder, "config");
  // A file, because what a folder is served by is started without the settings of the command line.
  await writeFile(config, settings.map(asSection).join(""));
  const environment = {
    PATH: programs,
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: config,
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: "url" in remote ? new URL(remote.url).protocol.replace(":", "") : "file",
    LC_ALL: "C",
  };
  return {
    remote: "url" in remote ? remote.url : remote.folder,
    run: (args, { cwd = folder } = {}) =>
      new Promise((resolve, reject) => {
        const options = { cwd, env: environment, signal, maxBuffer: mostOutput, encoding: "buffer" as const };
        execFile("git", args, options, (error, stdout, stderr) =>
          error ? reject(new GitFailure(stderr.toString(), error)) : resolve(stdout),
        );
      }),
    start: (args, cwd) => spawn("git", args, { cwd, env: environment, signal, stdio: ["pipe", "pipe", "ignore"] }),
  };
}

/** Git has ended with an error; the last thing that it said. */
export class GitFailure extends Error {
  constructor(stderr: string, cause: Error) {
    const lines = stderr.split("\n").filter((line) => line.trim() !== "");
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const said = isMissing ? "the server has no git" : lines.at(-1)?.replace(/^(fatal|error): /, "");
    super(said ?? cause.message, { cause });
  }
}

/** `http.lowSpeedTime=60` as a section of a file of settings. */
function asSection(setting: string): string {
  const [, section, name, value = ""] = /^(\w+)\.(\w+)=(.*)$/.exec(setting)!;
  return `[${section}]\n\t${name} = ${JSON.stringify(value)}\n`;
}

async function fixedAddresses(ctx: Ctx, url: string): Promise<string[]> {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const allowPrivate = ctx.config.urlDownloads === "any";
  const addresses = await addressesOf(host, { allowPrivate, setting: "--url-downloads any" });
  if (isIP(host) !== 0) return [];
  const list = addresses.map(({ address, family }) => (family === 6 ? `[${address}]` : address)).join(",");
  return [`http.curloptResolve=${host}:${port || (protocol === "https:" ? 443 : 80)}:${list}`];
}
