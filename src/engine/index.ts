export { createExecution, getTask, listTasks, requestCancel, settleTask, wakeTask } from "./execution.ts";
export type { Limit, Limits, Resources, Room } from "./fair.ts";
export {
  claimTasks,
  completeTask,
  failTask,
  type HooksByKind,
  heartbeat,
  leaseMs,
  releaseHolders,
  requireLease,
} from "./lease.ts";
export { runEngine } from "./loop.ts";
export { placementSchema } from "./placement-schema.ts";
export { findCycle } from "./plan.ts";
export { engineReferences } from "./references.ts";
export { engineSchema } from "./schema.ts";
export { runSystemWorker } from "./system-worker.ts";
export type * from "./types.ts";
