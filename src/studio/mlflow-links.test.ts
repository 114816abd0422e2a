import { describe, expect, it } from "vitest";
import { pageOfMlflowLink } from "./mlflow-links.ts";

describe("links that MLflow clients print", () => {
  it.each([
    ["/", "#/experiments/3/runs/abc", "/runs/abc"],
    ["/", "#/experiments/3/runs/abc?x=1", "/runs/abc"],
    ["/", "#/experiments/3", "/experiments/3"],
    ["/", "#/experiments/3/models/m-1", "/experiments/3"],
    ["/", "#/models/churn/versions/2", "/models/churn/2"],
    ["/w/team/", "#/experiments/3/runs/abc", "/runs/abc?workspace=team"],
    ["/w/team", "", "/experiments?workspace=team"],
    ["/w/default/", "#/experiments/3", "/experiments/3"],
    ["/", "#content", null],
    ["/", "", null],
    ["/jobs", "#/experiments/3", null],
  ])("%s%s leads to %s", (pathname, hash, page) => {
    expect(pageOfMlflowLink(pathname, hash)).toBe(page);
  });
});
