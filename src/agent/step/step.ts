import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { StepPayload } from "../../contract/agent.ts";
import { renderCommand } from "../../contract/command.ts";
import { runCommand } from "../../platform/process/run.ts";
import { downloadTree } from "../../platform/transfer/download.ts";
import type { Agent, Work } from "../agent.ts";
import { StepFailed } from "../failure.ts";
import { layOutInput } from "./inputs.ts";
import { isFileType, storeOutputs } from "./outputs.ts";
import { stepEnvironment } from "./variables.ts";

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
    outputs[name] = isFileType(type) ? join(place, name) : place;
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
