import type { Signature, Tensor, TensorData } from "./tensor.ts";

/** What the node sends to a model process. */
export type ToModel =
  | { kind: "load"; path: string }
  /** Inputs in the order of the signature. */
  | { kind: "run"; id: number; inputs: { shape: number[]; data: TensorData }[] }
  | { kind: "stop" };

/** What a model process sends back. */
export type FromModel =
  | { kind: "loaded"; signature: Signature }
  | { kind: "unloadable"; error: string }
  /** Outputs in the order of the signature. */
  | { kind: "result"; id: number; outputs: Tensor[] }
  | { kind: "failed"; id: number; error: string };
