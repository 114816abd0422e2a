import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { createMachineReader, gpuValues } from "./machine.ts";

it("reads the machine under MLflow's names", async () => {
  const read = createMachineReader({ folder: tmpdir(), gpus: 0 });
  for (let end = Date.now() + 200; Date.now() < end; );
  const values = await read();
  expect(Object.keys(values)).toEqual([
    "cpu_utilization_percentage",
    ...["system_memory_usage_megabytes", "system_memory_usage_percentage"],
    ...["disk_usage_percentage", "disk_usage_megabytes", "disk_available_megabytes"],
    ...["network_receive_megabytes", "network_transmit_megabytes"],
  ]);
  expect(values.cpu_utilization_percentage).toBeGreaterThan(0);
  expect(values.cpu_utilization_percentage).toBeLessThanOrEqual(100);
  expect(values.system_memory_usage_percentage).toBeLessThan(100);
});

it("reads what nvidia-smi prints, and leaves out what a card does not tell", () => {
  expect(gpuValues("0, 35, 1024, 4096, 70.25\n1, [N/A], 0, 4096, [Not Supported]\n")).toEqual({
    gpu_0_utilization_percentage: 35,
    gpu_0_memory_usage_megabytes: 1024,
    gpu_0_memory_usage_percentage: 25,
    gpu_0_power_usage_watts: 70.25,
    gpu_1_memory_usage_megabytes: 0,
    gpu_1_memory_usage_percentage: 0,
  });
});
