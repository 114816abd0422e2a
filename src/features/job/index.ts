export { decisionSchema } from "./decision-schema.ts";
export { jobHandlers } from "./handlers.ts";
export { jobHooks } from "./hooks.ts";
export { appendLog, countLogLines } from "./logs.ts";
export { jobReferences } from "./references.ts";
export { assetsOf } from "./resolve.ts";
export { jobSchema } from "./schema.ts";
export { type JobSource, submitJob, submitSource } from "./submit.ts";
export { assetsOfJob, getJob } from "./view.ts";
