export { attemptSchema } from "./attempt-schema.ts";
export { snapshotSchema } from "./code-snapshot.ts";
export { decisionSchema, originSchema } from "./decision-schema.ts";
export { type FamilyQueries, withFamily } from "./family.ts";
export {
  fanOutCountSchema,
  fanOutOriginSchema,
  fanOutPartSchema,
  fanOutReuseSchema,
  fanOutSchema,
  trialMarkFillSchema,
  trialMarkSchema,
} from "./fan-out/index.ts";
export { cancelJob, createJobHandlers } from "./handlers.ts";
export { jobHooks } from "./hooks.ts";
export { appendLog, countLogLines } from "./logs.ts";
export { lookupSchema } from "./lookup-schema.ts";
export { removeLogs } from "./old-logs.ts";
export { type DeletedJob, purgeJobs } from "./purge.ts";
export { jobReferences } from "./references.ts";
export { assetsOf } from "./resolve.ts";
export { jobSchema, writtenBySchema } from "./schema.ts";
export { findState, listRunningOf } from "./store.ts";
export { submitJob, submitSource, validate } from "./submit.ts";
export { jobTagSchema } from "./tag.ts";
export { takeFiles } from "./take-files.ts";
export { trashSchema } from "./trash-schema.ts";
export { assetsOfJob, getJob } from "./view.ts";
