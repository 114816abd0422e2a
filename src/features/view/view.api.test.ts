import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import { createWorkspace } from "../workspace/index.ts";

const params = { workspace: "default" };
const page = "experiments/1";

describe.each(databases)("saved views on %s", (database) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ database });
    await createWorkspace(app.ctx, { name: "other", description: "" });
  });
  afterAll(() => app.stop());

  it("keeps what a page shows, for everyone in the workspace", async () => {
    const author = await app.as("data-scientist");
    const query = { q: "metrics.rmse < 50", cols: "metrics.rmse,params.lr" };
    const saved = await author.view.create({ params, body: { page, name: "Good ones", query } });
    expect(saved).toMatchObject({ page, name: "Good ones", query, owner: { name: "data-scientist" } });
    const reader = await app.as("reader");
    expect(await reader.view.list({ params, query: { page } })).toEqual({ items: [saved] });
    expect(await reader.view.list({ params, query: { page: "experiments/2" } })).toEqual({ items: [] });
    expect(await reader.view.list({ params: { workspace: "other" } })).toEqual({ items: [] });
  });

  it("takes a name once per page, and renames and changes", async () => {
    const author = await app.as("data-scientist");
    const body = { page, name: "Mine", query: {} };
    const { id } = await author.view.create({ params, body });
    await expect(author.view.create({ params, body })).rejects.toMatchObject({ code: "conflict" });
    await author.view.create({ params, body: { ...body, page: "experiments/2" } });
    const changed = await author.view.update({ params: { ...params, id }, body: { name: "Ours", query: { q: "x" } } });
    expect(changed).toMatchObject({ id, name: "Ours", query: { q: "x" } });
    await expect(author.view.update({ params: { ...params, id }, body: { name: "Good ones" } })).rejects.toMatchObject({
      code: "conflict",
    });
    await author.view.delete({ params: { ...params, id } });
    await expect(author.view.delete({ params: { ...params, id } })).rejects.toMatchObject({ code: "not_found" });
  });

  it("lets only who saved it, or an owner, change a view", async () => {
    const author = await app.as("data-scientist");
    const { id } = await author.view.create({ params, body: { page, name: "Guarded", query: {} } });
    const one = { params: { ...params, id } };
    const other = await app.as("ml-engineer");
    await expect(other.view.update({ ...one, body: { name: "Taken" } })).rejects.toMatchObject({ code: "forbidden" });
    await expect(other.view.delete(one)).rejects.toMatchObject({ code: "forbidden" });
    await expect((await app.as("reader")).view.delete(one)).rejects.toMatchObject({ code: "forbidden" });
    const elsewhere = { params: { workspace: "other", id } };
    await expect((await app.as("owner")).view.delete(elsewhere)).rejects.toMatchObject({ code: "not_found" });
    await (await app.as("owner")).view.delete(one);
  });

  it("refuses pages and views that are none", async () => {
    const author = await app.as("data-scientist");
    const save = (body: object) => author.view.create({ params, body: { page, name: "x", query: {}, ...body } });
    await expect(save({ page: "../etc" })).rejects.toMatchObject({ code: "invalid" });
    await expect(save({ name: "  " })).rejects.toMatchObject({ code: "invalid" });
    await expect(save({ query: { q: "x".repeat(20_001) } })).rejects.toMatchObject({ code: "invalid" });
  });
});
