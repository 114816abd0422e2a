import { describe, expect, it } from "vitest";
import { experimentOrder } from "./experiments.ts";
import { parseFilter } from "./grammar.ts";
import { modelFilter, versionFilter } from "./models.ts";
import { runFilter, runOrder } from "./runs.ts";

describe("the filter grammar", () => {
  it.each([
    ["metrics.rmse < 0.5", { entity: "metrics", key: "rmse", operator: "<", value: 0.5 }],
    ["metrics.rmse >= -1.5e3", { entity: "metrics", key: "rmse", operator: ">=", value: -1500 }],
    ["metrics.`val loss` = 1", { entity: "metrics", key: "val loss", operator: "=", value: 1 }],
    ['metrics."val/loss" = 1', { entity: "metrics", key: "val/loss", operator: "=", value: 1 }],
    ["params.lr != '0.1'", { entity: "params", key: "lr", operator: "!=", value: "0.1" }],
    ['params.lr = "0.1"', { entity: "params", key: "lr", operator: "=", value: "0.1" }],
    ["tags.mlflow.source.name like '%x'", { entity: "tags", key: "mlflow.source.name", operator: "LIKE", value: "%x" }],
    ["tags.a = 'it''s'", { entity: "tags", key: "a", operator: "=", value: "it's" }],
    ["run_id IN ('a', 'b')", { entity: "", key: "run_id", operator: "IN", value: ["a", "b"] }],
    ["run_id not in ('a',)", { entity: "", key: "run_id", operator: "NOT IN", value: ["a"] }],
    ["tags.x IS NULL", { entity: "tags", key: "x", operator: "IS NULL", value: null }],
    ["tags.x is not null", { entity: "tags", key: "x", operator: "IS NOT NULL", value: null }],
    ["attributes.`Run Name` = 'x'", { entity: "attributes", key: "Run Name", operator: "=", value: "x" }],
    ["Run Name = 'x'", { entity: "", key: "Run Name", operator: "=", value: "x" }],
    ["tags.a = ' AND b = '", { entity: "tags", key: "a", operator: "=", value: " AND b = " }],
  ])("reads %s", (filter, expected) => {
    expect(parseFilter(filter)).toEqual([{ ...expected, text: filter }]);
  });

  it("reads comparisons joined by AND, in any case", () => {
    expect(parseFilter("a = 'x' AND metrics.b<1 and tags.c IS NULL").map((one) => one.key)).toEqual(["a", "b", "c"]);
    expect(parseFilter("  ")).toEqual([]);
  });

  it.each([
    ["a = 'x' OR b = 'y'", "'OR' at character 9"],
    ["(a = 'x')", "'(' at character 1"],
    ["a = ", "'the end' at character 5"],
    ["a = 'x", "''' at character 5"],
    ["a ~ 'x'", "'~' at character 3"],
    ["a = 'x' AND", "'the end' at character 12"],
    ["run_id IN ()", "non-empty list"],
    ["run_id IN (1)", "non-empty list"],
    ["; drop table run", "';' at character 1"],
  ])("refuses %s and says where", (filter, message) => {
    expect(() => parseFilter(filter)).toThrow(message);
  });
});

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
