import { describe, expect, it } from "vitest";
import { readModelFile } from "./mlmodel.ts";
import { modelFile } from "./model.fixture.ts";

const read = (text: string) => readModelFile(text, 'Model "m" version 1');

describe("an MLmodel file", () => {
  it("says which flavour to convert, whether there is an example, and where its environment is", () => {
    expect(read(modelFile())).toEqual({ flavor: "sklearn", hasExample: true, condaFile: "conda.yaml" });
    expect(read(modelFile({ flavor: "xgboost", example: false }))).toMatchObject({
      flavor: "xgboost",
      hasExample: false,
    });
  });

  it("takes the environment as older versions of mlflow name it", () => {
    const older = modelFile().replace(/env:\n.*\n.*\n/, "env: environment.yaml\n");
    expect(read(older).condaFile).toBe("environment.yaml");
  });

  it.each<[string, string, RegExp]>([
    ["ONNX", modelFile({ flavor: "onnx" }), /version 1 is ONNX already; there is nothing to convert/],
    [
      "of another flavour",
      modelFile({ flavor: "prophet" }),
      /cannot be converted to ONNX: it is of the flavour prophet/,
    ],
    ["a Python function only", "flavors:\n  python_function: {}\n", /of the flavour python_function/],
    ["of a flavour that every object has", modelFile({ flavor: "toString" }), /of the flavour toString/],
    ["without a signature", modelFile({ signature: false }), /has no signature/],
    ["not YAML", "flavors: [", /The MLmodel file of Model "m" version 1 cannot be read/],
    ["a list", "- a\n- b\n", /cannot be converted to ONNX/],
    ["empty", "", /cannot be converted to ONNX/],
  ])("refuses a model that is %s", (_, text, message) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: "unprocessable", message: expect.stringMatching(message) }),
    );
  });
});
