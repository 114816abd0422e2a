export { jobHandlers } from "./handlers.ts";
export { jobHooks } from "./hooks.ts";
export { appendLog, countLogLines } from "./logs.ts";
export { jobSchema } from "./schema.ts";
export { type JobSource, submitJob, submitSource } from "./submit.ts";
export { getJob } from "./view.ts";
