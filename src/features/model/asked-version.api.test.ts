import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import { definition, params, step } from "../job/job.fixture.ts";
import { type JobBench, startJobBench } from "../job/job-bench.fixture.ts";
import { treeOf } from "./model.fixture.ts";

describe.each(databases)("a version of a model that is asked for, on %s", (database) => {
  let { app, client, jobs, run } = {} as JobBench;

  beforeAll(async () => {
    ({ app, client, jobs, run } = await startJobBench({ database }));
  });
  afterAll(() => app.stop());

  const create = async (name: string, content: string, more: object = {}) => {
    const tree = await treeOf(app.ctx, { "weights.bin": content });
    return client.model.createVersion({ params: { ...params, name }, body: { tree, ...more } });
  };

  it("is kept with what is said of it, and the next one comes after it", async () => {
    const said = { version: 7, description: "of spring", tags: { team: "fraud" }, type: "custom_model" };
    const expected = { version: "7", description: "of spring", tags: { team: "fraud" } };
    expect(await create("churn", "a", said)).toMatchObject(expected);
    expect(await create("churn", "a", { version: 7 }), "the same files").toMatchObject(expected);
    expect(await create("churn", "b")).toMatchObject({ version: "8" });
    expect(await create("churn", "c", { version: 3 })).toMatchObject({ version: "3" });
    expect(await create("churn", "d")).toMatchObject({ version: "9" });
    await expect(create("churn", "e", { version: 7 })).rejects.toMatchObject({ code: "conflict" });
    const mlflow = create("churn", "f", { type: "mlflow_model" });
    await expect(mlflow).rejects.toThrow("there is no file MLmodel");
  });

  const trains = (version: string) => {
    const register = { name: "prices", version };
    const one = step("train", { outputs: { o: { type: "custom_model", register } }, deterministic: false });
    return definition({ one });
  };

  it("may be what a step writes", async () => {
    expect((await run(trains("4"), "weights")).registered).toEqual(["model/prices/4"]);
    expect((await run(trains("4"), "weights")).registered).toEqual(["model/prices/4"]);
  });

  it("is a whole number", async () => {
    await expect(jobs.submit(trains("1.0"))).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("versions of models are whole numbers"),
    });
  });
});
