import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { snapshot as code, definition, params, step } from "./job.fixture.ts";

describe.each(databases)("the work tree that code came from on %s", (database) => {
  let app: TestApp;
  let client: Client;

  beforeAll(async () => {
    app = await createTestApp({ database });
    client = await app.as("data-scientist");
  });
  afterAll(() => app.stop());

  const submit = (more: { code?: typeof code }) =>
    client.job.create({ params, body: { definition: definition({ a: step("true") }), ...more } });
  const get = (id: string) => client.job.get({ params: { ...params, id } });

  it("is kept with the job, and its runs are tagged with it", async () => {
    const job = await submit({ code });
    expect((await get(job.id)).code).toEqual(code);
    const run = await client.run.get({ params: { ...params, id: job.runId! } });
    expect(run.tags).toMatchObject({
      "mlflow.source.git.commit": code.commit,
      "mlflow.source.git.branch": "main",
      "mlflow.source.git.repoURL": code.remote,
      "mlflow.source.name": "pipelines/train.yml",
    });
    await client.job.cancel({ params: { ...params, id: job.id }, body: {} });
  });

  it("is not there when nobody said so, and is refused when it is no snapshot", async () => {
    expect((await get((await submit({})).id)).code).toBeNull();
    await expect(submit({ code: { ...code, commit: "main" } })).rejects.toMatchObject({ code: "invalid" });
    await expect(submit({ code: { ...code, diff: "x".repeat(300_001) } })).rejects.toMatchObject({ code: "invalid" });
  });
});
