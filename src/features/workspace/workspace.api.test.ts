import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import { createClient } from "../../contract/client.ts";
import { contract } from "../../contract/index.ts";
import type { Operation } from "../../contract/operation.ts";
import { createToken } from "../access/index.ts";

const isOpen = ({ permission }: Operation) => permission === "public" || permission === "signed-in";

describe.each(databases)("a workspace that does not exist, on %s", (database) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ database });
  });
  afterAll(() => app.stop());

  it("is named by every operation in it, whatever that reads or writes", async () => {
    const authorization = `Bearer ${await app.tokenOf("owner")}`;
    const operations: Operation[] = Object.values(contract).flatMap((noun) => Object.values(noun));
    const within = operations.filter((one) => one.path.includes("{workspace}") && !isOpen(one));
    expect(within.length).toBeGreaterThan(100);
    for (const { method, path } of within) {
      const url = `http://localhost/api/v1${path.replace("{workspace}", "nowhere").replace(/\{\w+\}/g, "x")}`;
      const response = await app.fetch(url, { method, headers: { authorization } });
      expect(await response.json(), `${method} ${path}`).toMatchObject({
        code: "not_found",
        message: 'There is no workspace "nowhere".',
        hint: "`trainyard workspace list` shows which there are.",
      });
    }
  });

  it("is not told from one that the caller may not read", async () => {
    const owner = await app.as("owner");
    const user = await owner.access.createUser({ body: { name: "eve", role: "owner", workspace: "default" } });
    await owner.workspace.create({ body: { name: "theirs" } });
    const { token } = await createToken(app.ctx, user.id, { description: "test", days: 1 });
    const eve = createClient({ baseUrl: "http://localhost", fetch: app.fetch, token });
    for (const workspace of ["theirs", "nowhere"]) {
      await expect(eve.job.list({ params: { workspace } })).rejects.toMatchObject({ code: "forbidden" });
    }
  });

  it("is nobody's: no role is given in it", async () => {
    const owner = await app.as("owner");
    await expect(
      owner.access.createUser({ body: { name: "ida", role: "reader", workspace: "nowhere" } }),
    ).rejects.toMatchObject({ code: "not_found", message: 'There is no workspace "nowhere".' });
  });

  it("is there for the next request once it was created", async () => {
    const owner = await app.as("owner");
    const list = () => owner.job.list({ params: { workspace: "soon" } });
    await expect(list()).rejects.toMatchObject({ code: "not_found" });
    await owner.workspace.create({ body: { name: "soon" } });
    expect((await list()).items).toEqual([]);
  });
});
