import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { definition, params, step } from "../../features/job/job.fixture.ts";
import { type AgentBench, startAgentBench } from "../agent.fixture.ts";

let bench: AgentBench;
let shared: string;
beforeAll(async () => {
  shared = await mkdtemp(join(tmpdir(), "trainyard-gpu-"));
  bench = await startAgentBench({ database: "sqlite", slots: 3, gpus: ["3", "7"] });
});
afterAll(async () => {
  await bench.stop();
  await rm(shared, { recursive: true });
});

const show = 'echo "gpus: $CUDA_VISIBLE_DEVICES of $NVIDIA_VISIBLE_DEVICES in $CUDA_DEVICE_ORDER"';
const shown = async (job: { id: string }, name = "one") =>
  (await bench.logOf(job, name)).find((line) => line.startsWith("stdout: gpus: "))?.slice("stdout: gpus: ".length);

it("has others than a step that runs beside it; one that asks for none has none", async () => {
  // Both are there at the same time: each waits for the other.
  const meet = (name: string, other: string) =>
    `touch ${shared}/${name}; for i in $(seq 300); do [ -e ${shared}/${other} ] && break; sleep 0.05; done; ${show}`;
  const gpu = { deterministic: false, resources: { gpus: 1 } };
  const steps = {
    left: step(meet("left", "right"), gpu),
    right: step(meet("right", "left"), gpu),
    none: step(show, { deterministic: false }),
  };
  const { id } = await bench.jobs.submit(definition(steps));
  expect(await bench.jobs.ended(id)).toMatchObject({ state: "succeeded" });
  const given = [await shown({ id }, "left"), await shown({ id }, "right")];
  expect(given.toSorted()).toEqual(["3 of 3 in PCI_BUS_ID", "7 of 7 in PCI_BUS_ID"]);
  expect(await shown({ id }, "none")).toBe(" of void in PCI_BUS_ID");
});

it("gives them back however it ends", async () => {
  const both = { resources: { gpus: 2 } };
  expect(await bench.run(`${show}; exit 3`, both)).toMatchObject({ state: "failed" });
  expect(await bench.run("sleep 60", { ...both, timeoutSeconds: 0.5 })).toMatchObject({ state: "failed" });
  const { id } = await bench.jobs.submit(definition({ one: step("echo here; sleep 60", both) }));
  await bench.jobs.until(id, (job) => job.steps[0]!.state === "running");
  await bench.client.job.cancel({ params: { ...params, id }, body: {} });
  await bench.jobs.ended(id);
  const last = await bench.run(show, both);
  expect(await shown(last)).toBe("3,7 of 3,7 in PCI_BUS_ID");
  expect(await bench.logOf(last)).toContain("system: GPUs of this step: 3, 7");
});

it("does not take others than it is given, and is told so", async () => {
  const job = await bench.run(show, { environmentVariables: { CUDA_VISIBLE_DEVICES: "0" } });
  expect(await shown(job)).toBe(" of void in PCI_BUS_ID");
  expect((await bench.logOf(job)).join()).toContain('The job sets CUDA_VISIBLE_DEVICES; here it is ""');
});
