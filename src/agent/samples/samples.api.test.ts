import { afterAll, beforeAll, expect, it } from "vitest";
import { type AgentBench, startAgentBench } from "../agent.fixture.ts";

let bench: AgentBench;
beforeAll(async () => {
  bench = await startAgentBench({ database: "sqlite" });
});
afterAll(async () => {
  expect(await bench.stop(), "processes left over").toBe(0);
});

it("logs what a step uses to its run, once it lasts for a second", async () => {
  const job = await bench.run(
    "for i in 1 2; do (end=$((SECONDS+3)); while [ $SECONDS -lt $end ]; do :; done) & done; wait",
  );
  expect(job.state).toBe("succeeded");
  const run = await bench.client.run.get({ params: { workspace: "default", id: job.steps[0]!.runId! } });
  const latest = new Map(Object.entries(run.metrics));
  expect([...latest.keys()]).toEqual(
    expect.arrayContaining(["system/cpu_utilization_percentage", "system/system_memory_usage_megabytes"]),
  );
  expect(latest.get("system/step_cpu_seconds")).toBeGreaterThan(0.1);
  expect(latest.get("system/step_memory_peak_megabytes")).toBeGreaterThan(0.5);
  const short = await bench.run("true");
  const nothing = await bench.client.run.get({ params: { workspace: "default", id: short.steps[0]!.runId! } });
  expect(nothing.metrics).toEqual({});
});
