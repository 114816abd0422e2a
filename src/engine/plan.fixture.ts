import { type ExecutionState, endedTaskStates, isDone, type TaskState } from "./types.ts";

/** What decides what is to be done. */
export interface Snapshot {
  cancelRequested: boolean;
  continueOnFailure: boolean;
  /** In the order in which they are to start when several may. */
  tasks: { name: string; needs: string[]; state: TaskState }[];
}

export type Action =
  | { type: "prepare"; task: string }
  | { type: "skip"; task: string; because: string }
  | { type: "cancel"; task: string }
  | { type: "finish"; state: Exclude<ExecutionState, "running">; failed: string[] };

/**
 * What planning comes to, said as simply as can be: what to do next, given how everything stands. The engine looks at
 * what changed only; tests compare it with this. Pure: the same snapshot gives the same actions, and carrying them out
 * twice does no more than once, because each action changes the state that asked for it.
 */
export function plan(snapshot: Snapshot): Action[] {
  const state = new Map(snapshot.tasks.map((task) => [task.name, task.state]));
  const actions: Action[] = [];
  const failed = snapshot.tasks.filter((task) => task.state === "failed").map((task) => task.name);
  const stopping = snapshot.cancelRequested || (failed.length > 0 && !snapshot.continueOnFailure);

  for (const task of snapshot.tasks) {
    if (task.state === "queued" || task.state === "waiting" || task.state === "pending") {
      if (stopping) {
        const because = failed[0];
        actions.push(
          snapshot.cancelRequested || because === undefined
            ? { type: "cancel", task: task.name }
            : { type: "skip", task: task.name, because },
        );
        state.set(task.name, "cancelled");
        continue;
      }
    }
    if (task.state !== "pending") continue;
    const unreachable = task.needs.find((need) => endedTaskStates.has(state.get(need)!) && !isDone(state.get(need)!));
    if (unreachable !== undefined) {
      actions.push({ type: "skip", task: task.name, because: unreachable });
      state.set(task.name, "skipped");
    } else if (task.needs.every((need) => isDone(state.get(need)!))) {
      actions.push({ type: "prepare", task: task.name });
    }
  }

  const allEnded = snapshot.tasks.every((task) => endedTaskStates.has(state.get(task.name)!));
  if (allEnded) {
    const outcome = failed.length > 0 ? "failed" : snapshot.cancelRequested ? "cancelled" : "succeeded";
    actions.push({ type: "finish", state: outcome, failed });
  }
  return actions;
}
