/** What a pipeline in TypeScript is written with. */
export { type Component, type ComponentSpec, defineComponent, type StepOptions } from "./component.ts";
export { definePipeline, type Pipeline } from "./pipeline.ts";
export { forEach, gate, sweep } from "./steps.ts";
export { data, local, model, type Reference } from "./types.ts";
