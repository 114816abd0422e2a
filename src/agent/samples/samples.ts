import type { StepPayload } from "../../contract/agent.ts";
import { readUsage } from "../../platform/process/usage.ts";
import type { Agent, Work } from "../agent.ts";
import { createMachineReader } from "./machine.ts";

/** Short steps are not looked at: use is counted from half of this time on, when the first sample is taken at its end. */
const firstMs = 1000;
const everyMs = 5000;

/**
 * Logs what a step uses to its run while it runs: of the machine, under the names of MLflow's system metrics, and of
 * its own processes. Gives how to stop.
 */
export function sampleStep(agent: Agent, work: Work, payload: StepPayload, pids: () => Promise<number[]>): () => void {
  const own = createOwnReader(agent);
  let step = 0;
  let timer: NodeJS.Timeout | undefined;
  const after = (ms: number, look: () => void) => {
    timer = setTimeout(look, ms).unref();
  };
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  async function sample(readMachine: ReturnType<typeof createMachineReader>): Promise<void> {
    try {
      const values = { ...(await readMachine()), ...own(await readUsage(await pids())) };
      if (timer === undefined) return;
      await send(agent, work, payload.runId, values, step++);
    } catch (error) {
      agent.log.debug("a sample could not be stored", { task: work.claim.task, error: String(error) });
    }
    if (timer !== undefined) after(everyMs, () => void sample(readMachine));
  }
  after(firstMs / 2, () => {
    const readMachine = createMachineReader({ folder: agent.home, gpus: agent.total.gpus });
    after(firstMs / 2, () => void sample(readMachine));
  });
  return stop;
}

/** The step's own processes. Those that end take their processor time with them: it never counts backwards. */
function createOwnReader({ clock }: Agent) {
  let before = { at: clock.now(), cpuSeconds: 0 };
  let peak = 0;
  return ({ cpuSeconds, memoryMb }: { cpuSeconds: number; memoryMb: number }): Record<string, number> => {
    const now = { at: clock.now(), cpuSeconds: Math.max(cpuSeconds, before.cpuSeconds) };
    const seconds = Math.max((now.at - before.at) / 1000, 0.001);
    const percentage = (100 * (now.cpuSeconds - before.cpuSeconds)) / seconds;
    before = now;
    peak = Math.max(peak, memoryMb);
    return {
      step_cpu_percentage: percentage,
      step_cpu_seconds: now.cpuSeconds,
      step_memory_megabytes: memoryMb,
      step_memory_peak_megabytes: peak,
    };
  };
}

/** As an MLflow client would, with the step's own token. */
async function send(
  agent: Agent,
  { claim, signal }: Work,
  runId: string,
  values: Record<string, number>,
  step: number,
): Promise<void> {
  const timestamp = agent.clock.now();
  const metrics = Object.entries(values).map(([name, value]) => ({
    ...{ key: `system/${name}`, value: Math.round(value * 1000) / 1000, timestamp, step },
  }));
  const response = await fetch(`${agent.controlUrl}/w/${claim.workspace}/api/2.0/mlflow/runs/log-batch`, {
    method: "POST",
    headers: { authorization: `Bearer ${claim.token}`, "content-type": "application/json" },
    body: JSON.stringify({ run_id: runId, metrics }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
  });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
}
