import { invalid } from "../../contract/errors.ts";

const tables = ["dataframe_split", "dataframe_records", "instances"];
const scores = ["input_data", "data", "Inputs"];

/** Which of the languages that a serving node speaks a request is in: the path below the endpoint's address. */
export function pathOf(endpoint: string, request: unknown): string {
  if (isObject(request)) {
    if (isV2(request.inputs)) return `v2/models/${encodeURIComponent(endpoint)}/infer`;
    if (request.inputs !== undefined || tables.some((field) => request[field] !== undefined)) return "invocations";
    if (scores.some((field) => request[field] !== undefined)) return "score";
  }
  throw invalid("The request is in none of the forms that an endpoint answers.", {
    hint: "Send a V2 inference request (`inputs` with name, shape, datatype, data), an MLflow body (`dataframe_split`, `dataframe_records`, `instances`, `inputs`) or an Azure body (`input_data`, `data`, `Inputs`).",
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** V2 tensors have a name and a shape; MLflow's `inputs` are values. */
const isV2 = (inputs: unknown): boolean =>
  Array.isArray(inputs) &&
  inputs.length > 0 &&
  inputs.every((input) => isObject(input) && typeof input.name === "string" && Array.isArray(input.shape));
