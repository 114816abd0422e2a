export { createExecution, getTask, listTasks, requestCancel, settleTask, wakeTask } from "./execution.ts";
export { fits, type Limits, type Load, type Resources } from "./fair.ts";
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
export { type ClaimRequest, listLoads, listQueued, type Queued, roomOf } from "./line.ts";
export { runEngine } from "./loop.ts";
export { placementSchema } from "./placement-schema.ts";
export { findCycle } from "./plan.ts";
export { engineReferences } from "./references.ts";
export { engineSchema } from "./schema.ts";
export { runSystemWorker } from "./system-worker.ts";
export type * from "./types.ts";
