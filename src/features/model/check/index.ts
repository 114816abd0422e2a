export { checkAgain, decideCheck, showCheck } from "./decide.ts";
export { modelCheckHooks } from "./hooks.ts";
export { checkMissing } from "./missing.ts";
export { modelCheckSchema } from "./schema.ts";
export { startCheck } from "./start.ts";
export { listCheckStates } from "./store.ts";
export { awaitUsable, requireUsable } from "./use.ts";
export { checkOf, stateWithout } from "./view.ts";
