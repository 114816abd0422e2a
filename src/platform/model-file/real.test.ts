import { describe, expect, it } from "vitest";
import keras from "../../../test/vectors/keras-files.json" with { type: "json" };
import vectors from "../../../test/vectors/model-files.json" with { type: "json" };
import { reportOf, rulesOf } from "./check.fixture.ts";

const filesOf = (model: keyof typeof vectors): Record<string, Uint8Array> =>
  Object.fromEntries(Object.entries(vectors[model]).map(([path, text]) => [path, Buffer.from(text, "base64")]));

describe("models as real libraries write them", () => {
  it.each(["sklearn", "skops", "xgboost", "lightgbm", "from-code", "pickles", "arrays"] as const)(
    "accepts %s",
    (model) => {
      expect(rulesOf(filesOf(model))).toEqual([]);
    },
  );

  it.each(Object.keys(vectors.pickles))("reads the whole of %s, by whatever name", (name) => {
    const content = Buffer.from((vectors.pickles as Record<string, string>)[name]!, "base64");
    expect(rulesOf({ "model.pkl": content })).toEqual([]);
    expect(rulesOf({ "model.pkl": content.subarray(0, content.length - 1) })).toHaveLength(1);
  });

  it("holds a class by its code, and says what to do", () => {
    const { findings } = reportOf(filesOf("pyfunc"));
    expect(findings).toMatchObject([{ file: "python_model.pkl", rule: "pickle-code", severity: "suspicious" }]);
    expect(findings[0]!.hint).toContain("python_model=");
  });

  it.each(Object.entries(keras))("judges %s as Keras writes it", (name, text) => {
    const rules = rulesOf({ [name]: Buffer.from(text, "base64") });
    expect(new Set(rules)).toEqual(new Set(name.startsWith("lambda") ? ["keras-code"] : []));
  });

  it("notes code that can be read", () => {
    expect(reportOf(filesOf("from-code")).findings).toMatchObject([{ file: "echo.py", severity: "note" }]);
  });

  it("reads signature and example of an MLmodel", () => {
    const { facts } = reportOf(filesOf("sklearn"));
    expect(facts.signature).toEqual({
      inputs: ["age", "bmi", "bp"].map((name) => ({ name, type: "double", shape: null, required: true })),
      outputs: [{ name: "age", type: "double", shape: null, required: true }],
      params: [],
    });
    expect(facts.inputExample).toMatchObject({ dataframe_split: { columns: ["age", "bmi", "bp"] } });
  });
});
