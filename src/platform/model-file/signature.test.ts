import { expect, it } from "vitest";
import { signatureOf } from "./signature.ts";

it("reads columns and tensors of an MLmodel file", () => {
  const inputs =
    '[{"type": "double", "name": "age", "required": true}, {"type": "array", "items": {"type": "long"}, "name": "codes", "required": false}]';
  const outputs = '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 1]}}]';
  expect(signatureOf({ inputs, outputs })).toEqual({
    inputs: [
      { name: "age", type: "double", shape: null, required: true },
      { name: "codes", type: "array(long)", shape: null, required: false },
    ],
    outputs: [{ name: "0", type: "float32", shape: [-1, 1], required: true }],
    params: [],
  });
});

it.each([null, "text", {}, { inputs: "{}" }])("finds none in %j", (said) => {
  expect(signatureOf(said)).toBeNull();
});
