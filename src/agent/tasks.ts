import { existsSync } from "node:fs";
import { lstat, mkdir, open, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { ResolvedStepInput, StepPayload } from "../contract/agent.ts";
import { renderCommand } from "../contract/command.ts";
import { runCommand } from "../platform/process/run.ts";
import { downloadTree } from "../platform/transfer/download.ts";
import { hashFolder, uploadTree } from "../platform/transfer/upload.ts";
import { type Agent, StepFailed, type Work } from "./loop.ts";

const fileTypes = new Set(["uri_file"]);

/** Resolves an environment's specification to a lock, and builds it while at it. */
export async function runEnvironmentTask(agent: Agent, { claim, log, signal }: Work): Promise<unknown> {
  const payload = claim.payload as { name: string; condaFile: string; specification: string };
  const { workspace } = claim;
  return agent.environments.resolve(payload.condaFile, {
    onLine: (line) => log.line("stderr", line),
    signal,
    recorded: async (platform) => {
      const body = { workspace, specification: payload.specification, platform };
      return (await agent.client.agent.lock({ body })).lock;
    },
  });
}

/** Runs one step: code and inputs laid out, the command run, outputs stored. */
export async function runStepTask(agent: Agent, work: Work, folder: string): Promise<unknown> {
  const { claim, client, log, signal } = work;
  const payload = claim.payload as StepPayload;
  const { workspace } = claim;
  const cache = { folder: join(agent.home, "cache", workspace) };
  if (payload.image) {
    throw new StepFailed(
      `This agent runs steps as processes, not in containers: it cannot use the image ${payload.image}. Give the environment a conda_file.`,
      { retryable: false },
    );
  }
  const code = join(folder, "code");
  await mkdir(code, { recursive: true });
  if (payload.code) await downloadTree(client, workspace, payload.code, { folder: code, cache, writable: true });

  const inputs: Record<string, string | undefined> = {};
  for (const [name, input] of Object.entries(payload.inputs)) {
    inputs[name] = input ? await layOutInput(work, input, join(folder, "inputs", name), cache) : undefined;
  }
  const outputs: Record<string, string> = {};
  for (const [name, type] of Object.entries(payload.outputs)) {
    const place = join(folder, "outputs", name);
    await mkdir(place, { recursive: true });
    outputs[name] = fileTypes.has(type) ? join(place, name) : place;
  }
  const environment = payload.environment
    ? await agent.environments.ensure(payload.environment, { signal, onLine: (line) => log.line("stderr", line) })
    : null;
  const temporary = join(folder, "tmp");
  await mkdir(temporary);
  const shell = existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh";
  const outcome = await runCommand({
    argv: [shell, "-c", renderCommand(payload.command, { inputs, outputs })],
    cwd: code,
    environment: stepEnvironment(agent, work, payload, { temporary, environment }),
    signal,
    onLine: log.line,
  });
  signal.throwIfAborted();
  if (outcome.code !== 0) {
    throw new StepFailed(
      outcome.signal
        ? `The command was ended by ${outcome.signal}.`
        : `The command ended with exit code ${outcome.code}.`,
    );
  }
  return { outputs: await storeOutputs(work, payload, folder) };
}

async function layOutInput(
  { claim, client }: Work,
  input: ResolvedStepInput,
  folder: string,
  cache: { folder: string },
): Promise<string> {
  if (input.kind === "value") return input.value;
  const paths = await downloadTree(client, claim.workspace, input.tree, { folder, cache });
  if (input.path) return join(folder, input.path);
  return fileTypes.has(input.type) && paths.length === 1 ? join(folder, paths[0]!) : folder;
}

/** What a step finds in its environment: nothing of the server's, the way to tracking, and what the job set. */
function stepEnvironment(
  agent: Agent,
  { claim }: Work,
  payload: StepPayload,
  place: { temporary: string; environment: string | null },
): Record<string, string> {
  const path = process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin";
  const [markerName = "", markerValue = ""] = agent.marker.split("=");
  return {
    PATH: place.environment ? `${join(place.environment, "bin")}:${path}` : path,
    ...(place.environment ? { VIRTUAL_ENV: place.environment } : {}),
    HOME: process.env.HOME ?? place.temporary,
    LANG: "C.UTF-8",
    TMPDIR: place.temporary,
    PYTHONUNBUFFERED: "1",
    MPLBACKEND: "agg",
    MLFLOW_TRACKING_URI: `${agent.controlUrl}/w/${claim.workspace}`,
    MLFLOW_TRACKING_TOKEN: claim.token,
    MLFLOW_RUN_ID: payload.runId,
    MLFLOW_EXPERIMENT_NAME: payload.experiment,
    MLFLOW_DISABLE_TELEMETRY: "true",
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT: "true",
    TRAINYARD_URL: agent.controlUrl,
    TRAINYARD_WORKSPACE: claim.workspace,
    TRAINYARD_TOKEN: claim.token,
    ...payload.environmentVariables,
    [markerName]: markerValue,
  };
}

async function storeOutputs({ claim, client }: Work, payload: StepPayload, folder: string) {
  const stored: Record<string, { digest: string; files: number; size: number }> = {};
  for (const [name, type] of Object.entries(payload.outputs)) {
    const place = join(folder, "outputs", name);
    await refuseLinks(place);
    if (fileTypes.has(type) && (await readdir(place)).length === 0) {
      throw new StepFailed(`The command ended well but wrote no file to its output "${name}".`);
    }
    if (fileTypes.has(type)) await nameByContent(place, name);
    stored[name] = await uploadTree(client, claim.workspace, await hashFolder(place, { useIgnore: false }));
  }
  return stored;
}

/** An output that the command replaced by a link would store whatever the link leads to. */
async function refuseLinks(place: string): Promise<void> {
  const found = await lstat(place).catch(() => undefined);
  if (!found?.isDirectory()) throw new StepFailed(`The command removed the folder of its output: ${place}.`);
}

/**
 * A `uri_file` output is written under a name without an ending, as in Azure ML. What it is decides the ending that it
 * is stored under, so that whoever reads it next, a person or pandas, need not guess.
 */
async function nameByContent(place: string, name: string): Promise<void> {
  const path = join(place, name);
  // Anything else is refused when it is stored.
  if (!(await lstat(path).catch(() => undefined))?.isFile()) return;
  const file = await open(path, "r").catch(() => undefined);
  if (!file) return;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    const ending = endingOf(buffer.subarray(0, bytesRead));
    if (ending) await rename(path, `${path}${ending}`);
  } finally {
    await file.close();
  }
}

function endingOf(head: Buffer): string | undefined {
  if (head.subarray(0, 4).toString("latin1") === "PAR1") return ".parquet";
  if (head.includes(0)) return undefined;
  const line = head.toString("utf8").split("\n")[0]!;
  if (/^\s*\{.*\}\s*$/.test(line)) return ".jsonl";
  if (line.includes("\t")) return ".tsv";
  return line.includes(",") ? ".csv" : undefined;
}
