import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Role } from "../../contract/permissions.ts";
import { registered, workspace } from "./model.fixture.ts";

describe.each(databases)("aliases on %s", (database) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ database });
    for (const content of ["1", "2", "3"]) await registered(app.ctx, "m", content);
  });
  afterAll(() => app.stop());

  const move = async (role: Role, alias: string, version: string, reason = "") =>
    (await app.as(role)).model.setAlias({ params: { workspace, name: "m", alias }, body: { version, reason } });

  const mlflow = async (role: Role, method: "POST" | "DELETE" | "PATCH", path: string, body: object) => {
    const response = await app.fetch(`http://localhost/api/2.0/mlflow/${path}`, {
      method,
      headers: { authorization: `Bearer ${await app.tokenOf(role)}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as { error_code?: string; message?: string } };
  };

  it("lets a data scientist move ordinary aliases and not protected ones", async () => {
    expect((await move("data-scientist", "candidate", "1")).aliases).toEqual({ candidate: "1" });
    await expect(move("data-scientist", "champion", "1")).rejects.toMatchObject({
      code: "forbidden",
      message: 'The alias "champion" is protected in workspace default: data-scientist may not move it.',
    });
    await expect(move("reader", "candidate", "2")).rejects.toMatchObject({ code: "forbidden" });
    expect((await move("release-manager", "champion", "1")).aliases).toMatchObject({ champion: "1" });
  });

  it("treats MLflow clients the same", async () => {
    const set = (role: Role, alias: string, version: string) =>
      mlflow(role, "POST", "registered-models/alias", { name: "m", alias, version });
    expect(await set("data-scientist", "candidate", "2")).toEqual({ status: 200, body: {} });
    expect(await set("data-scientist", "Champion", "2")).toMatchObject({
      status: 403,
      body: { error_code: "PERMISSION_DENIED", message: expect.stringContaining("model:promote") },
    });
    const gone = await mlflow("data-scientist", "DELETE", "registered-models/alias", { name: "m", alias: "champion" });
    expect(gone.status).toBe(403);
  });

  it("does not let anybody take a protected alias away with what it points to", async () => {
    for (const [method, path, body] of [
      ["DELETE", "model-versions/delete", { name: "m", version: "1" }],
      ["DELETE", "registered-models/delete", { name: "m" }],
      ["POST", "registered-models/rename", { name: "m", new_name: "n" }],
    ] as const) {
      const { status, body: said } = await mlflow("data-scientist", method, path, body);
      expect(status).toBe(403);
      expect(said.message).toContain('The protected alias "champion" points to version 1 of model m');
    }
  });

  it("remembers who moved an alias, from where to where, and why", async () => {
    await move("owner", "champion", "3", "better on the holdout");
    const owner = await app.as("owner");
    const params = { workspace, name: "m", alias: "champion" };
    expect((await owner.model.deleteAlias({ params, query: { reason: "withdrawn" } })).aliases).toEqual({
      candidate: "2",
    });
    const { items } = await owner.model.aliasHistory({
      params: { workspace, name: "m" },
      query: { alias: "champion" },
    });
    expect(items.map(({ from, to, by, reason }) => [from, to, by.name, reason])).toEqual([
      ["3", null, "owner", "withdrawn"],
      ["1", "3", "owner", "better on the holdout"],
      [null, "1", "release-manager", ""],
    ]);
    const all = await owner.model.aliasHistory({ params: { workspace, name: "m" } });
    expect(all.items.filter(({ alias }) => alias === "candidate").map(({ to, by }) => [to, by.name])).toEqual([
      ["2", "data-scientist"],
      ["1", "data-scientist"],
    ]);
    const { items: events } = await owner.audit.list({ query: { type: "model.alias.deleted" } });
    expect(events[0]).toMatchObject({ reason: "withdrawn", data: { alias: "champion", previous: "3", version: null } });
  });

  it("protects what the workspace says", async () => {
    const scientist = await app.as("data-scientist");
    const params = { workspace };
    const body = { protectedAliases: ["live-*"] };
    await expect(scientist.model.setPolicy({ params, body })).rejects.toMatchObject({ code: "forbidden" });
    expect((await scientist.model.getPolicy({ params })).protectedAliases).toEqual(["champion", "production*"]);
    const owner = await app.as("owner");
    await owner.model.setPolicy({ params, body });
    expect((await owner.model.setPolicy({ params, body: {} })).protectedAliases).toEqual(["live-*"]);
    await move("data-scientist", "champion", "2");
    await expect(move("data-scientist", "LIVE-eu", "2")).rejects.toMatchObject({ code: "forbidden" });
    const { items } = await owner.audit.list({ query: { type: "model.policy.changed" } });
    expect(items).toHaveLength(1);
  });
});
