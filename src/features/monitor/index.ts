export { monitorHandlers } from "./handlers.ts";
export { monitorHooks } from "./hooks.ts";
export { monitorReferences } from "./references.ts";
export { reckonMonitors, runMonitorSchedule } from "./schedule.ts";
export { monitorSchema } from "./schema.ts";
export { monitorDigest, type Retraining, retrainingOf } from "./service.ts";
