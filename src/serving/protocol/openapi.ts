import type { Signature, TensorSpec } from "../tensor.ts";
import type { Target } from "./decoded.ts";
import { layoutOf } from "./frame.ts";
import { datatypeOf } from "./v2.ts";

/** An OpenAPI document of one endpoint, with a request that the served model accepts. */
export function openapiOf({ signature, model }: Target, endpoint: string, base: string): unknown {
  const json = (example: unknown) => ({ "application/json": { schema: { type: "object" }, example } });
  const post = (summary: string, example: unknown) => ({
    post: {
      summary,
      security: [{ key: [] }],
      requestBody: { required: true, content: json(example) },
      responses: { "200": { description: "Predictions" }, "400": { description: "The input does not fit the model" } },
    },
  });
  const paths: Record<string, unknown> = {
    [`/v2/models/${model.name}/infer`]: post("Open Inference Protocol", v2Example(signature)),
  };
  const frame = frameExample(signature);
  if (frame) {
    paths["/invocations"] = post("MLflow scoring", { dataframe_split: frame });
    paths["/score"] = post("Azure ML scoring", { input_data: { ...frame, index: [0] } });
  }
  return {
    openapi: "3.1.0",
    info: { title: endpoint, version: model.version, description: `Model ${model.name}, version ${model.version}.` },
    servers: [{ url: base }],
    components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } },
    paths,
  };
}

const sample = ({ type }: TensorSpec): unknown => (type === "string" ? "text" : type === "bool" ? true : 1);

const v2Example = ({ inputs }: Signature): unknown => ({
  inputs: inputs.map((spec) => {
    const shape = spec.shape.map((size) => (size === -1 ? 1 : size));
    const count = Math.min(
      shape.reduce((product, size) => product * size, 1),
      1000,
    );
    return { name: spec.name, datatype: datatypeOf[spec.type], shape, data: new Array(count).fill(sample(spec)) };
  }),
});

function frameExample(signature: Signature): { columns?: string[]; data: unknown[][] } | undefined {
  const first = signature.inputs[0];
  switch (layoutOf(signature)) {
    case "columns":
      return { columns: signature.inputs.map((spec) => spec.name), data: [signature.inputs.map(sample)] };
    case "matrix":
      return { data: [new Array(Math.max(1, Math.min(first!.shape[1]!, 1000))).fill(sample(first!))] };
    case "none":
      return undefined;
  }
}
