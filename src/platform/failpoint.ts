/**
 * Named points at which a test makes the process die as by `kill -9`. Without a plan they do nothing.
 * The plan `a=crash@3,b=crash` kills at the third pass of `a` or the first of `b`.
 */
export type Failpoint = (name: FailpointName) => void;

/** Every point there is; the chaos test goes through them all and fails if one is never reached. */
export const failpointNames = [
  "transaction.beforeCommit",
  "transaction.afterCommit",
  "blob.beforeRename",
  "blob.afterRename",
  "http.beforeReply",
  "events.beforeDeliver",
  "events.afterDeliver",
  "engine.afterPlan",
  "engine.afterClaim",
  "engine.beforeComplete",
  "engine.afterComplete",
] as const;
export type FailpointName = (typeof failpointNames)[number];

export function createFailpoint(plan: string): Failpoint {
  const remaining = new Map<string, number>();
  for (const entry of plan.split(",").filter(Boolean)) {
    const match = /^([\w.]+)=crash(?:@(\d+))?$/.exec(entry.trim());
    if (!match || !failpointNames.includes(match[1] as FailpointName)) {
      throw new Error(`Unknown failpoint "${entry}"; there are: ${failpointNames.join(", ")}`);
    }
    remaining.set(match[1]!, Number(match[2] ?? 1));
  }
  return (name) => {
    const left = remaining.get(name);
    if (left === undefined) return;
    if (left <= 1) process.kill(process.pid, "SIGKILL");
    remaining.set(name, left - 1);
  };
}
