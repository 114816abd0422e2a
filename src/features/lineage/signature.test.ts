import { expect, it } from "vitest";
import { columnsOf } from "./signature.ts";

it("shows columns and tensors as a card has them", () => {
  const age = { name: "age", type: "double", shape: null, required: true };
  const tensor = { name: "0", type: "float32", shape: [-1, 4], required: false };
  expect(columnsOf({ inputs: [age], outputs: [tensor], params: [] })).toEqual({
    inputs: [{ name: "age", type: "double", required: true }],
    outputs: [{ name: "0", type: "float32 [-1, 4]", required: false }],
  });
});
