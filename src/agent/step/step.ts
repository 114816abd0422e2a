import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { StepPayload } from "../../contract/agent.ts";
import { downloadTree } from "../../platform/transfer/download.ts";
import type { Agent, Work } from "../agent.ts";
import { StepFailed } from "../failure.ts";
import { keepArtifacts, makeArtifactFolders } from "./artifacts.ts";
import { commandOf } from "./command.ts";
import { awaitDebugger } from "./debug.ts";
import { failureOf } from "./ending.ts";
import { standInFor } from "./image.ts";
import { layOutInput } from "./inputs.ts";
import { isFileType, storeOutputs } from "./outputs.ts";
import { stepEnvironment } from "./variables.ts";

/** Runs one step: code and inputs laid out, the command run, outputs stored. */
export async function runStepTask(agent: Agent, work: Work, folder: string): Promise<unknown> {
  const { claim, client, log, signal } = work;
  const payload = claim.payload as StepPayload;
  const { workspace } = claim;
  const cache = { folder: join(agent.home, "cache", workspace) };
  const code = join(folder, "code");
  await mkdir(code, { recursive: true });
  if (payload.code) await downloadTree(client, workspace, payload.code, { folder: code, cache, writable: true });

  const before = await makeArtifactFolders(code);
  const inputs: Record<string, string | undefined> = {};
  for (const [name, input] of Object.entries(payload.inputs)) {
    inputs[name] = input ? await layOutInput(work, input, join(folder, "inputs", name), cache) : undefined;
  }
  const outputs: Record<string, string> = {};
  for (const [name, type] of Object.entries(payload.outputs)) {
    const place = join(folder, "outputs", name);
    await mkdir(place, { recursive: true });
    outputs[name] = isFileType(type) ? join(place, name) : place;
  }
  const environment = payload.environment
    ? await agent.environments.ensure(payload.environment, { signal, onLine: (line) => log.line("stderr", line) })
    : null;
  const temporary = join(folder, "tmp");
  const own = join(folder, "home");
  await Promise.all([mkdir(temporary), mkdir(own)]);
  if (payload.image && claim.compute.kind === "local") log.system(standInFor(payload.image));
  for (const note of payload.notes) log.system(note);
  const variables = stepEnvironment(agent, work, payload, { temporary, home: own, environment });
  if (payload.debug) variables.PATH = await withDebugger(agent, work, payload.debug.port, folder, variables.PATH!);
  const ending = await agent.computes[claim.compute.kind].run({
    id: `${agent.home}/${claim.execution}/${claim.task}/${claim.epoch}`,
    command: await commandOf(payload, { inputs, outputs }, { folder, onNote: log.system }),
    ...{ folder, code, readOnly: [join(folder, "inputs")] },
    environment: variables,
    ...{ image: payload.image, network: payload.network, cpuLimit: payload.cpuLimit, resources: claim.resources },
    ...{ signal, onLine: log.line, onNote: log.system },
  });
  signal.throwIfAborted();
  await keepArtifacts(agent, work, payload, { folder, code, before });
  const failure = await failureOf(ending, folder);
  if (failure) throw failure;
  return { outputs: await storeOutputs(work, payload, folder) };
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
  const place = await awaitDebugger({ ...{ port, folder, command, path, environments, signal }, note: log.system });
  return `${place}:${path}`;
}
