import { mkdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ClaimedTask } from "../contract/agent.ts";
import { createClient } from "../contract/client.ts";
import { Problem } from "../contract/errors.ts";
import { sleep } from "../platform/clock.ts";
import { sha256 } from "../platform/digest.ts";
import { removeFolder } from "../platform/remove.ts";
import { removeIncoming } from "../platform/transfer/cache.ts";
import type { Agent } from "./agent.ts";
import { runEnvironmentTask } from "./environment/task.ts";
import { Cancelled, LeaseLost, NetworkFailed, StepFailed, TimedOut } from "./failure.ts";
import { createTaskLog, type TaskLog } from "./log/task-log.ts";
import { maskOf } from "./mask.ts";
import { askPatiently } from "./patience.ts";
import { stepFolders } from "./step/folders.ts";
import { runStepTask } from "./step/step.ts";
import { linkTools } from "./tools.ts";

const kinds = { step: runStepTask, environment: runEnvironmentTask };

/** Claims tasks while there are free slots and runs them, until told to stop. */
export async function runAgent(agent: Agent): Promise<void> {
  await prepareHome(agent);
  const running = new Map<ClaimedTask, AbortController>();
  void beat(agent, running);
  let slotFree: () => void = () => {};
  const start = (claim: ClaimedTask) => {
    const controller = new AbortController();
    running.set(claim, controller);
    void runTask(agent, claim, { controller, goOn: start }).finally(() => {
      running.delete(claim);
      slotFree();
    });
  };
  while (!agent.signal.aborted) {
    const max = agent.slots - running.size;
    if (max <= 0) {
      await new Promise<void>((resolve) => {
        slotFree = resolve;
      });
      continue;
    }
    try {
      const { tasks } = await agent.client.agent.claim(
        { body: wish(agent, max) },
        { signal: AbortSignal.any([agent.signal, AbortSignal.timeout(30_000)]) },
      );
      for (const claim of tasks) start(claim);
    } catch (error) {
      if (!agent.signal.aborted) agent.log.warn("no task could be claimed", { error: String(error) });
      await sleep(500, agent.signal);
    }
  }
}

/** Takes away what an agent that was killed left, and makes what steps need. */
async function prepareHome({ home, log }: Agent): Promise<void> {
  const work = join(home, "work");
  // What cannot be removed is in nobody's way: each attempt has a folder of its own.
  await removeFolder(work).catch((error) => log.warn("a folder could not be removed", { folder: work, error }));
  await mkdir(work, { recursive: true, mode: 0o700 });
  await removeIncoming(join(home, "cache"));
  await linkTools(home);
}

const introduce = ({ id, slots, total, serves, containerEngine }: Agent) => ({
  agent: id,
  capacity: { slots, total, computes: serves, containerEngine },
});

const wish = (agent: Agent, max: number) => ({ ...introduce(agent), kinds: Object.keys(kinds), max });

async function beat(agent: Agent, running: Map<ClaimedTask, AbortController>): Promise<void> {
  while (!agent.signal.aborted) {
    await sleep(3000, agent.signal);
    const claims = [...running.keys()];
    if (claims.length === 0) continue;
    try {
      const leases = claims.map(leaseOf);
      const { lost, cancel } = await agent.client.agent.heartbeat({ body: { ...introduce(agent), leases } });
      for (const claim of claims) {
        const same = (lease: { execution: string; task: string; epoch: number }) =>
          lease.execution === claim.execution && lease.task === claim.task && lease.epoch === claim.epoch;
        if (lost.some(same)) running.get(claim)?.abort(new LeaseLost());
        else if (cancel.some(same)) running.get(claim)?.abort(new Cancelled());
      }
    } catch (error) {
      agent.log.warn("the server did not take the heartbeat; tasks go on", { error: String(error) });
    }
  }
}

/** A timer that is set to more rings at once. What runs for longer than these 24 days, the server ends. */
const longestTimerMs = 2 ** 31 - 1;

const leaseOf = ({ execution, task, epoch }: ClaimedTask) => ({ execution, task, epoch });

interface Slot {
  controller: AbortController;
  /** What the slot does next, when the server said it together with taking the result. */
  goOn(claim: ClaimedTask): void;
}

async function runTask(agent: Agent, claim: ClaimedTask, { controller, goOn }: Slot): Promise<void> {
  const timer = setTimeout(
    () => controller.abort(new TimedOut(`The step did not end within its ${claim.timeoutSeconds} seconds.`)),
    Math.min(claim.timeoutSeconds * 1000, longestTimerMs),
  );
  const signal = AbortSignal.any([controller.signal, agent.signal]);
  const log = createTaskLog(agent, claim);
  const client = createClient({ baseUrl: agent.controlUrl, token: claim.token });
  const folder = join(agent.home, "work", folderName(claim));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const run = kinds[claim.kind as keyof typeof kinds];
    const result = await run(agent, { claim, client, log, signal }, folder);
    await log.close();
    const next = agent.signal.aborted ? undefined : wish(agent, 1);
    const said = await report(agent, () => agent.client.agent.complete({ body: { ...leaseOf(claim), result, next } }));
    for (const task of said?.tasks ?? []) goOn(task);
  } catch (thrown) {
    await tell(agent, claim, signal.aborted ? signal.reason : thrown, log);
  } finally {
    clearTimeout(timer);
    log.abandon();
    await removeFolder(folder, { bare: stepFolders }).catch((error) =>
      agent.log.warn("a folder could not be removed", { folder, error }),
    );
  }
}

/** The name of a task may be as long as that of a file, or longer. */
const folderName = ({ execution, task, epoch }: ClaimedTask): string =>
  sha256(`${execution} ${epoch} ${task}`).slice(0, 32);

const longestMessage = 10_000;

function messageOf(error: unknown): string {
  const { code, message = String(error) } = error as { code?: string; message?: string };
  if (error instanceof Problem && error.hint) return `${message} ${error.hint}`;
  if (code === "ENOSPC" || code === "EDQUOT") return `The disk of the agent is full (${message}). Free some space.`;
  return message;
}

async function tell(agent: Agent, claim: ClaimedTask, error: unknown, log: TaskLog): Promise<void> {
  if (error instanceof LeaseLost || agent.signal.aborted) return;
  const isUsers =
    error instanceof StepFailed ||
    error instanceof TimedOut ||
    error instanceof Cancelled ||
    (error instanceof Problem &&
      ["invalid", "unprocessable", "conflict", "not_found", "forbidden"].includes(error.code));
  const said = maskOf(claim)(messageOf(error));
  // The end is what matters of what a tool has printed; NUL is what no database holds.
  const message = said.replaceAll("\0", "").slice(-longestMessage);
  if (!isUsers) agent.log.warn("a task failed by the machine's fault", { task: claim.task, error });
  log.system(message);
  await log.close().catch(() => {});
  const retryable = !(error instanceof StepFailed) || error.retryable;
  const fault = isUsers ? "user" : error instanceof NetworkFailed ? "network" : "system";
  const body = { ...leaseOf(claim), message, fault, retryable } as const;
  await report(agent, () => agent.client.agent.fail({ body })).catch((again) =>
    agent.log.error("a failed task could not be reported; its lease will end", { error: again }),
  );
}

/** A server that has given the task away does not want to hear of it. */
const report = <T>(agent: Agent, say: () => Promise<T>): Promise<T | undefined> =>
  askPatiently(say, agent.signal).catch((error) => {
    if (error instanceof Problem && error.code === "stale") return undefined;
    throw error;
  });
