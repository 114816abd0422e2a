import { describe, expect, it } from "vitest";
import { parseModelReference } from "./model-reference.ts";

const digest = "0123456789abcdef".repeat(4);

describe("references to model versions", () => {
  it.each([
    ["churn", { name: "churn", label: "latest" }],
    [" churn ", { name: "churn", label: "latest" }],
    ["churn:3", { name: "churn", version: "3" }],
    ["churn:latest", { name: "churn", label: "latest" }],
    ["churn:champion", { name: "churn", version: "champion" }],
    ["churn@champion", { name: "churn", label: "champion" }],
    ["a@b@champion", { name: "a@b", label: "champion" }],
    ["my model:2", { name: "my model", version: "2" }],
    ["models:/churn/3", { name: "churn", version: "3" }],
    ["models:/churn/latest", { name: "churn", label: "latest" }],
    ["models:/churn@champion", { name: "churn", label: "champion" }],
    ["models:/churn/Production", { name: "churn", stage: "Production" }],
    ["azureml:churn:3", { name: "churn", version: "3" }],
    ["azureml:churn@latest", { name: "churn", label: "latest" }],
    [`sha256:${digest}`, { digest }],
    [`SHA256:${digest.toUpperCase()}`, { digest }],
    ["sha256:01234567", { digest: "01234567" }],
    ["churn@sha256:01234567", { name: "churn", digest: "01234567" }],
    [`models:/churn@sha256:${digest}`, { name: "churn", digest }],
  ])("understands %j", (text, meaning) => {
    expect(parseModelReference(text)).toEqual(meaning);
  });

  it.each(["", " ", ":3", "@champion", "a/b/c", "a:b:c", "sha256:0123", "churn/sha256:01234567", "churn:", "c\\d"])(
    "refuses %j",
    (text) => {
      expect(parseModelReference(text)).toBeUndefined();
    },
  );

  it("does not take long to refuse a long text", () => {
    expect(parseModelReference(`${"a@".repeat(5000)}:`)).toBeUndefined();
  });
});
