export type { SweepValue } from "./distribution.ts";
export { importanceOf } from "./importance.ts";
export { checkSweep, type Trial, type Tried, trialCount, trialOf } from "./sample.ts";
export { judgedAt, type Mark, marksOf, type Reports, toTerminate } from "./terminate.ts";
