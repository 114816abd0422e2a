/** What a pipeline in TypeScript is written with. */
export { data, fromJob, fromRun, local, model, url } from "./assets.ts";
export { type Component, defineComponent } from "./component.ts";
export { defineBody, definePipeline, type Pipeline } from "./pipeline.ts";
export { text } from "./reference.ts";
export type { ComponentSpec, StepOptions, When } from "./spec.ts";
export { forEach, gate, sweep } from "./steps.ts";
export type { Reference } from "./types.ts";
