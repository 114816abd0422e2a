import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { setAlias } from "./index.ts";
import { registered, workspace } from "./model.fixture.ts";

describe.each(databases)("references to models on %s", (database) => {
  let app: TestApp;
  let reader: Client;
  let digests: string[];
  beforeAll(async () => {
    app = await createTestApp({ database, loops: true });
    reader = await app.as("reader");
    const first = await registered(app.ctx, "churn", "one");
    const second = await registered(app.ctx, "churn", "two");
    digests = [first.digest, second.digest];
    await registered(app.ctx, "churn-copy", "two");
    await setAlias(app.ctx, { workspace, name: "churn", alias: "champion", version: "1", reason: "" });
    await (await app.as("owner")).model.setAlias({
      params: { workspace, name: "churn", alias: "candidate" },
      body: { version: "2" },
    });
  });
  afterAll(() => app.stop());

  const resolve = (reference: string) => reader.model.resolve({ params: { workspace }, query: { reference } });

  it.each([
    ["churn", "2"],
    ["churn:1", "1"],
    ["churn@champion", "1"],
    ["models:/churn@candidate", "2"],
    ["models:/churn/2", "2"],
    ["models:/churn/none", "2"],
    ["azureml:churn:1", "1"],
  ])("resolves %s to version %s", async (reference, version) => {
    expect(await resolve(reference)).toMatchObject({ name: "churn", version });
  });

  it("resolves a digest, also its beginning, and asks for the name when there are several", async () => {
    const [first, second] = digests as [string, string];
    expect(await resolve(`sha256:${first}`)).toMatchObject({ name: "churn", version: "1" });
    expect(await resolve(`sha256:${first.slice(0, 12)}`)).toMatchObject({ name: "churn", version: "1" });
    expect(await resolve(`churn-copy@sha256:${second}`)).toMatchObject({ name: "churn-copy", version: "1" });
    await expect(resolve(`sha256:${second}`)).rejects.toMatchObject({
      code: "conflict",
      hint: `Choose one: churn@sha256:${second}, churn-copy@sha256:${second}.`,
    });
  });

  it.each([
    ["chrun", "not_found", 'Did you mean "churn"?'],
    ["churn@champoin", "not_found", 'Did you mean "churn@champion"?'],
    ["churn@nobody-at-all", "not_found", "There are: latest, candidate, champion."],
    ["churn:champion", "not_found", '"champion" is an alias: write churn@champion.'],
    ["churn:9", "not_found", "There are the versions 2, 1."],
    ["models:/churn/Production", "not_found", "An alias is written churn@Production."],
    [`sha256:${"0".repeat(64)}`, "not_found", "trainyard model show"],
    ["sha256:12", "invalid", "at least 8 digits"],
    ["a/b/c", "invalid", "churn@champion"],
  ])("says about %s what was probably meant", async (reference, code, hint) => {
    await expect(resolve(reference)).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) });
  });

  it("deploys and builds what a reference means", async () => {
    const owner = await app.as("owner");
    await owner.endpoint.create({ params: { workspace }, body: { name: "e" } });
    const deployed = await owner.endpoint.deploy({
      params: { workspace, name: "e", deployment: "d" },
      body: { model: "churn@champion" },
    });
    expect(deployed.model).toEqual({ name: "churn", version: "1", digest: digests[0] });
    await expect(
      owner.endpoint.deploy({ params: { workspace, name: "e", deployment: "d" }, body: { model: "chrun:1" } }),
    ).rejects.toMatchObject({ hint: 'Did you mean "churn"?' });
  });
});
