import { expect, test } from "vitest";
import { collectedRowSchema } from "../contract/serving.ts";
import { type Answered, rowsOf } from "./rows.ts";
import { Statistics } from "./statistics.ts";
import { cast, type Signature, type Tensor, type TensorType } from "./tensor.ts";

const tensor = (type: TensorType, shape: number[], values: unknown[]): Tensor => ({
  type,
  shape,
  data: cast(type, values, { where: String }),
});
const base = { at: 1, deployment: "blue", modelVersion: "3", correlationId: "c", columns: undefined };
const answered = (signature: Signature, inputs: Tensor[], outputs: Tensor[], more = {}): Answered => ({
  ...base,
  signature,
  inputs,
  outputs,
  ...more,
});

test("named scalars of every type become one row each", () => {
  const signature: Signature = {
    inputs: [
      { name: "f", type: "float32", shape: [-1, 1] },
      { name: "h", type: "float16", shape: [-1, 1] },
      { name: "n", type: "int64", shape: [-1] },
      { name: "t", type: "string", shape: [-1] },
      { name: "b", type: "bool", shape: [-1] },
    ],
    outputs: [{ name: "p", type: "float64", shape: [-1, 2] }],
  };
  const inputs = [
    tensor("float32", [2, 1], [1, "NaN"]),
    tensor("float16", [2, 1], [0.5, 2]),
    tensor("int64", [2], [7, 2n ** 60n]),
    tensor("string", [2], ["x", "y"]),
    tensor("bool", [2], [true, false]),
  ];
  const rows = rowsOf(answered(signature, inputs, [tensor("float64", [2, 2], [1, 2, 3, "Infinity"])]));
  for (const row of rows) expect(collectedRowSchema.parse(row)).toEqual(row);
  expect(rows).toMatchObject([
    { correlationId: "c#0", inputs: { f: 1, h: 0.5, n: 7, t: "x", b: true }, outputs: { "p[0]": 1, "p[1]": 2 } },
    {
      correlationId: "c#1",
      inputs: { f: null, h: 2, n: "1152921504606846976", t: "y", b: false },
      outputs: { "p[1]": null },
    },
  ]);
});

test("the columns of a matrix keep the names that the caller gave", () => {
  const signature: Signature = {
    inputs: [{ name: "x", type: "float32", shape: [-1, 2] }],
    outputs: [{ name: "y", type: "float32", shape: [-1] }],
  };
  const one = [tensor("float32", [1, 2], [1, 2])];
  const y = [tensor("float32", [1], [9])];
  expect(rowsOf(answered(signature, one, y, { columns: ["p", "q"] }))).toMatchObject([{ inputs: { p: 1, q: 2 } }]);
  expect(rowsOf(answered(signature, one, y))).toMatchObject([{ correlationId: "c", inputs: { "x[0]": 1, "x[1]": 2 } }]);
});

test("statistics give percentiles of the newest answers and count what is not the caller's fault", () => {
  const statistics = new Statistics();
  expect(statistics.percentiles(0.5)).toEqual([null]);
  for (let i = 0; i < 500; i++) statistics.count(200, 1e6);
  for (let i = 1; i <= 1000; i++) statistics.count(200, i);
  statistics.count(400, 5);
  statistics.count(503, 5);
  statistics.count(429, 5);
  expect(statistics.percentiles(0.5, 0.99)).toEqual([500, 990]);
  expect(statistics).toMatchObject({ requests: 1503, errors: 2 });
});

test.each([
  ["uint8", 256],
  ["int8", -129],
  ["int32", 1.5],
  ["uint64", -1],
  ["float32", "1"],
  ["float32", {}],
  ["bool", 2],
  ["string", 1],
  ["string", "a\0b"],
] as const)("%s does not take %j", (type, value) => {
  expect(() => cast(type, [value], { where: () => "it" })).toThrow(/^it is /);
});
