import { invalid } from "../../contract/errors.ts";
import type { Signature, Tensor } from "../tensor.ts";
import type { Decoded, Target } from "./decoded.ts";
import { type Frame, frameOf, frameOfRecords, inputsOf, valuesJson } from "./frame.ts";
import { isObject, parseObject } from "./json.ts";

/**
 * `POST score` as clients of Azure ML endpoints write it. `input_data` (MLflow models) is answered with the bare
 * predictions, `data` (most score.py) with `{"result": …}`, `Inputs` (AutoML and designer) with `{"Results": …}`.
 */
export function decodeScore(body: Buffer, { signature }: Target): Decoded {
  const request = parseObject(body, signature);
  if (request.input_data !== undefined)
    return table(frameFrom(request.input_data, "input_data"), signature, (json) => json);
  if (request.data !== undefined)
    return table(frameFrom(request.data, "data"), signature, (json) => `{"result":${json}}`);
  if (request.Inputs !== undefined)
    return table(frameFrom(onlyList(request.Inputs), "Inputs"), signature, (json) => `{"Results":${json}}`);
  throw invalid("The body must have `input_data`, `data` or `Inputs`.", {
    hint: 'For example {"input_data": {"columns": ["a", "b"], "index": [0], "data": [[1, 2]]}}.',
  });
}

function table(frame: Frame, signature: Signature, wrap: (json: string) => string): Decoded {
  const inputs = inputsOf(frame, signature);
  const encode = (outputs: Tensor[]) => wrap(valuesJson(outputs, signature, frame.rows.length));
  return { inputs, columns: frame.columns, encode };
}

/** A split table, a list of objects, a list of rows, or one list per column. */
function frameFrom(value: unknown, at: string): Frame {
  if (Array.isArray(value)) return isObject(value[0]) ? frameOfRecords(value, at) : frameOf(undefined, value, at);
  if (!isObject(value)) throw invalid(`\`${at}\` must be a table: a list of rows or {"columns", "data"}.`);
  if (value.data !== undefined) return frameOf(value.columns, value.data, at);
  const columns = Object.keys(value);
  const lists = Object.values(value);
  const length = Array.isArray(lists[0]) ? lists[0].length : 0;
  if (!lists.every((list): list is unknown[] => Array.isArray(list) && list.length === length))
    throw invalid(`\`${at}\` must have "columns" and "data", or equally long lists by column.`);
  return { columns, rows: Array.from({ length }, (_, row) => lists.map((list) => list[row])) };
}

/** AutoML wraps the rows once more: `{"Inputs": {"data": […]}}`, the designer under the name of its web input. */
function onlyList(inputs: unknown): unknown {
  if (!isObject(inputs)) return inputs;
  const lists = Object.values(inputs).filter(Array.isArray);
  return lists.length === 1 ? lists[0] : inputs;
}
