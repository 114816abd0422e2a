import { describe, expect, it } from "vitest";
import { parseFilter } from "./filter.ts";

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

  it("takes lists of some length in all", () => {
    const list = (length: number) => Array.from({ length }, () => "'a'").join(",");
    expect(parseFilter(`run_id IN (${list(10_000)})`)[0]!.value).toHaveLength(10_000);
    const filter = `run_id IN (${list(6000)}) AND run_id IN (${list(6000)})`;
    expect(() => parseFilter(filter)).toThrow("at most 10000 items");
  });
});
