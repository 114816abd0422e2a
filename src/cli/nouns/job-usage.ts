import type { Client } from "../../contract/client.ts";
import type { StepView } from "../../contract/job.ts";

/** Of so many steps the samples are asked for; a job of thousands has its page in Studio. */
const mostSteps = 30;

/** What steps used, by name: `12.3 s cpu, 512 MB`. Steps of less than a second have no samples. */
export async function usageOf(
  client: Client,
  params: { workspace: string },
  steps: StepView[],
): Promise<Map<string, string>> {
  const used = new Map<string, string>();
  const ran = steps.filter(({ runId, startedAt }) => runId !== null && startedAt !== null).slice(0, mostSteps);
  await Promise.all(
    ran.map(async ({ name, runId }) => {
      const { metrics } = await client.run.get({ params: { ...params, id: runId! } });
      const cpu = Number(metrics["system/step_cpu_seconds"]);
      const peak = Number(metrics["system/step_memory_peak_megabytes"]);
      if (Number.isFinite(cpu)) used.set(name, `${cpu.toFixed(1)} s cpu, ${Math.round(peak)} MB`);
    }),
  );
  return used;
}
