import type { TaskTable } from "./schema.ts";
import type { Failure, RetryPolicy } from "./types.ts";

const usual = { delaySeconds: 0.25, factor: 2, capSeconds: 30 };

/** So often the machine may fail a task. */
const mostFaults = 20;
/** So often a program error of ours may: it seldom goes away by itself. */
const mostProgramFaults = 4;

type Attempts = Pick<TaskTable, "attempt" | "system_faults" | "max_attempts" | "retry" | "deadline_at">;

/** Milliseconds until a task that failed at `now` is tried again; undefined when it is not, or would be too late. */
export function retryOf(
  task: Attempts,
  failure: Pick<Failure, "fault" | "retryable">,
  now: number,
): number | undefined {
  const wait = waitBefore(task, failure);
  return wait === undefined || now + wait >= (task.deadline_at ?? Number.POSITIVE_INFINITY) ? undefined : wait;
}

function waitBefore(task: Attempts, { fault, retryable }: Pick<Failure, "fault" | "retryable">): number | undefined {
  if (!retryable) return undefined;
  if (fault !== "user") {
    const faults = task.system_faults + 1;
    return faults < (fault === "program" ? mostProgramFaults : mostFaults) ? waitOf(usual, faults) : undefined;
  }
  const failures = task.attempt - task.system_faults;
  if (failures >= task.max_attempts) return undefined;
  const policy: Partial<RetryPolicy> = task.retry === null ? {} : JSON.parse(task.retry);
  return waitOf({ ...usual, capSeconds: Math.max(usual.capSeconds, policy.delaySeconds ?? 0), ...policy }, failures);
}

const waitOf = ({ delaySeconds, factor, capSeconds }: typeof usual, failures: number): number =>
  Math.min(delaySeconds * factor ** (failures - 1), capSeconds) * 1000;
