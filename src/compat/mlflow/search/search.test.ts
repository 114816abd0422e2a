import { describe, expect, it } from "vitest";
import { runFilter, runOrder } from "../../../features/run/index.ts";
import { traceFilter, traceOrder } from "../../../features/trace/index.ts";
import { datasetFilter, datasetOrder } from "./datasets.ts";
import { experimentFilter, experimentOrder } from "./experiments.ts";
import { loggedModelFilter, loggedModelOrder } from "./logged-models.ts";
import { modelFilter, modelOrder, versionFilter, versionOrder } from "./models.ts";

describe("what can be searched", () => {
  it.each([
    ["metrics.a = 'x'", "Expected numeric value type"],
    ["metrics.a LIKE 'x'", "Invalid comparison operator 'LIKE'"],
    ["params.a > '1'", "Invalid comparison operator '>'"],
    ["params.a = 1", "Expected a quoted string value"],
    ["attributes.experiment_id = '1'", "Invalid attribute key 'experiment_id'"],
    ["status IN ('FINISHED')", "Only the 'run_id' attribute"],
    ["start_time = 'x'", "Expected numeric value type"],
    ["nothing.a = 'x'", "Invalid entity type 'nothing'"],
    ["dataset.size = 'x'", "Invalid dataset attribute 'size'"],
  ])("of runs, not %s", (filter, message) => {
    expect(() => runFilter(filter)).toThrow(message);
  });

  it.each(["constructor", "toString", "__proto__"])("finds nothing under %s, which every object inherits", (name) => {
    for (const read of [
      datasetFilter,
      runFilter,
      experimentFilter,
      loggedModelFilter,
      modelFilter,
      versionFilter,
      traceFilter,
    ]) {
      expect(() => read(`${name} = 'x'`), read.name).toThrow(`'${name}'`);
      expect(() => read(`${name}.x = 'x'`), read.name).toThrow("Invalid");
    }
    for (const read of [datasetOrder, runOrder, experimentOrder, modelOrder, versionOrder, traceOrder])
      expect(() => read([name]), read.name).toThrow(`'${name}'`);
    expect(() => loggedModelOrder(name, true)).toThrow(`'${name}'`);
  });

  it("knows the attributes of runs by MLflow's names", () => {
    expect(runFilter("run_name = 'a' AND created > 5 AND dataset.context = 'train'")).toEqual([
      { on: "attribute", key: "name", operator: "=", value: "a" },
      { on: "attribute", key: "started_at", operator: ">", value: 5 },
      { on: "dataset", key: "context", operator: "=", value: "train" },
    ]);
  });

  it("hides prompts unless they are asked for", () => {
    const prompts = { on: "tag", key: "mlflow.prompt.is_prompt", operator: "=", value: "true" };
    expect(modelFilter("")).toEqual([{ ...prompts, not: true }]);
    expect(modelFilter("tags.`mlflow.prompt.is_prompt` = 'true'")).toEqual([{ ...prompts, not: false }]);
    expect(modelFilter("tags.`mlflow.prompt.is_prompt` != 'true'")).toEqual([{ ...prompts, not: true }]);
  });

  it("compares version numbers as numbers", () => {
    expect(versionFilter("version_number > 2")[0]).toMatchObject({ key: "version", operator: ">", value: 2 });
    expect(() => versionFilter("stage = 'Production'")).toThrow("Invalid attribute key 'stage'");
  });

  it("reads orders", () => {
    expect(runOrder(["metrics.`a b` DESC", "start_time", "params.x asc"])).toEqual([
      { on: "metric", key: "a b", descending: true },
      { on: "attribute", key: "started_at", descending: false },
      { on: "param", key: "x", descending: false },
    ]);
    expect(() => runOrder(["start_time", "start_time desc"])).toThrow("duplicate");
    expect(() => runOrder(["nothing"])).toThrow("Invalid order_by key 'nothing'");
    expect(experimentOrder(["name"])).toEqual([
      { column: "name", descending: false },
      { column: "id", descending: true },
    ]);
  });
});
