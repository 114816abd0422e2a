/** What a step takes while it runs. Memory 0: it did not say, and nothing is set aside for it. */
export interface Resources {
  cpus: number;
  memoryMb: number;
  gpus: number;
}

export interface Amount extends Resources {
  steps: number;
}

/** The most that may be taken at once; what is not named is not limited. */
export type Limit = Partial<Amount>;

export interface Limits {
  /** With twice the weight, a workspace gets twice as many running steps when there is not room for all. */
  workspaces: ReadonlyMap<string, Limit & { weight: number }>;
  computes: ReadonlyMap<string, Limit>;
}

/** An execution with something to do. */
export interface Lane {
  execution: string;
  /** The job that it is part of: what a sweep or a loop starts takes its turns together with it. */
  root: string;
  workspace: string;
  priority: number;
}

/** What an execution's running tasks take of one compute. */
export interface Load extends Amount {
  workspace: string;
  execution: string;
  root: string;
  compute: string;
}

export interface Asking extends Resources {
  compute: string;
  /** Since when it could run. */
  queuedAt: number;
}

/** What the one who claims has to give: now, and when nothing runs. */
export interface Room {
  free: Resources;
  total: Resources;
}

export interface Wanted {
  max: number;
  /** Without it, whoever claims takes everything. */
  room?: Room;
  limits?: Limits;
  now: number;
}

/** A task that does not fit beside others and has waited so long is waited for: nothing overtakes it any more. */
export const patienceMs = 30_000;

/**
 * Which tasks are next. Workspaces take turns by how many steps of theirs run already, in a workspace the highest
 * priority comes first, and jobs of the same priority take turns likewise: a job of 1,000 steps or trials delays another
 * job by one step, not by 1,000. So do the trials of one sweep. `heads` gives the first tasks of an execution in their
 * order.
 */
export async function chooseTasks<T extends Asking>(
  lanes: Lane[],
  loads: Load[],
  wanted: Wanted,
  heads: (lane: Lane) => Promise<T[]>,
): Promise<T[]> {
  const use = createUse(lanes, loads, wanted);
  const open = new Map(lanes.map((lane) => [lane, undefined as T[] | undefined]));
  const chosen: T[] = [];
  while (chosen.length < wanted.max && open.size > 0) {
    const lane = [...open.keys()].reduce((first, other) => (use.compare(other, first) < 0 ? other : first));
    const tasks = open.get(lane) ?? (await heads(lane));
    const at = tasks.findIndex((task) => use.admits(lane, task));
    if (use.room && tasks.some((task, index) => (at < 0 || index < at) && use.isWaitedFor(lane, task))) return chosen;
    const task = tasks[at];
    if (!task) {
      open.delete(lane);
      continue;
    }
    open.set(lane, tasks.toSpliced(at, 1));
    use.take(lane, task);
    chosen.push(task);
  }
  return chosen;
}

/** What limits leave beside what runs; what is not limited is not named. */
export function leftOf(limits: Limits, loads: Load[]): { of: "compute" | "workspace"; name: string; left: Limit }[] {
  const left = (of: "compute" | "workspace", name: string, limit: Limit) => {
    const taken = nothing();
    for (const load of loads) if (load[of] === name) add(taken, load);
    const rest = amounts.flatMap((key) => (limit[key] === undefined ? [] : [[key, limit[key] - taken[key]] as const]));
    return { of, name, left: Object.fromEntries(rest) };
  };
  return [
    ...[...limits.computes].map(([name, limit]) => left("compute", name, limit)),
    ...[...limits.workspaces].map(([name, limit]) => left("workspace", name, limit)),
  ].filter(({ left }) => Object.keys(left).length > 0);
}

const amounts = ["steps", "cpus", "memoryMb", "gpus"] as const;

const nothing = (): Amount => ({ steps: 0, cpus: 0, memoryMb: 0, gpus: 0 });

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Keeps count of what is taken while tasks are chosen. */
function createUse(lanes: Lane[], loads: Load[], { room, limits, now }: Wanted) {
  const oldest = new Map<string, string>();
  for (const { workspace, execution } of lanes) {
    if (execution < (oldest.get(workspace) ?? "~")) oldest.set(workspace, execution);
  }
  const workspaces = new Map<string, Amount>();
  const computes = new Map<string, Amount>();
  const roots = new Map<string, Amount>();
  const executions = new Map<string, Amount>();
  const free = room && { ...room.free };
  const of = (map: Map<string, Amount>, key: string): Amount => map.get(key) ?? map.set(key, nothing()).get(key)!;
  const count = (lane: Pick<Lane, "workspace" | "root" | "execution">, compute: string, amount: Amount) => {
    add(of(workspaces, lane.workspace), amount);
    add(of(roots, lane.root), amount);
    add(of(executions, lane.execution), amount);
    add(of(computes, compute), amount);
  };
  for (const load of loads) count(load, load.compute, load);
  const share = (workspace: string) =>
    of(workspaces, workspace).steps / (limits?.workspaces.get(workspace)?.weight ?? 1);
  const isAllowed = (lane: Lane, task: Asking): boolean =>
    isWithin(of(workspaces, lane.workspace), task, limits?.workspaces.get(lane.workspace)) &&
    isWithin(of(computes, task.compute), task, limits?.computes.get(task.compute));

  return {
    room: room !== undefined,
    compare: (a: Lane, b: Lane): number =>
      share(a.workspace) - share(b.workspace) ||
      byText(oldest.get(a.workspace)!, oldest.get(b.workspace)!) ||
      b.priority - a.priority ||
      of(roots, a.root).steps - of(roots, b.root).steps ||
      byText(a.root, b.root) ||
      of(executions, a.execution).steps - of(executions, b.execution).steps ||
      byText(a.execution, b.execution),
    admits: (lane: Lane, task: Asking): boolean => (!free || fits(task, free)) && isAllowed(lane, task),
    isWaitedFor: (lane: Lane, task: Asking): boolean =>
      room !== undefined &&
      now - task.queuedAt > patienceMs &&
      fits(task, room.total) &&
      !fits(task, free!) &&
      isAllowed(lane, task),
    take(lane: Lane, task: Asking) {
      count(lane, task.compute, { ...task, steps: 1 });
      if (!free) return;
      free.cpus -= task.cpus;
      free.memoryMb -= task.memoryMb;
      free.gpus -= task.gpus;
    },
  };
}

function add(to: Amount, more: Amount): void {
  to.steps += more.steps;
  to.cpus += more.cpus;
  to.memoryMb += more.memoryMb;
  to.gpus += more.gpus;
}

/** Sums of fractions are not exact: a hundredth of a CPU does not matter. */
export const nearly = 0.01;

export const fits = (task: Resources, free: Resources): boolean =>
  task.cpus <= free.cpus + nearly && task.memoryMb <= free.memoryMb && task.gpus <= free.gpus;

function isWithin(taken: Amount, task: Resources, limit: Limit | undefined): boolean {
  if (!limit) return true;
  const after = { ...taken };
  add(after, { ...task, steps: 1 });
  return amounts.every((key) => limit[key] === undefined || after[key] <= limit[key] + nearly);
}
