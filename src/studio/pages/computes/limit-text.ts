import type { Limit } from "../../../contract/compute.ts";
import { plural } from "../../parts/number.ts";

type Amounts = { [Key in keyof Limit]?: Limit[Key] };

/** `4 steps, 8 CPUs`; nothing when there is no limit. */
export const limitText = ({ steps = null, cpus = null, memoryMb = null, gpus = null }: Amounts): string =>
  [
    steps !== null && plural(steps, "step"),
    cpus !== null && plural(cpus, "CPU"),
    memoryMb !== null && `${memoryMb} MB`,
    gpus !== null && plural(gpus, "GPU"),
  ]
    .filter(Boolean)
    .join(", ");
