import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";

describe.each(databases)("registering environments on %s", (database) => {
  let app: TestApp;
  let client: Client;
  const params = { workspace: "default", name: "trees" };
  const condaFile = "dependencies:\n  - python=3.11\n";

  beforeAll(async () => {
    app = await createTestApp({ database });
    client = await app.as("data-scientist");
  });
  afterAll(() => app.stop());

  it("makes a version of new content, and gives the one that has the same", async () => {
    const first = await client.environment.create({ params, body: { condaFile } });
    const again = await client.environment.create({ params, body: { condaFile } });
    const second = await client.environment.create({ params, body: { condaFile: `${condaFile}  - pip\n` } });
    expect([first.version, again.version, second.version]).toEqual(["1", "1", "2"]);
    expect((await client.environment.get({ params })).items).toHaveLength(2);
  });

  it("refuses one of nothing, and who may only read", async () => {
    await expect(client.environment.create({ params, body: {} })).rejects.toThrow(/needs a conda file, an image/);
    const reader = await app.as("reader");
    await expect(reader.environment.create({ params, body: { condaFile } })).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});
