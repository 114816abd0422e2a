import type { Ctx } from "../platform/context.ts";
import type { Resources } from "./fair.ts";

export const taskStates = [
  "pending",
  "queued",
  "running",
  "waiting",
  "succeeded",
  "reused",
  "failed",
  "cancelled",
  "skipped",
] as const;
export type TaskState = (typeof taskStates)[number];

export const executionStates = ["running", "succeeded", "failed", "cancelled"] as const;
export type ExecutionState = (typeof executionStates)[number];

/** One node of an execution's graph. */
export interface TaskDefinition {
  name: string;
  /** Names of the tasks that must have succeeded before. */
  needs: string[];
  /** Who can do it: agents claim by kind; kinds that begin with `system.` run in the server. */
  kind: string;
  /** When the command itself fails; without it, it is tried once. Failures of the machine have a budget of their own. */
  retry?: RetryPolicy;
  /** Of one attempt. */
  timeoutSeconds?: number;
  /** How long it may wait for somebody to take it; then it fails. */
  queueTimeoutSeconds?: number;
  /** Of all attempts together, from when it is first queued; then it fails. */
  deadlineSeconds?: number;
  /** What the feature wants to know again when it prepares the task. */
  input?: unknown;
  /** Name of the compute that it runs on. */
  compute?: string;
  resources?: Partial<Resources>;
}

/** How a task that fails is tried again: `maxRetries` times, the waits growing by `factor` from `delaySeconds` to `capSeconds`. */
export interface RetryPolicy {
  maxRetries: number;
  delaySeconds?: number;
  factor?: number;
  capSeconds?: number;
}

export interface NewExecution {
  workspace: string;
  /** Which feature's hooks apply: `job`, `build`, `release`, … */
  kind: string;
  /** What it executes: the id or number of the job, build, release. */
  subject: string;
  tasks: TaskDefinition[];
  /** Start whatever does not need the failed task, instead of stopping. */
  continueOnFailure?: boolean;
  /** In its workspace, an execution with a higher one goes first; 0 is usual. */
  priority?: number;
  /** So many of its tasks may be queued or running at once. */
  maxParallel?: number;
  /** Of the whole; then what runs is stopped and it has failed. */
  timeoutSeconds?: number;
  /** Tasks are added while it runs; it ends when `sealExecution` was called and all have ended. */
  open?: boolean;
  /** A waiting task of another execution, which the end of this one settles. If that task ends first, this stops. */
  parent?: { execution: string; task: string };
  /** The execution that it is part of, when turns are taken; without it, its parent, or none. */
  partOf?: string;
}

export interface Execution {
  id: string;
  workspace: string;
  kind: string;
  subject: string;
  state: ExecutionState;
  error: string | null;
  continueOnFailure: boolean;
  cancelReason: string | null;
  timedOut: boolean;
  maxParallel: number | null;
  /** No task can be added any more. */
  sealed: boolean;
  parent: { execution: string; task: string } | null;
  createdAt: number;
  endedAt: number | null;
}

export interface Task {
  executionId: string;
  name: string;
  position: number;
  kind: string;
  needs: string[];
  state: TaskState;
  attempt: number;
  input: unknown;
  payload: unknown;
  result: unknown;
  error: string | null;
  epoch: number;
  startedAt: number | null;
  endedAt: number | null;
  compute: string;
  resources: Resources;
  /** Not to be claimed before. */
  availableAt: number;
  queueTimeoutSeconds: number | null;
  deadlineSeconds: number | null;
}

/** A lease names a claim; `epoch` fences it: a write with an older one is refused. */
export interface Lease {
  execution: string;
  task: string;
  epoch: number;
}

export interface Failure {
  message: string;
  /**
   * Whose fault it was: the command's, the machine's, that of somebody on the network who did not answer, or a program
   * error of ours, which seldom goes away by itself.
   */
  fault: "user" | "system" | "network" | "program";
  retryable: boolean;
}

/** What a feature decides when a task's turn has come. */
export type Prepared =
  | { do: "queue"; payload: unknown }
  | { do: "settle"; state: "succeeded" | "reused"; result: unknown }
  | { do: "fail"; error: string }
  /** It is not to be done, and neither is what needs it; that is no failure. */
  | { do: "skip"; because: string }
  /** Until `settleTask` is called; with `until`, `onWaitEnd` is called then. */
  | { do: "wait"; until?: number; result?: unknown }
  /** There is more to do than one transaction should hold: prepare it again at once. */
  | { do: "again" };

/** How a feature takes part in executions of its kind. Every hook works in the transaction it is given. */
export interface ExecutionHooks {
  kind: string;
  /** The task's turn has come: what is to be done? */
  prepare(tx: Ctx, execution: Execution, task: Task): Promise<Prepared>;
  /** An attempt reports success: check and record its effects; a thrown `Problem` makes the attempt fail. Gives the result to keep. */
  accept?(tx: Ctx, execution: Execution, task: Task, result: unknown): Promise<unknown>;
  /** A task was claimed. */
  onStart?(tx: Ctx, execution: Execution, task: Task): Promise<void>;
  /** An attempt has failed, and there is to be another one. */
  onRetry?(tx: Ctx, execution: Execution, task: Task, failure: Failure): Promise<void>;
  /** A task was claimed another time: the payload of this attempt. */
  again?(tx: Ctx, execution: Execution, task: Task): Promise<unknown>;
  /** A task ended, whatever way; but not one that waited and was settled from outside, by who knows of it. */
  onTaskEnd?(tx: Ctx, execution: Execution, task: Task): Promise<void>;
  /** A waiting task's time is over. */
  onWaitEnd?(tx: Ctx, execution: Execution, task: Task): Promise<Prepared>;
  /** Another execution has news for a task (`post`). */
  onNews?(tx: Ctx, execution: Execution, task: string, news: unknown): Promise<void>;
  /** The execution ended. */
  onEnd(tx: Ctx, execution: Execution, tasks: Task[]): Promise<void>;
  /** Work of `system.*` tasks, outside any transaction; may run more than once. */
  run?(ctx: Ctx, execution: Execution, task: Task, signal: AbortSignal): Promise<unknown>;
}

export const endedTaskStates: ReadonlySet<TaskState> = new Set([
  "succeeded",
  "reused",
  "failed",
  "cancelled",
  "skipped",
]);
export const isDone = (state: TaskState): boolean => state === "succeeded" || state === "reused";

export type HooksByKind = ReadonlyMap<string, ExecutionHooks>;
