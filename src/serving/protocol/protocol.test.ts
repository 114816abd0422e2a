import { describe, expect, test } from "vitest";
import type { Signature, Tensor } from "../tensor.ts";
import { decodeScore } from "./azure.ts";
import { parseCsv } from "./csv.ts";
import { layoutOf } from "./frame.ts";
import { decodeInvocations } from "./mlflow.ts";
import { openapiOf } from "./openapi.ts";
import { decodeInfer } from "./v2.ts";

const model = { name: "m", version: "7" };
const y = { name: "y", type: "float32" as const, shape: [-1, 1] };
const columns: Signature = {
  inputs: [
    { name: "a", type: "float32", shape: [-1, 1] },
    { name: "b", type: "int64", shape: [-1] },
    { name: "c", type: "string", shape: [-1, 1] },
  ],
  outputs: [y],
};
const matrix: Signature = { inputs: [{ name: "x", type: "float32", shape: [-1, 2] }], outputs: [y] };
const image: Signature = { inputs: [{ name: "i", type: "uint8", shape: [-1, 2, 2] }], outputs: [y] };

const f32 = (shape: number[], ...values: number[]): Tensor => ({
  type: "float32",
  shape,
  data: Float32Array.from(values),
});
const body = (value: unknown) => Buffer.from(JSON.stringify(value));
const infer = (value: unknown, signature: Signature) => decodeInfer(body(value), { signature, model }, "m");
const invoke = (value: unknown, signature: Signature, type = "application/json") =>
  decodeInvocations(typeof value === "string" ? Buffer.from(value) : body(value), type, { signature, model });
const score = (value: unknown, signature: Signature) => decodeScore(body(value), { signature, model });
const parsed = (text: string): unknown => JSON.parse(text);

const x = (fields: object) => ({
  inputs: [{ name: "x", datatype: "FP32", shape: [2, 2], data: [1, 2, 3, 4], ...fields }],
});

describe("Open Inference Protocol", () => {
  test("takes flat and nested data and answers with the id", () => {
    for (const data of [
      [1, 2, 3, 4],
      [
        [1, 2],
        [3, 4],
      ],
    ]) {
      const decoded = infer({ id: "q", ...x({ data }) }, matrix);
      expect(decoded.inputs).toEqual([f32([2, 2], 1, 2, 3, 4)]);
      expect(parsed(decoded.encode([f32([2, 1], 5, 6)]))).toEqual({
        model_name: "m",
        model_version: "7",
        id: "q",
        outputs: [{ name: "y", datatype: "FP32", shape: [2, 1], data: [5, 6] }],
      });
    }
  });

  test("what JSON cannot say is null in the answer", () => {
    const text = infer(x({}), matrix).encode([f32([3], Number.NaN, Infinity, -Infinity)]);
    expect(parsed(text)).toMatchObject({ outputs: [{ data: [null, null, null] }] });
  });

  test("64-bit integers keep every digit both ways", () => {
    const big: Signature = {
      inputs: [{ name: "n", type: "int64", shape: [-1] }],
      outputs: [{ name: "n", type: "int64", shape: [-1] }],
    };
    const text =
      '{"inputs":[{"name":"n","datatype":"INT64","shape":[2],"data":[9007199254740993,-9223372036854775808]}]}';
    const decoded = decodeInfer(Buffer.from(text), { signature: big, model }, "m");
    expect(decoded.inputs[0]!.data).toEqual(BigInt64Array.from([9007199254740993n, -(2n ** 63n)]));
    expect(decoded.encode(decoded.inputs)).toContain('"data":[9007199254740993,-9223372036854775808]');
  });

  test.each([
    ["not a list", { inputs: 1 }, /`inputs`/],
    ["no name", { inputs: [{}] }, /inputs\[0\]/],
    ["unknown input", x({ name: "z" }), /no input "z".*"x"/],
    ["missing input", { inputs: [] }, /"x" is missing/],
    ["given twice", { inputs: [...x({}).inputs, ...x({}).inputs] }, /twice/],
    ["negative size", x({ shape: [-1, 2] }), /shape/],
    ["other rank", x({ shape: [4] }), /\[4\].*\[-1,2\]/],
    ["other count", x({ shape: [3, 2] }), /4 values.*wants 6/],
    ["huge shape", x({ shape: [2 ** 40, 2] }), /elements/],
    ["bad type", x({ datatype: "FP31" }), /datatype/],
    ["text for numbers", x({ datatype: "BYTES" }), /BYTES/],
    ["text value", x({ data: [1, "2", 3, 4] }), /Value 1 of input "x" is "2"/],
    ["null value", x({ data: [1, null, 3, 4] }), /Value 1/],
    ["unknown output", { ...x({}), outputs: [{ name: "z" }] }, /outputs\[0\]/],
    ["id", { ...x({}), id: 1 }, /`id`/],
    ["list", [], /JSON object/],
  ])("refuses: %s", (_, request, message) => {
    expect(() => infer(request, matrix)).toThrow(message);
  });
});

describe("MLflow scoring", () => {
  const split = { columns: ["c", "extra", "b", "a"], index: [5], data: [["t", 0, 2, 1]] };

  test.each([
    ["dataframe_split", { dataframe_split: split }],
    ["dataframe_records", { dataframe_records: [{ a: 1, b: 2, c: "t", extra: null }], params: {} }],
    ["instances by name", { instances: [{ a: 1, b: 2, c: "t" }] }],
    ["inputs by name", { inputs: { a: [[1]], b: [2], c: ["t"] } }],
    ["rows without names", { instances: [[1, 2, "t"]] }],
  ])("%s", (_, request) => {
    expect(invoke(request, columns).inputs).toEqual([
      f32([1, 1], 1),
      { type: "int64", shape: [1], data: BigInt64Array.from([2n]) },
      { type: "string", shape: [1, 1], data: ["t"] },
    ]);
  });

  test("tables are answered as records, tensors by name", () => {
    const rows = [f32([2, 1], 5, 6)];
    const table = invoke(
      {
        dataframe_split: {
          data: [
            [1, 2],
            [3, 4],
          ],
        },
      },
      matrix,
    );
    expect(parsed(table.encode(rows))).toEqual({ predictions: [{ y: 5 }, { y: 6 }] });
    const tensor = invoke(
      {
        inputs: [
          [1, 2],
          [3, 4],
        ],
      },
      matrix,
    );
    expect(parsed(tensor.encode(rows))).toEqual({ predictions: { y: [[5], [6]] } });
    expect(tensor.inputs).toEqual(table.inputs);
  });

  test("CSV with quotes", () => {
    const decoded = invoke('b,a,"c"\r\n2,1.5,"say ""x"", y"\n3,,z\n', columns, "text/csv; charset=utf-8");
    expect(decoded.inputs[0]!.data).toEqual(Float32Array.from([1.5, Number.NaN]));
    expect(decoded.inputs[2]!.data).toEqual(['say "x", y', "z"]);
    expect(() => parseCsv('a,b\n1,"2')).toThrow(/Line 2/);
    expect(() => parseCsv("a,b\n1\n")).toThrow(/Line 2/);
  });

  test.each([
    ["nothing", {}, /exactly one/],
    ["two forms", { inputs: [], instances: [] }, /exactly one/],
    ["missing columns", { dataframe_split: { columns: ["a"], data: [[1]] } }, /columns "b", "c"/],
    [
      "missing value",
      {
        dataframe_records: [
          { a: 1, b: 2, c: "t" },
          { a: 1, b: 2 },
        ],
      },
      /"c", row 1, is missing/,
    ],
    ["missing input", { inputs: { a: [1] } }, /missing inputs "b", "c"/],
    ["fraction", { dataframe_records: [{ a: 1, b: 1.5, c: "t" }] }, /"b", row 0, is 1.5/],
    ["empty integer", { dataframe_records: [{ a: 1, b: null, c: "t" }] }, /"b", row 0, is null/],
    ["uneven rows", { dataframe_split: { columns: ["a"], data: [[1], [1, 2]] } }, /data\[1\]/],
    ["uneven lists", { inputs: { a: [[1], []], b: [1], c: [1] } }, /equally long/],
    ["no rows", { dataframe_records: [] }, /no rows/],
    ["row as number", { dataframe_records: [1] }, /\[0\]/],
  ])("refuses: %s", (_, request, message) => {
    expect(() => invoke(request, columns)).toThrow(message);
  });
});

describe("Azure scoring", () => {
  const outputs = [f32([2, 1], 5, 6)];
  const data = [
    [1, 2],
    [3, 4],
  ];
  test.each([
    ["split", { input_data: { columns: ["p", "q"], index: [0, 1], data } }, [5, 6]],
    ["rows", { input_data: data }, [5, 6]],
    ["lists by column", { input_data: { p: [1, 3], q: [2, 4] } }, [5, 6]],
    ["data", { data }, { result: [5, 6] }],
    [
      "AutoML",
      {
        Inputs: {
          data: [
            { p: 1, q: 2 },
            { p: 3, q: 4 },
          ],
        },
        GlobalParameters: 0,
      },
      { Results: [5, 6] },
    ],
    ["Inputs as rows", { Inputs: data }, { Results: [5, 6] }],
  ])("%s", (_, request, answer) => {
    const decoded = score(request, matrix);
    expect(decoded.inputs).toEqual([f32([2, 2], 1, 2, 3, 4)]);
    expect(parsed(decoded.encode(outputs))).toEqual(answer);
  });

  test("several values per row, several outputs", () => {
    const two: Signature = {
      ...matrix,
      outputs: [
        { ...y, name: "label" },
        { ...y, name: "p", shape: [-1, 2] },
      ],
    };
    const pair = f32([2, 2], 1, 2, 3, 4);
    expect(parsed(score({ data }, matrix).encode([pair]))).toEqual({ result: data });
    expect(parsed(score({ data }, two).encode([outputs[0]!, pair]))).toEqual({
      result: [
        { label: 5, p: [1, 2] },
        { label: 6, p: [3, 4] },
      ],
    });
  });

  test("refuses what is no table, and a model that takes none", () => {
    expect(() => score({}, matrix)).toThrow(/input_data/);
    expect(() => score({ data: 1 }, matrix)).toThrow(/table/);
    expect(() => score({ data: [[1, 2, 3]] }, matrix)).toThrow(/3 values.*takes 2/);
    expect(() => score({ data }, image)).toThrow(/tensors/);
    expect(() => score({ input_data: { columns: ["a", "a"], data } }, matrix)).toThrow(/twice/);
  });
});

test("the example in the OpenAPI document is accepted by the model", () => {
  for (const signature of [columns, matrix, image]) {
    const { paths } = openapiOf({ signature, model }, "e", "http://x/e") as {
      paths: Record<string, { post: { requestBody: { content: Record<string, { example: unknown }> } } }>;
    };
    const example = (path: string) => paths[path]!.post.requestBody.content["application/json"]!.example;
    expect(infer(example("/v2/models/m/infer"), signature).inputs).toHaveLength(signature.inputs.length);
    if (layoutOf(signature) === "none") continue;
    invoke(example("/invocations"), signature);
    score(example("/score"), signature);
  }
});
