import type { Resources } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";

type Load = Resources & { steps: number };

/** An agent that was silent for longer is not counted. */
const silenceMs = 60_000;
export const livingSince = (ctx: Ctx): number => ctx.clock.now() - silenceMs;

export function sumLoads(loads: Load[]): Load {
  const sum: Load = { steps: 0, cpus: 0, memoryMb: 0, gpus: 0 };
  for (const load of loads) {
    sum.steps += load.steps;
    sum.cpus += load.cpus;
    sum.memoryMb += load.memoryMb;
    sum.gpus += load.gpus;
  }
  return sum;
}
