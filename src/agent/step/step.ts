import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { StepPayload } from "../../contract/agent.ts";
import type { CommandValues } from "../../contract/command.ts";
import type { BlobCache, Linked } from "../../platform/transfer/cache.ts";
import { downloadTree } from "../../platform/transfer/download.ts";
import type { Agent, Work } from "../agent.ts";
import { makingFor } from "../environment/task.ts";
import { StepFailed } from "../failure.ts";
import { gpuVariables, overruled } from "../gpu/given.ts";
import { sourceOf } from "../remote.ts";
import { sampleStep } from "../samples/samples.ts";
import { filesOf, keepArtifacts } from "./artifacts.ts";
import { commandOf } from "./command.ts";
import { awaitDebugger } from "./debug.ts";
import { failureOf } from "./ending.ts";
import { makeKeptFolders, makeStepFolders } from "./folders.ts";
import { standInFor } from "./image.ts";
import { layOutInput, releaseInputs } from "./inputs.ts";
import { isFileType, storeOutputs } from "./outputs.ts";
import { checkStart, stepEnvironment } from "./variables.ts";

/** Runs one step: code and inputs laid out, the command run, outputs stored. */
export async function runStepTask(agent: Agent, work: Work, folder: string): Promise<unknown> {
  const payload = work.claim.payload as StepPayload;
  const cache = agent.caches(work.claim.workspace);
  const links: Linked[] = [];
  try {
    makeStepFolders(folder);
    const { code, ...given } = await layOut(work, payload, { folder, cache, links });
    const before = new Set(payload.code ? await filesOf(code) : []);
    const outputs = await makeOutputFolders(payload, folder);
    const place = { folder, code, values: { ...given, outputs } };
    const failure = await withGpus(agent, work, (gpus) => runCommand(agent, work, payload, { ...place, gpus }));
    work.signal.throwIfAborted();
    const kept = keepArtifacts(agent, work, payload, { folder, code, before });
    if (failure) {
      await kept.catch((error) => work.log.system(`What the command left is not kept with the run: ${error.message}`));
      throw failure;
    }
    await kept;
  } finally {
    await releaseInputs(work, cache, links, folder);
  }
  return { outputs: await storeOutputs(work, payload, folder) };
}

/** Paths and values, by name. */
type Values = Record<string, string | undefined>;

async function layOut(
  work: Work,
  payload: StepPayload,
  { folder, cache, links }: { folder: string; cache: BlobCache; links: Linked[] },
): Promise<{ code: string; inputs: Values; given: Set<string> }> {
  const code = join(folder, "code");
  if (payload.code) await downloadTree(sourceOf(work), payload.code, { folder: code, cache, writable: true });
  makeKeptFolders(code);
  const inputs: Values = {};
  const given = new Set<string>();
  for (const [name, input] of Object.entries(payload.inputs)) {
    // Names of files are not the author's either.
    if (input && (input.kind === "files" || input.given)) given.add(name);
    const place = { folder: join(folder, "inputs", name), cache, links };
    inputs[name] = input ? await layOutInput(work, input, place) : undefined;
  }
  return { code, inputs, given };
}

async function makeOutputFolders(payload: StepPayload, folder: string): Promise<Record<string, string>> {
  const outputs: Record<string, string> = {};
  for (const [name, type] of Object.entries(payload.outputs)) {
    const place = join(folder, "outputs", name);
    await mkdir(place, { recursive: true });
    outputs[name] = isFileType(type) ? join(place, name) : place;
  }
  return outputs;
}

/** Runs something with GPUs that are the step's own until it has ended, in whatever way. */
async function withGpus<T>(
  { gpus }: Agent,
  { claim, log, signal }: Work,
  run: (devices: string[]) => Promise<T>,
): Promise<T> {
  const held = await gpus.take(claim.resources.gpus, signal);
  try {
    if (held.devices.length > 0) log.system(`GPUs of this step: ${held.devices.join(", ")}`);
    return await run(held.devices);
  } finally {
    held.release();
  }
}

/** Runs the command where it is to run; gives why it failed, if it did. */
async function runCommand(
  agent: Agent,
  work: Work,
  payload: StepPayload,
  place: { folder: string; code: string; values: CommandValues; gpus: string[] },
): Promise<StepFailed | undefined> {
  const { claim, log, signal } = work;
  const { folder, code, values, gpus } = place;
  const environment = payload.environment
    ? await agent.environments.ensure(payload.environment, makingFor(agent, work))
    : null;
  if (payload.image && claim.compute.kind === "container") {
    const progress = { signal, onLine: (line: string) => log.line("stderr", line) };
    await agent.images.ensure({ image: payload.image, source: payload.imageSource }, progress);
  }
  const temporary = join(folder, "tmp");
  const home = join(folder, "home");
  if (payload.image && claim.compute.kind === "local") log.system(standInFor(payload.image));
  for (const note of payload.notes) log.system(note);
  const given = agent.gpus.devices ? gpuVariables(gpus, { isContainer: claim.compute.kind === "container" }) : {};
  for (const note of overruled(payload, given)) log.system(note);
  const variables = { ...stepEnvironment(agent, work, payload, { temporary, home, environment, values }), ...given };
  if (payload.debug) variables.PATH = await withDebugger(agent, work, payload.debug.port, folder, variables.PATH!);
  const filledIn = await commandOf(payload, values, { folder, onNote: log.system });
  const started = { ...variables, ...filledIn.variables };
  checkStart(filledIn.command, started);
  let stopSamples = () => {};
  try {
    const ending = await agent.computes[claim.compute.kind].run({
      id: `${agent.home}/${claim.execution}/${claim.task}/${claim.epoch}`,
      command: filledIn.command,
      environment: started,
      folder,
      code,
      readOnly: [join(folder, "inputs")],
      image: payload.image,
      network: payload.network,
      container: payload.container,
      cpuLimit: payload.cpuLimit,
      resources: claim.resources,
      gpus,
      signal,
      onLine: log.line,
      onNote: log.system,
      onStart(pids) {
        stopSamples = sampleStep(agent, work, payload, pids);
      },
    });
    return await failureOf(ending, folder);
  } finally {
    stopSamples();
  }
}

async function withDebugger(
  { environments }: Agent,
  { claim, log, signal }: Work,
  port: number,
  folder: string,
  path: string,
): Promise<string> {
  const { command, image } = claim.payload as StepPayload;
  if (image) {
    throw new StepFailed(`No debugger can attach to a step in a container (${image}).`, { retryable: false });
  }
  const note = log.system;
  const place = await awaitDebugger({ port, folder, command, path, environments, signal, note });
  return `${place}:${path}`;
}
