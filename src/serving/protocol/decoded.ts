import type { Signature, Tensor } from "../tensor.ts";

/** A request that was understood, and how to answer it. */
export interface Decoded {
  /** In the order of the model's inputs. */
  inputs: Tensor[];
  /** Names of the columns of a single matrix input, when the caller gave them. */
  columns?: string[];
  /** The body of the answer, from the outputs in the order of the signature. */
  encode: (outputs: Tensor[]) => string;
}

/** What a protocol knows about the model that it decodes for. */
export interface Target {
  signature: Signature;
  model: { name: string; version: string };
}
