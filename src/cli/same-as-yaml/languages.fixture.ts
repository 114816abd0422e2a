import type { Pipeline } from "../../authoring/index.ts";

/** One pipeline, in both languages. */
export interface Languages {
  pipeline: Pipeline;
  yaml: string;
}
