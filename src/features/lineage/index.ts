export { factsOf } from "./facts.ts";
export { lineageHandlers } from "./handlers.ts";
export { lineageOf } from "./lineage.ts";
export { originOfRun } from "./origin.ts";
