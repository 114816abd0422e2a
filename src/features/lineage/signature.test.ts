import { expect, it } from "vitest";
import { parse } from "yaml";
import { columnsOf } from "./signature.ts";

it("reads columns and tensors of an MLmodel file", () => {
  const file = parse(`
signature:
  inputs: '[{"type": "double", "name": "age", "required": true}, {"type": "array", "items": {"type": "long"}, "name": "codes", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 1]}}]'
`);
  expect(columnsOf(file)).toEqual({
    inputs: [
      { name: "age", type: "double", required: true },
      { name: "codes", type: "array(long)", required: false },
    ],
    outputs: [{ name: "0", type: "float32 [-1, 1]", required: true }],
  });
});

it.each([null, "text", {}, { signature: null }, { signature: {} }, { signature: { inputs: "{}" } }])(
  "finds none in %j",
  (file) => {
    expect(columnsOf(file)).toBeNull();
  },
);
