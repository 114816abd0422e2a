/**
 * A process that holds one model and runs what its parent sends. It is a process because onnxruntime runs
 * synchronously, cannot be cancelled, and takes the process down when it fails hard: here that costs one model, not
 * the node.
 */
import { flushCompileCache } from "node:module";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { FromModel, ToModel } from "./model-messages.ts";
import { isTensorType, type Signature, type Tensor, type TensorData, type TensorSpec } from "./tensor.ts";

let session: InferenceSession | undefined;
let signature: Signature = { inputs: [], outputs: [] };

const tell = (message: FromModel): void => {
  process.send!(message);
};

async function load(path: string): Promise<void> {
  session = await InferenceSession.create(path, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: { session: { "intra_op.allow_spinning": "0", "inter_op.allow_spinning": "0" } },
  });
  // Outputs that are not tensors (a classifier's list of maps) cannot be fetched; the others still can.
  signature = {
    inputs: session.inputMetadata.map(specOf),
    outputs: session.outputMetadata.filter((output) => output.isTensor).map(specOf),
  };
  if (signature.outputs.length === 0) throw new Error("none of the model's outputs is a tensor; export without ZipMap");
  tell({ kind: "loaded", signature });
  flushCompileCache();
}

function specOf(value: InferenceSession.ValueMetadata): TensorSpec {
  if (!value.isTensor) throw new Error(`input "${value.name}" is not a tensor`);
  if (!isTensorType(value.type))
    throw new Error(`"${value.name}" has element type ${value.type}, which is not supported`);
  const shape = value.shape.map((size) => (typeof size === "number" && size >= 0 ? size : -1));
  return { name: value.name, type: value.type, shape };
}

async function run(id: number, inputs: { shape: number[]; data: TensorData }[]): Promise<void> {
  try {
    const feeds = Object.fromEntries(
      signature.inputs.map(({ name, type }, i) => [
        name,
        new OrtTensor(type as "float32", inputs[i]!.data as Float32Array, inputs[i]!.shape),
      ]),
    );
    const names = signature.outputs.map((output) => output.name);
    const results = await session!.run(feeds, names);
    const outputs = names.map((name): Tensor => {
      const { type, dims, data } = results[name]!;
      return { type: type as Tensor["type"], shape: [...dims], data: data as TensorData };
    });
    tell({ kind: "result", id, outputs });
  } catch (error) {
    tell({ kind: "failed", id, error: error instanceof Error ? error.message : String(error) });
  }
}

async function stop(): Promise<void> {
  await session?.release();
  process.exit(0);
}

process.on("message", (message: ToModel) => {
  if (message.kind === "run") void run(message.id, message.inputs);
  else if (message.kind === "stop") void stop();
  else load(message.path).catch((error: unknown) => tell({ kind: "unloadable", error: String(error) }));
});
// The parent is gone: nobody will ever ask again.
process.on("disconnect", () => void stop());
// Signals to the group are for the parent, which stops its models when it is done with them.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
