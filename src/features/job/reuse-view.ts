import type { ChildCounts } from "../../contract/fan-out.ts";
import type { StepView } from "../../contract/job.ts";
import type { Task } from "../../engine/index.ts";
import type { Reuse } from "./reuse.ts";

/** What was written before steps of origin were kept has none. */
export const reuseOf = (text: string | null): Reuse | null =>
  text === null ? null : { originStep: null, ...(JSON.parse(text) as Omit<Reuse, "originStep">) };

export function environmentReuse(task: Task): StepView["reuse"] {
  if (task.kind !== "environment" || task.state !== "reused") return null;
  return {
    status: "hit",
    key: null,
    originJobId: null,
    originStep: null,
    reason: "this environment is locked already",
  };
}

/** Why there is nothing to say of a step's reuse, in words. */
export function withoutReuse({ kind, state }: Pick<StepView, "kind" | "state">, children: ChildCounts | null): string {
  if (kind === "gate")
    return "People decide at a gate. Only a job that goes on with another one takes over its approvals.";
  if (kind === "sweep" || kind === "foreach") return ofMany(kind === "sweep" ? "trial" : "item", children);
  if (kind === "environment") return "It builds an environment, which is taken from the cache when it is there.";
  if (kind === "fetch" || kind === "store")
    return "It transfers files between URLs and the store; there is nothing to reuse.";
  if (state === "skipped") return "The step was skipped, so nothing had to be looked up.";
  if (state === "cancelled" || state === "failed") return "The step ended before its inputs were complete.";
  return "Not decided yet: the inputs of the step are not complete.";
}

function ofMany(one: "trial" | "item", children: ChildCounts | null): string {
  const each = `Each ${one} is a job, and each of its steps is reused or runs by itself.`;
  if (!children) return `${each} No ${one} has started yet.`;
  return `${each} Of ${children.total} ${one}s ${children.succeeded} have succeeded; in ${children.reused} nothing had to run.`;
}
