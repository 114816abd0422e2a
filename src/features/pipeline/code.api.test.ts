import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { createJobs, definition, params, snapshot, step } from "../job/job.fixture.ts";

describe.each(databases)("the commit of a published pipeline, on %s", (database) => {
  let app: TestApp;
  let client: Client;

  beforeAll(async () => {
    app = await createTestApp({ database, loops: true });
    client = await app.as("owner");
  });
  afterAll(() => app.stop());

  const { commit, branch, remote, file, dirty } = snapshot;
  const code = { commit, branch, remote, file, dirty };

  it("is that of the jobs that it starts, and of their runs", async () => {
    const body = { name: "train", definition: definition({ one: step("x") }), code: snapshot };
    expect((await client.pipeline.publish({ params, body })).code).toEqual(code);
    expect((await client.pipeline.versions({ params: { ...params, name: "train" } })).items).toMatchObject([{ code }]);
    const { id } = await client.pipeline.start({ params: { ...params, name: "train" }, body: {} });
    const job = await createJobs(client).get(id);
    expect(job.code).toEqual(snapshot);
    const { tags } = await client.run.get({ params: { ...params, id: job.runId! } });
    expect(tags["mlflow.source.git.commit"]).toBe(commit);
  });

  it("is added to a version that had none, and never changed", async () => {
    const body = { name: "older", definition: definition({ one: step("y") }) };
    const publish = (more: object) => client.pipeline.publish({ params, body: { ...body, ...more } });
    expect((await publish({})).code).toBeNull();
    expect(await publish({ code: snapshot })).toMatchObject({ version: 1, code });
    const other = { ...snapshot, commit: "f".repeat(40) };
    expect(await publish({ code: other })).toMatchObject({ version: 1, code });
    expect(await publish({})).toMatchObject({ version: 1, code });
  });
});
