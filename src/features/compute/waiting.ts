import type { Limit } from "../../contract/compute.ts";
import { fits, type Resources } from "../../engine/index.ts";

type Load = Resources & { steps: number };

/** A queued task, and everything that it may be waiting for. */
export interface Waiting {
  now: number;
  compute: string;
  resources: Resources;
  availableAt: number;
  position: number;
  workspace: { name: string; limit: Limit; load: Load };
  limit: Limit;
  /** What runs on the compute. */
  load: Load;
  /** Agents that serve the compute, and what runs on all of their computes. */
  agents: { slots: number; total: Resources }[];
  /** There are agents for the compute, but none that can run containers. */
  lackEngine: boolean;
  agentsLoad: Load;
}

const units = { steps: "steps", cpus: "cpus", memoryMb: "MB of memory", gpus: "gpus" } as const;
const amount = (value: number): string => String(Math.round(value * 100) / 100);

/** Why a task is still queued, in words: `2 of 2 cpus in use; position 14`. */
export function whyQueued(waiting: Waiting): string {
  const { agents, resources, compute, workspace } = waiting;
  if (waiting.availableAt > waiting.now) {
    return `waits ${Math.ceil((waiting.availableAt - waiting.now) / 1000)} s before it is tried again`;
  }
  if (waiting.lackEngine) return `no agent of the compute ${compute} has podman or docker that works`;
  if (agents.length === 0) return `no agent serves the compute ${compute}`;
  if (!agents.some(({ total }) => fits(resources, total))) {
    const most = largest(agents.map(({ total }) => total));
    const [key, has] = lacking(resources, most) ?? (["cpus", most.cpus] as const);
    return `asks for ${amount(resources[key])} ${units[key]}; no agent of the compute ${compute} has more than ${amount(has)}`;
  }
  const line = `; position ${waiting.position}`;
  const quota = reached(workspace.limit, workspace.load, resources);
  if (quota) return `the workspace's quota is used up: ${quota}${line}`;
  const limited = reached(waiting.limit, waiting.load, resources);
  if (limited) return `the compute ${compute} is full: ${limited}${line}`;
  const total = agents.reduce((sum, agent) => add(sum, agent.total), { cpus: 0, memoryMb: 0, gpus: 0 });
  const slots = agents.reduce((sum, agent) => sum + agent.slots, 0);
  const full = reached({ ...total, steps: null }, waiting.agentsLoad, resources);
  if (full) return `${full}${line}`;
  if (waiting.agentsLoad.steps >= slots) return `${waiting.agentsLoad.steps} of ${slots} slots in use${line}`;
  return `about to start${line}`;
}

/** `2 of 2 cpus in use`, of the first limit that leaves no room; undefined when there is room. */
function reached(limit: Limit, load: Load, asked: Resources): string | undefined {
  const wanted = { ...asked, steps: 1 };
  for (const key of ["steps", "cpus", "memoryMb", "gpus"] as const) {
    const most = limit[key];
    if (most === null || wanted[key] === 0 || load[key] + wanted[key] <= most + 0.01) continue;
    return `${amount(load[key])} of ${amount(most)} ${units[key]} in use`;
  }
  return undefined;
}

const add = (a: Resources, b: Resources): Resources => ({
  cpus: a.cpus + b.cpus,
  memoryMb: a.memoryMb + b.memoryMb,
  gpus: a.gpus + b.gpus,
});

const largest = (all: Resources[]): Resources => ({
  cpus: Math.max(...all.map(({ cpus }) => cpus)),
  memoryMb: Math.max(...all.map(({ memoryMb }) => memoryMb)),
  gpus: Math.max(...all.map(({ gpus }) => gpus)),
});

const lacking = (asked: Resources, most: Resources): [keyof Resources, number] | undefined =>
  (["cpus", "memoryMb", "gpus"] as const).flatMap((key): [keyof Resources, number][] =>
    asked[key] > most[key] ? [[key, most[key]]] : [],
  )[0];

/** The tasks of one execution that are queued, and how many of it run. */
export interface Line {
  execution: string;
  /** The job that it is part of. */
  root: string;
  workspace: string;
  priority: number;
  queued: number;
  running: number;
}

/**
 * Which place a task has in the line, the first being 1: `index` tasks of its own execution are before it. It follows
 * the turns that claims take, as if all tasks were alike.
 */
export function positionOf(
  lines: Line[],
  mine: { execution: string; index: number },
  weightOf: (workspace: string) => number,
): number {
  const own = lines.find(({ execution }) => execution === mine.execution);
  if (!own) return 1;
  const here = lines.filter(({ workspace }) => workspace === own.workspace);
  const siblings = here.filter((line) => line.root === own.root && line !== own);
  const inJob = siblings.reduce((sum, line) => sum + inTurn(line, own, mine.index), mine.index);
  const jobs = jobsOf(here);
  const job = jobs.find(({ execution }) => execution === own.root)!;
  const others = jobs.filter((line) => line !== job);
  const before = others.reduce((sum, line) => sum + inTurn(line, job, inJob), inJob);
  const runningOf = (workspace: string) => sumOf(lines, workspace, ({ running }) => running);
  const turn = (runningOf(own.workspace) + before + 1) / weightOf(own.workspace);
  const workspaces = new Set(lines.map(({ workspace }) => workspace).filter((name) => name !== own.workspace));
  let ahead = before;
  for (const workspace of workspaces) {
    const starts = Math.ceil(turn * weightOf(workspace)) - 1 - runningOf(workspace);
    ahead += Math.min(
      Math.max(starts, 0),
      sumOf(lines, workspace, ({ queued }) => queued),
    );
  }
  return ahead + 1;
}

/** The executions of each job as one: jobs take turns, and the executions of a job among themselves. */
const jobsOf = (lines: Line[]): Line[] =>
  [...Map.groupBy(lines, ({ root }) => root)].map(([root, own]) => ({
    ...own[0]!,
    execution: root,
    queued: own.reduce((sum, { queued }) => sum + queued, 0),
    running: own.reduce((sum, { running }) => sum + running, 0),
  }));

/** How many tasks of another line of the workspace start before the one at `index`. */
function inTurn(line: Line, own: Line, index: number): number {
  if (line.priority > own.priority) return line.queued;
  if (line.priority < own.priority) return 0;
  const older = line.execution < own.execution ? 1 : 0;
  return Math.min(Math.max(own.running + index + older - line.running, 0), line.queued);
}

const sumOf = (lines: Line[], workspace: string, of: (line: Line) => number): number =>
  lines.reduce((sum, line) => (line.workspace === workspace ? sum + of(line) : sum), 0);
