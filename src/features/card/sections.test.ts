import { describe, expect, it } from "vitest";
import type { CardSectionKey, ModelPolicy } from "../../contract/model-policy.ts";
import { edit } from "./card.fixture.ts";
import type { CardEditTable } from "./schema.ts";
import { gapsIn, sectionsOf } from "./sections.ts";

const policy = (...requiredCard: ModelPolicy["requiredCard"]) => ({ requiredCard });
const section = (version: string, key: CardSectionKey, edits: CardEditTable[], description = "") =>
  sectionsOf({ version, description }, { edits, modelDescription: "", policy: policy("summary") }).find(
    (one) => one.section === key,
  )!;

describe("sections of a card", () => {
  const edits = [
    edit(1, "limitations", "old"),
    edit(1, "limitations", "of one"),
    edit(3, "limitations", "of three"),
    edit(4, "limitations", " "),
  ];

  it.each([
    ["1", "of one", "written", "1"],
    ["2", "of one", "inherited", "1"],
    ["3", "of three", "written", "3"],
    ["4", "", null, null],
    ["5", "", null, null],
  ] as const)("of version %s is the newest of it or of versions before it", (version, text, source, from) => {
    expect(section(version, "limitations", [...edits])).toMatchObject({ text, source, from });
  });

  it("names the edit that a later one replaces, and none when the text is inherited", () => {
    expect(section("1", "limitations", [...edits]).edit).toBe(edits[1]!.id);
    expect(section("2", "limitations", [...edits]).edit).toBeNull();
    expect(section("4", "limitations", [...edits]).edit).toBe(edits[3]!.id);
  });

  it("begins with the description", () => {
    expect(section("1", "summary", [], "predicts churn")).toMatchObject({
      text: "predicts churn",
      source: "description",
      required: true,
    });
    expect(section("1", "summary", [edit(1, "summary", "written")], "predicts churn").text).toBe("written");
    expect(section("1", "contact", [], "predicts churn").text).toBe("");
  });

  it("lacks what is required and empty or unknown", () => {
    const required = policy("summary", "limitations", "training-data", "metrics");
    const of = (edits: CardEditTable[]) =>
      sectionsOf({ version: "1", description: "" }, { edits, modelDescription: "", policy: required });
    expect(gapsIn(of([]), { trainingData: [], metrics: {} }, required)).toEqual([
      "summary",
      "limitations",
      "training-data",
      "metrics",
    ]);
    const written = of([edit(1, "summary", "s"), edit(1, "limitations", "l")]);
    expect(gapsIn(written, { trainingData: ["data/d/1"], metrics: { rmse: 1 } }, required)).toEqual([]);
    expect(gapsIn(written, { trainingData: [], metrics: { rmse: 1 } }, policy("contact", "training-data"))).toEqual([
      "contact",
      "training-data",
    ]);
  });
});
