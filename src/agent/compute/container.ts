import { spawn } from "node:child_process";
import { mkdir, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ContainerOptions } from "../../contract/container-options.ts";
import { sleep } from "../../platform/clock.ts";
import { sha256 } from "../../platform/digest.ts";
import { readLines } from "../../platform/process/lines.ts";
import { StepFailed } from "../failure.ts";
import { gpuArguments } from "../gpu/given.ts";
import type { Ending, Launch, StepCompute } from "./compute.ts";
import { type ContainerSettings, type Engine, words } from "./engine.ts";
import { firstProcess, readyFile, variablesFile, variablesText } from "./first-process.ts";
import { openRelay, type Relay, removeRelays } from "./relay.ts";

interface Options {
  home: string;
  marker: string;
  controlUrl: string;
  settings: ContainerSettings;
  /** Undefined when this machine has none. */
  engine: Engine | undefined;
}

const graceMs = 5000;

const keyOf = (home: string): string => sha256(home).slice(0, 12);

/** What the containers of an agent's home are known by. */
export const labelOf = (home: string): string => `trainyard.home=${keyOf(home)}`;

/** Steps as containers of this machine, by podman or docker. */
export function openContainerCompute({ home, marker, controlUrl, settings, engine }: Options): StepCompute & {
  close(): Promise<void>;
} {
  const key = keyOf(home);
  const label = labelOf(home);
  const besides = join(home, "containers");
  let relay: Promise<Relay> | undefined;
  // In rootless podman, networks of containers belong to a user namespace that it keeps.
  const asUser = engine?.kind === "podman" && process.getuid?.() !== 0 ? [...engine.argv, "unshare"] : [];
  const relayOf = () => {
    relay ??= openRelay({ controlUrl, asUser, key, marker });
    return relay;
  };
  return {
    async run(launch) {
      if (!engine) throw new StepFailed("This agent has neither podman nor docker that works.", { retryable: false });
      if (!launch.image) throw new StepFailed("A container needs an image.", { retryable: false });
      const container = { ...launch, image: launch.image };
      const name = `trainyard-${sha256(launch.id).slice(0, 24)}`;
      const beside = join(besides, name);
      launch.signal.throwIfAborted();
      await remove(engine, name);
      try {
        await makeBeside(beside, launch.environment);
        await make(container, { name, label, beside, engine, settings, controlUrl });
        launch.signal.throwIfAborted();
        return await runContainer(engine, container, { name, beside, relayOf });
      } finally {
        await remove(engine, name);
        await rm(beside, { recursive: true, force: true });
      }
    },
    async cleanUp() {
      await rm(besides, { recursive: true, force: true });
      if (!engine) return;
      const left = words(await engine.call(["ps", "-aq", "--filter", `label=${label}`]));
      for (const id of left) await remove(engine, id);
      if (!relay) await removeRelays(key);
    },
    async close() {
      await (await relay)?.close();
    },
  };
}

interface Making {
  name: string;
  label: string;
  /** Folder of what the container reads and cannot change. */
  beside: string;
  engine: Engine;
  settings: ContainerSettings;
  controlUrl: string;
}

/** Runtimes of containers read these themselves, in the container's configuration, before anything runs inside. */
const runtimeReads = ["NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES"];

/** The folder is new: what another attempt left in it might be for others to read. */
async function makeBeside(beside: string, environment: Record<string, string>): Promise<void> {
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside, { recursive: true, mode: 0o700 });
  await writeFile(join(beside, variablesFile), variablesText(environment), { mode: 0o600 });
}

type Container = Launch & { image: string };

async function make(launch: Container, making: Making): Promise<void> {
  const { engine } = making;
  try {
    await mkdir(join(launch.folder, "inputs"), { recursive: true });
    // Not ended before it has: docker's service would go on, and make the container when we think that there is none.
    await engine.call(createArguments(launch, making));
  } catch (error) {
    throw new StepFailed(`The container could not be made: ${(error as Error).message}`);
  }
}

/** Of root's rights, those over files and users. */
const keptRights = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"];

function createArguments(launch: Container, making: Making): string[] {
  const { name, label, beside, engine, settings, controlUrl } = making;
  const { folder, resources } = launch;
  const host = new URL(controlUrl).hostname;
  const isNamed = !/^[\d.]+$|^\[|^localhost$/.test(host);
  const user = engine.kind === "podman" ? "0:0" : `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const configured = runtimeReads.filter((variable) => Object.hasOwn(launch.environment, variable));
  const network = launch.network ? settings.network : "none";
  const volumes = [
    `${folder}:${folder}:rw`,
    `${beside}:${beside}:ro`,
    ...launch.readOnly.map((one) => `${one}:${one}:ro`),
  ];
  return [
    "create",
    `--name=${name}`,
    `--label=${label}`,
    `--workdir=${launch.code}`,
    `--user=${user}`,
    "--entrypoint=/bin/sh",
    "--pull=never",
    "--security-opt=no-new-privileges",
    "--cap-drop=ALL",
    ...keptRights.map((right) => `--cap-add=${right}`),
    ...volumes.map((volume) => `--volume=${volume}`),
    ...(network ? [`--network=${network}`] : []),
    ...(isNamed && !launch.network ? [`--add-host=${host}:127.0.0.1`] : []),
    ...optionArguments(launch.container, words(settings.arguments)),
    ...(resources.memoryMb > 0 ? [`--memory=${resources.memoryMb}m`] : []),
    ...(launch.cpuLimit === null ? [] : [`--cpus=${launch.cpuLimit}`]),
    ...gpuArguments(engine.kind, launch.gpus),
    ...configured.map((variable) => `--env=${variable}=${launch.environment[variable]}`),
    // podman's own way to give every container the proxies of the agent, with their passwords.
    ...(engine.kind === "podman" ? ["--http-proxy=false"] : []),
    ...words(settings.arguments),
    launch.image,
    "-c",
    firstProcess,
    beside,
    launch.command,
  ];
}

/** As in Azure ML, where frameworks that share memory between processes take so much for granted. */
const usualShmMb = 2048;

/** What the step asks of its container. Where whoever runs the agent says the same of every container, that counts. */
function optionArguments(options: ContainerOptions | null, always: string[]): string[] {
  const fixed = new Set(always.map(limitOf));
  const asked = options?.arguments ?? [];
  return [`--shm-size=${options?.shmMb ?? usualShmMb}m`, ...asked.filter((one) => !fixed.has(limitOf(one)))];
}

/** `nofile` of `--ulimit=nofile=1024:1024`; twice the same is more than the engine takes. */
const limitOf = (word: string): string => /^(?:--ulimit=)?([a-z]+)=/.exec(word)?.[1] ?? word;

async function runContainer(
  engine: Engine,
  launch: Launch,
  { name, beside, relayOf }: { name: string; beside: string; relayOf(): Promise<Relay> },
): Promise<Ending> {
  const [program, ...rest] = [...engine.argv, "start", "--attach", name] as [string, ...string[]];
  // podman's monitor leaves a file `oom` in its working folder when the memory ran out, and follows a link that lies there.
  const child = spawn(program, rest, { cwd: beside, stdio: ["ignore", "pipe", "pipe"] });
  const closed = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  readLines(child.stdout, (text, goesOn) => launch.onLine("stdout", text, goesOn));
  readLines(child.stderr, (text, goesOn) => launch.onLine("stderr", text, goesOn));
  const grace = Math.ceil((launch.graceMs ?? graceMs) / 1000);
  const stop = () => void engine.call(["stop", "--time", String(grace), name]).catch(() => remove(engine, name));
  let closeRelay = () => {};
  try {
    const pid = await firstPid(engine, name, closed);
    if (pid !== undefined) {
      closeRelay = await openWay(launch, relayOf, pid);
      launch.onStart?.(() => pidsBeside(pid));
      await writeFile(join(beside, readyFile), "");
    }
    if (launch.signal.aborted) stop();
    launch.signal.addEventListener("abort", stop, { once: true });
    await closed;
    return await endingOf(engine, name, launch);
  } finally {
    launch.signal.removeEventListener("abort", stop);
    closeRelay();
  }
}

/** The number of the container's first process; undefined when it ended before it could be asked for. */
async function firstPid(engine: Engine, name: string, closed: Promise<void>): Promise<number | undefined> {
  let isClosed = false;
  void closed.then(
    () => {
      isClosed = true;
    },
    () => {},
  );
  for (;;) {
    const pid = Number(await engine.call(["inspect", "--format", "{{.State.Pid}}", name]));
    if (pid > 0) return pid;
    if (isClosed) return undefined;
    await sleep(20);
  }
}

async function openWay(launch: Launch, relayOf: () => Promise<Relay>, pid: number): Promise<() => void> {
  try {
    return await (await relayOf()).open(pid);
  } catch (error) {
    // With the machine's own network, the server is where the relay would be, and can be reached.
    if (/EADDRINUSE/.test((error as Error).message)) return () => {};
    launch.onNote(`The step cannot reach the server from its container: ${(error as Error).message}`);
    return () => {};
  }
}

async function endingOf(engine: Engine, name: string, { resources, signal }: Launch): Promise<Ending> {
  const format = "{{.State.ExitCode}} {{.State.OOMKilled}} {{.State.Status}}";
  const [code, outOfMemory, status] = words(await engine.call(["inspect", "--format", format, name]));
  if (status === "created" || status === "configured") throw new Error("The container did not start.");
  // The kernel ends the process that grows, which need not be the first one: then the engine does not hear of it.
  const killed = outOfMemory === "true" || (code === "137" && resources.memoryMb > 0 && !signal.aborted);
  const because = killed
    ? `The kernel ended it: it took more memory than the ${resources.memoryMb} MB that it asked for.`
    : undefined;
  return { code: Number(code), signal: null, because };
}

/** Everything in the container: what is in the same process namespace as its first process. */
async function pidsBeside(pid: number): Promise<number[]> {
  const spaceOf = (of: string | number) => readlink(`/proc/${of}/ns/pid`).catch(() => undefined);
  const space = await spaceOf(pid);
  if (!space) return [];
  const all = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const spaces = await Promise.all(all.map(spaceOf));
  return all.filter((_, index) => spaces[index] === space).map(Number);
}

async function remove(engine: Engine, name: string): Promise<void> {
  const now = engine.kind === "podman" ? ["--time", "0"] : [];
  // That there is none is what is wanted.
  await engine.call(["rm", "--force", ...now, name]).catch(() => {});
}
