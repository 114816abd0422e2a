import { fits, listLoads, listQueued, type Task } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { isFor, limitOf, serves } from "./limits.ts";
import { livingSince, sumLoads } from "./load.ts";
import * as store from "./store.ts";
import { type Line, positionOf, whyQueued } from "./waiting.ts";

/** Is there an agent that could take the task, if not now? */
export async function canStart(
  ctx: Ctx,
  { compute, resources }: Pick<Task, "compute" | "resources">,
): Promise<boolean> {
  const row = await store.findCompute(ctx.db, compute);
  const capacities = row ? await store.listCapacities(ctx.db, livingSince(ctx)) : [];
  return capacities.some((agent) => serves(agent, row!) && fits(resources, agent.total));
}

type Queued = Pick<Task, "name" | "kind" | "state" | "compute" | "resources" | "availableAt">;
type Why = (execution: { id: string; workspace: string }, tasks: Queued[]) => Map<string, string>;

const isQueued = ({ state, kind }: Queued): boolean => state === "queued" && !kind.startsWith("system.");

/** Of each queued task of an execution, why it does not run yet. */
export async function whyTasksWait(
  ctx: Ctx,
  execution: { id: string; workspace: string },
  tasks: Queued[],
): Promise<Map<string, string>> {
  return tasks.some(isQueued) ? (await lookAtLine(ctx))(execution, tasks) : new Map();
}

/** The line as it is now: of any execution, why its queued tasks do not run yet. */
export async function lookAtLine(ctx: Ctx): Promise<Why> {
  const now = ctx.clock.now();
  const [loads, waiting, computes, quotas, capacities] = await Promise.all([
    listLoads(ctx),
    listQueued(ctx),
    store.listComputes(ctx.db),
    store.listQuotas(ctx.db),
    store.listCapacities(ctx.db, livingSince(ctx)),
  ]);
  const running = (id: string) => sumLoads(loads.filter((load) => load.execution === id)).steps;
  const lines: Line[] = waiting.map((line) => ({ ...line, running: running(line.execution) }));
  const weights = new Map(quotas.map((quota) => [quota.workspace, quota.weight]));
  return (execution, tasks) => {
    const quota = quotas.find(({ workspace }) => workspace === execution.workspace);
    const workspaceLoad = sumLoads(loads.filter((load) => load.workspace === execution.workspace));
    return new Map(
      tasks.filter(isQueued).map((task, index) => {
        const compute = computes.find(({ name }) => name === task.compute);
        const agents = capacities.filter((agent) => compute && serves(agent, compute));
        const served = new Set(
          computes.filter((other) => agents.some((agent) => serves(agent, other))).map(({ name }) => name),
        );
        const why = whyQueued({
          ...{ now, compute: task.compute, resources: task.resources, availableAt: task.availableAt, agents },
          lackEngine: agents.length === 0 && capacities.some((agent) => compute && isFor(agent, compute)),
          position: positionOf(lines, { execution: execution.id, index }, (name) => weights.get(name) ?? 1),
          workspace: { name: execution.workspace, limit: limitOf(quota), load: workspaceLoad },
          limit: limitOf(compute),
          load: sumLoads(loads.filter((load) => load.compute === task.compute)),
          agentsLoad: sumLoads(loads.filter((load) => served.has(load.compute))),
        });
        return [task.name, why];
      }),
    );
  };
}
