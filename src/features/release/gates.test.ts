import { describe, expect, it } from "vitest";
import type { Build } from "../../contract/build.ts";
import type { DataVersion } from "../../contract/data.ts";
import type { ModelVersion } from "../../contract/model.ts";
import type { Check } from "../../contract/stage.ts";
import { type GateFacts, judge } from "./gates.ts";
import { type CheckResult, mergeResults } from "./store.ts";

const tests = (tests: number, failures: number, skipped = 0) => ({ tests, failures, errors: 0, skipped, cases: [] });
const model = (metrics: Record<string, number | "NaN">) => ({ name: "m", version: "1", metrics }) as ModelVersion;
const data = (state: string) => ({ name: "d", version: "1", state }) as DataVersion;
const facts = (given: {
  tests?: unknown;
  models?: ModelVersion[];
  data?: DataVersion[];
  unknown?: string[];
  cardGaps?: string[];
}) =>
  ({
    build: { tests: given.tests ?? null } as Build,
    models: given.models ?? [],
    data: given.data ?? [],
    unknown: given.unknown ?? [],
    cardGaps: given.cardGaps ?? [],
  }) satisfies GateFacts;

describe("a gate", () => {
  const rmse: Check = { type: "metric", metric: "rmse", max: 60 };
  const quality: Check = { type: "data-quality" };
  const cases: [string, Check, GateFacts, string | undefined][] = [
    ["enough tests", { type: "tests", minTests: 2 }, facts({ tests: tests(2, 0) }), "pass"],
    ["too few that were not skipped", { type: "tests", minTests: 2 }, facts({ tests: tests(3, 0, 2) }), "fail"],
    ["a failed test", { type: "tests", minTests: 1 }, facts({ tests: tests(9, 1) }), "fail"],
    ["no test results", { type: "tests", minTests: 1 }, facts({}), "inconclusive"],
    ["a metric at its bound", rmse, facts({ models: [model({ rmse: 60 })] }), "pass"],
    ["a metric over its bound", rmse, facts({ models: [model({ rmse: 60.1 })] }), "fail"],
    ["a metric that is no number", rmse, facts({ models: [model({ rmse: "NaN" })] }), "fail"],
    ["a metric that is not there", rmse, facts({ models: [model({ r2: 1 })] }), "inconclusive"],
    ["no model", rmse, facts({}), "inconclusive"],
    ["the second model's metric", rmse, facts({ models: [model({ rmse: 1 }), model({ rmse: 99 })] }), "fail"],
    ["good data", quality, facts({ data: [data("ready")] }), "pass"],
    ["refused data", quality, facts({ data: [data("ready"), data("refused")], unknown: ["data/x/1"] }), "fail"],
    [
      "data of which only a part is known",
      quality,
      facts({ data: [data("ready")], unknown: ["data/x/1"] }),
      "inconclusive",
    ],
    ["no data", quality, facts({}), "inconclusive"],
    ["a complete card", { type: "card", incomplete: "fail" }, facts({ models: [model({})] }), "pass"],
    ["a gap", { type: "card", incomplete: "fail" }, facts({ models: [model({})], cardGaps: ["summary"] }), "fail"],
    [
      "a gap that people decide about",
      { type: "card", incomplete: "inconclusive" },
      facts({ models: [model({})], cardGaps: ["summary"] }),
      "inconclusive",
    ],
    ["no card, for want of a model", { type: "card", incomplete: "fail" }, facts({}), "inconclusive"],
    ["what is no gate", { type: "smoke", maxLatencyMs: 1 }, facts({}), undefined],
  ];
  it.each(cases)("judges %s", (_, check, given, verdict) => {
    expect(judge(check, given)?.verdict).toBe(verdict);
  });
});

describe("results of checks", () => {
  const result = (type: string, detail: string): CheckResult => ({ type, verdict: null, detail, at: null });

  it("take each other's place in the order of the checks, also when they come again", () => {
    const asked = ["metric", "tests", "metric"].map((type) => result(type, ""));
    const fresh = [result("metric", "first"), result("metric", "second"), result("smoke", "added")];
    const once = mergeResults({ results: JSON.stringify(asked) }, fresh);
    const details = JSON.parse(once).map((kept: CheckResult) => [kept.type, kept.detail]);
    expect(details).toEqual([
      ["metric", "first"],
      ["tests", ""],
      ["metric", "second"],
      ["smoke", "added"],
    ]);
    expect(mergeResults({ results: once }, fresh)).toBe(once);
  });
});
