export { factsOf } from "./facts.ts";
export { lineageOf } from "./lineage.ts";
export { originOfRun } from "./origin.ts";
