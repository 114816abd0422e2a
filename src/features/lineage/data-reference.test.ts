import { describe, expect, it } from "vitest";
import { isForTraining, referencesIn } from "./data-reference.ts";

const described = (more: Partial<Parameters<typeof referencesIn>[0]>) => ({
  ...{ name: "dataset", digest: "x", source: "{}" },
  ...more,
});

const uniqueOf = (found: object[]) =>
  [...new Set(found.map((one) => JSON.stringify(one)))].map((one) => JSON.parse(one));

describe("what the description of a data set means", () => {
  it.each([
    [{ source: '{"uri": "data/churn/2"}' }, [{ name: "churn", version: "2" }]],
    [{ source: '{"uri": "azureml:churn:2"}' }, [{ name: "churn", version: "2" }]],
    [{ source: '{"uri": "azureml://subscriptions/x/data/churn/versions/2"}' }, [{ name: "churn", version: "2" }]],
    [
      { source: '{"url": "http://host/api/v1/workspaces/default/data/churn/versions/2"}' },
      [{ name: "churn", version: "2" }],
    ],
    [{ source: "azureml:churn:2" }, [{ name: "churn", version: "2" }]],
    [{ name: "churn:2" }, [{ name: "churn", version: "2" }]],
    [{ name: "churn" }, []],
    [{ digest: "0123ABCD01234567" }, [{ digest: "0123abcd01234567" }]],
    [{ digest: "0123abcd" }, []],
    [{ source: '{"uri": "s3://bucket/data/churn"}' }, []],
    [{ source: "[1, 2" }, []],
    [{ source: "null" }, []],
  ])("%j means %j", (dataset, meaning) => {
    expect(uniqueOf(referencesIn(described(dataset)))).toEqual(meaning);
  });

  it("counts what was for training, or not said to be for anything", () => {
    expect(["", "training", "train", "eval", "test"].map((context) => isForTraining(described({ context })))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
