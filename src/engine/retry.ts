import type { TaskTable } from "./schema.ts";
import type { Failure, RetryPolicy } from "./types.ts";

const usual = { delaySeconds: 0.25, factor: 2, capSeconds: 30 };

/** So often a task may be failed by what is not its fault, and how long it waits in between. */
const budgets = {
  system: { ...usual, most: 20 },
  // Tools have tried several times by themselves; who does not answer for so long may have a wrong name.
  network: { delaySeconds: 1, factor: 6, capSeconds: 30, most: 3 },
  program: { ...usual, most: 4 },
};

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
    return faults < budgets[fault].most ? waitOf(budgets[fault], faults) : undefined;
  }
  const failures = task.attempt - task.system_faults;
  if (failures >= task.max_attempts) return undefined;
  const policy: Partial<RetryPolicy> = task.retry === null ? {} : JSON.parse(task.retry);
  return waitOf({ ...usual, capSeconds: Math.max(usual.capSeconds, policy.delaySeconds ?? 0), ...policy }, failures);
}

const waitOf = ({ delaySeconds, factor, capSeconds }: typeof usual, failures: number): number =>
  Math.min(delaySeconds * factor ** (failures - 1), capSeconds) * 1000;
