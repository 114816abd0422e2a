import { expect, it } from "vitest";
import { compareVersions } from "./comparison.ts";
import type { VersionDetail } from "./version-parts.tsx";

/** As much of a version as is compared. */
const version = (more: Pick<Partial<VersionDetail>, "metrics" | "trainingData">): VersionDetail => {
  const compared = { digest: null, size: 0, format: "onnx", aliases: [], stage: "None", metrics: {}, trainingData: [] };
  return { ...compared, createdBy: { id: "a", name: "ada" }, files: [], ...more } as unknown as VersionDetail;
};

it("puts what two versions have side by side, and says how metrics changed", () => {
  const left = version({ metrics: { rmse: 50, nan: "NaN", gone: 1 }, trainingData: ["data/churn/1"] });
  const right = version({ metrics: { rmse: 49, nan: "NaN", fresh: 2 }, trainingData: ["data/churn/2"] });
  const groups = new Map(
    compareVersions([left, undefined], [right, undefined]).map((group) => [group.title, group.rows]),
  );
  expect([...groups.keys()]).toEqual(["Version", "Metrics", "Training data"]);
  expect(groups.get("Metrics")).toEqual([
    { name: "rmse", left: "50", right: "49", change: "−2.0 %" },
    { name: "nan", left: "NaN", right: "NaN", change: "" },
    { name: "gone", left: "1", right: null, change: "" },
    { name: "fresh", left: null, right: "2", change: "" },
  ]);
  expect(groups.get("Training data")).toEqual([{ name: "churn", left: "version 1", right: "version 2", change: "" }]);
});

it("says nothing of a change from zero but its direction", () => {
  const [, metrics] = compareVersions(
    [version({ metrics: { loss: 0 } }), undefined],
    [version({ metrics: { loss: 1e-9 } }), undefined],
  );
  expect(metrics!.rows[0]!.change).toBe("+");
});
