import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { readLines } from "../../platform/process/lines.ts";
import { endEngine } from "./end-engine.ts";

const run = promisify(execFile);

/** How containers are run here, as the configuration says. */
export interface ContainerSettings {
  /** Program and its own arguments: `podman --runtime runc`. Empty: podman or docker, whichever there is. */
  engine: string;
  /** Further arguments of every container: `--ulimit nofile=1024:1024`. */
  arguments: string;
  /** Network of containers that may reach one; empty: what the engine does by itself. */
  network: string;
  /** Further arguments of every build of an image: `--isolation chroot`. */
  buildArguments: string;
}

interface CallOptions {
  timeoutMs?: number;
  signal?: AbortSignal;
}

interface FollowOptions {
  /** Further variables of the engine's own process. */
  environment: Record<string, string>;
  onLine(line: string): void;
  signal: AbortSignal;
}

/** The command line of podman or docker. */
export interface Engine {
  argv: [string, ...string[]];
  kind: "podman" | "docker";
  /** `podman 4.3.1` */
  name: string;
  /** Runs it; gives what it printed, or fails with the last thing that it said. */
  call(args: string[], options?: CallOptions): Promise<string>;
  /** Runs it for as long as it takes, line by line; fails with the last ones. */
  follow(args: string[], options: FollowOptions): Promise<void>;
}

/** So many lines say why a pull or a build failed. */
const tailLines = 20;

export const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);

/** The engine of this machine, if there is one that works. */
export async function findEngine(settings: Pick<ContainerSettings, "engine">): Promise<Engine | undefined> {
  const candidates = settings.engine.trim() ? [words(settings.engine)] : [["podman"], ["docker"]];
  for (const argv of candidates) {
    const engine = engineOf(argv as [string, ...string[]]);
    try {
      // Docker's program is of no use without its service; this needs both.
      await engine.call(["info"], { timeoutMs: 20_000 });
      const [, version] = /version (\S+?),?(\s|$)/.exec(await engine.call(["--version"])) ?? [];
      return { ...engine, name: `${engine.kind} ${version ?? ""}`.trim() };
    } catch {
      // The next one, then.
    }
  }
  return undefined;
}

function engineOf(argv: [string, ...string[]]): Engine {
  const kind = /docker$/.test(argv[0]) ? "docker" : "podman";
  return {
    ...{ argv, kind, name: kind },
    async call(args, { timeoutMs = 120_000, signal } = {}) {
      const options = { timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024, signal };
      try {
        const { stdout } = await run(argv[0], [...argv.slice(1), ...args], options);
        return stdout.trim();
      } catch (error) {
        const { stderr, message } = error as { stderr?: string; message: string };
        const said = (stderr ?? "").trim().split("\n").at(-1);
        throw new Error(`${kind} ${args[0]}: ${said || message}`);
      }
    },
    async follow(args, { onLine, signal, environment }) {
      signal.throwIfAborted();
      const env = { ...process.env, ...environment };
      const child = spawn(argv[0], [...argv.slice(1), ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
      const tail: string[] = [];
      const take = (line: string) => {
        tail.push(line);
        if (tail.length > tailLines) tail.shift();
        onLine(line);
      };
      readLines(child.stdout, take);
      readLines(child.stderr, take);
      const stop = () => void endEngine(child);
      signal.addEventListener("abort", stop, { once: true });
      try {
        const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
        signal.throwIfAborted();
        if (code !== 0) throw new Error([`${kind} ${args[0]}:`, ...tail].join("\n"));
      } finally {
        signal.removeEventListener("abort", stop);
      }
    },
  };
}
