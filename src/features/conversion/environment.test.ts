import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readCondaFile } from "../../agent/environment/conda.ts";
import { conversionEnvironment, type ModelNeeds } from "./environment.ts";
import type { Flavor } from "./mlmodel.ts";
import { condaFile } from "./model.fixture.ts";

const none: ModelNeeds = { conda: null, requirements: null, pythonEnv: null };
/** As the agent reads it. */
const linesOf = (flavor: Flavor, needs: Partial<ModelNeeds>) =>
  readCondaFile(conversionEnvironment(flavor, { ...none, ...needs }, 'Model "m" version 1'));
const conda = (...pip: string[]) =>
  `dependencies:\n- python=3.10\n- pip:\n${pip.map((line) => `  - ${line}\n`).join("")}`;

describe("the environment of a conversion", () => {
  it("is the model's own, with the converter beside it", () => {
    const { python, lines } = linesOf("sklearn", { conda: condaFile });
    expect(python).toBe("3.11");
    expect(lines).toEqual([
      ...["mlflow==3.11.1", "scikit-learn==1.7.2"],
      ...["onnx==1.23.2", "onnxruntime==1.30.0", "protobuf<7", "skl2onnx==1.20.0"],
    ]);
  });

  it("takes the converter that the flavour needs", () => {
    const names = (flavor: Flavor) => linesOf(flavor, { conda: condaFile }).lines.map((line) => line.split("==")[0]);
    expect(names("xgboost")).toContain("onnxmltools");
    expect(names("lightgbm")).toContain("onnxmltools");
    expect(names("tensorflow")).toContain("tf2onnx");
    expect(names("pytorch")).toContain("onnxscript");
    expect(names("sklearn")).not.toContain("onnxmltools");
  });

  it("can convert other libraries' estimators in a pipeline of scikit-learn", () => {
    expect(linesOf("sklearn", { conda: conda("mlflow", "XGBoost>=3") }).lines).toContain("onnxmltools==1.16.0");
  });

  it("leaves the model the version of a package that it names, however it is written", () => {
    const { lines } = linesOf("sklearn", {
      conda: conda("mlflow==3.11.1", "ONNX==1.20.0", "onnxruntime~=1.25", "skl2onnx"),
    });
    expect(lines.filter((line) => /onnx/i.test(line))).toEqual(["ONNX==1.20.0", "onnxruntime~=1.25", "skl2onnx"]);
    const channel = "dependencies:\n- python=3.10\n- conda-forge::onnx=1.20\n- pip:\n  - mlflow\n";
    expect(linesOf("sklearn", { conda: channel }).lines).not.toContain("onnx==1.23.2");
  });

  it("reads requirements when there is no conda file, and adds mlflow, which loads the model", () => {
    const requirements = "# what it needs\nscikit-learn==1.7.2  # pinned\n\n";
    const { python, lines } = linesOf("sklearn", { requirements, pythonEnv: "python: 3.10\nbuild_dependencies: []\n" });
    expect(python).toBe("3.10");
    expect(lines[0]).toBe("scikit-learn==1.7.2");
    expect(lines).toContain("mlflow");
  });

  it("keeps versions as they are written", () => {
    expect(parse(conversionEnvironment("sklearn", { ...none, conda: conda("mlflow==3.10") }, "m"))).toMatchObject({
      dependencies: ["python=3.10", { pip: expect.arrayContaining(["mlflow==3.10"]) }],
    });
  });

  it.each([
    ["nothing", none, /does not say what it needs/],
    ["a conda file that is not YAML", { ...none, conda: "a: [" }, /cannot be read/],
    ["a conda file without dependencies", { ...none, conda: "name: x" }, /no list "dependencies"/],
    ["an empty conda file", { ...none, conda: "" }, /no list "dependencies"/],
    ["a dependency that is neither", { ...none, conda: "dependencies:\n- {conda: x}\n" }, /neither text nor a list/],
  ])("refuses %s", (_, needs, message) => {
    expect(() => conversionEnvironment("sklearn", needs, "It")).toThrow(message);
  });
});
