import type { StepPayload } from "../../contract/agent.ts";

/**
 * How a step is told which devices it has, and which it has not: without it, CUDA takes all that there are. In a
 * container there are no others, and they are counted from 0.
 */
export function gpuVariables(
  devices: readonly string[],
  { isContainer }: { isContainer: boolean },
): Record<string, string> {
  const visible = isContainer ? devices.map((_, index) => String(index)) : devices;
  return {
    CUDA_DEVICE_ORDER: "PCI_BUS_ID",
    CUDA_VISIBLE_DEVICES: visible.join(","),
    // Images with CUDA say `all` here, and a runtime of containers that reads it would give them all.
    NVIDIA_VISIBLE_DEVICES: devices.join(",") || "void",
  };
}

/** What a job says of the same variables does not count: it cannot know which devices are free. */
export function overruled(
  { environmentVariables, secrets }: Pick<StepPayload, "environmentVariables" | "secrets">,
  given: Record<string, string>,
): string[] {
  const said = Object.keys({ ...environmentVariables, ...secrets }).filter((name) => Object.hasOwn(given, name));
  return said.map(
    (name) =>
      `The job sets ${name}; here it is "${given[name]}": the agent says which GPUs a step has. It asks for them with resources.gpus.`,
  );
}

/** How a container gets them: by names of the Container Device Interface, or as Docker has it, in quotes for its commas. */
export function gpuArguments(engine: "podman" | "docker", devices: readonly string[]): string[] {
  if (devices.length === 0) return [];
  if (engine === "docker") return ["--gpus", `"device=${devices.join(",")}"`];
  return devices.flatMap((device) => ["--device", `nvidia.com/gpu=${device}`]);
}
