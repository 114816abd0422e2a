import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Role } from "../../contract/permissions.ts";
import { registered, workspace } from "./model.fixture.ts";

describe.each(databases)("stages of versions on %s", (database) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ database });
    for (const content of ["1", "2", "3"]) await registered(app.ctx, "m", content);
    const owner = await app.as("owner");
    await owner.model.setPolicy({ params: { workspace }, body: { stages: ["Reviewed", "Shadow"] } });
  });
  afterAll(() => app.stop());

  const move = async (role: Role, version: string, stage: string, more: object = {}) =>
    (await app.as(role)).model.setStage({ params: { workspace, name: "m", version }, body: { stage, ...more } });
  const mlflow = async (role: Role, path: string, body: object, method = "POST") => {
    const response = await app.fetch(`http://localhost/api/2.0/mlflow/${path}`, {
      method,
      headers: { authorization: `Bearer ${await app.tokenOf(role)}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.text() };
  };
  const transition = (role: Role, version: string, stage: string, archive_existing_versions = false) =>
    mlflow(role, "model-versions/transition-stage", { name: "m", version, stage, archive_existing_versions });
  const stagesNow = async () => {
    const { items } = await (await app.as("reader")).model.get({ params: { workspace, name: "m" } });
    return Object.fromEntries(items.map((item) => [item.version, item.stage]));
  };

  it("are MLflow's and those of the workspace, in any case, also for MLflow clients", async () => {
    expect(await move("data-scientist", "1", "reviewed", { reason: "looked at" })).toMatchObject({ stage: "Reviewed" });
    expect((await transition("data-scientist", "2", "SHADOW")).status).toBe(200);
    expect(await stagesNow()).toEqual({ 1: "Reviewed", 2: "Shadow", 3: "None" });
    const latest = await mlflow("reader", "registered-models/get-latest-versions", { name: "m", stages: ["shadow"] });
    expect(JSON.parse(latest.body)).toMatchObject({ model_versions: [{ version: "2", current_stage: "Shadow" }] });
    expect(await transition("data-scientist", "1", "Nowhere")).toMatchObject({
      status: 400,
      body: expect.stringContaining("one of None, Reviewed, Shadow, Staging, Production, Archived"),
    });
  });

  it("archive what was there before, whichever stage it is", async () => {
    expect((await transition("data-scientist", "3", "Shadow", true)).status).toBe(200);
    expect(await stagesNow()).toEqual({ 1: "Reviewed", 2: "Archived", 3: "Shadow" });
    expect((await transition("data-scientist", "3", "Archived", true)).body).toContain("is not an Active stage");
  });

  it("are protected where the workspace says so, in both directions", async () => {
    await expect(move("data-scientist", "3", "Production")).rejects.toMatchObject({
      code: "forbidden",
      hint: "This takes the permission model:promote.",
    });
    await move("release-manager", "3", "production", { reason: "approved" });
    expect((await transition("data-scientist", "3", "Archived")).status).toBe(403);
    const owner = await app.as("owner");
    await owner.model.setPolicy({ params: { workspace }, body: { protectedStages: ["shadow"] } });
    expect((await move("data-scientist", "3", "Archived")).stage).toBe("Archived");
    await expect(move("data-scientist", "3", "Shadow")).rejects.toMatchObject({ code: "forbidden" });
  });

  it("keep a version from being deleted there by who may not move it, and do not come back with it", async () => {
    const params = { workspace, name: "m", version: "4" };
    await registered(app.ctx, "m", "4");
    await transition("release-manager", "4", "Shadow");
    const remove = (role: Role) => mlflow(role, "model-versions/delete", { name: "m", version: "4" }, "DELETE");
    expect(await remove("data-scientist")).toMatchObject({
      status: 403,
      body: expect.stringContaining("Version 4 of model m is in the protected stage Shadow"),
    });
    expect((await mlflow("contributor", "registered-models/delete", { name: "m" }, "DELETE")).status).toBe(403);
    expect((await remove("owner")).status).toBe(200);
    const scientist = await app.as("data-scientist");
    expect(await scientist.model.restore({ params })).toMatchObject({ stage: "None" });
    expect((await remove("data-scientist")).status).toBe(200);
  });

  it("remember who moved what, and why", async () => {
    const reader = await app.as("reader");
    const { items } = await reader.model.stageHistory({ params: { workspace, name: "m" } });
    expect(items.map(({ version, from, to, by, reason }) => [version, from, to, by.name, reason])).toEqual([
      ["4", "None", "Shadow", "release-manager", ""],
      ["3", "Production", "Archived", "data-scientist", ""],
      ["3", "Shadow", "Production", "release-manager", "approved"],
      ["3", "None", "Shadow", "data-scientist", ""],
      ["2", "Shadow", "Archived", "data-scientist", ""],
      ["2", "None", "Shadow", "data-scientist", ""],
      ["1", "None", "Reviewed", "data-scientist", "looked at"],
    ]);
    const one = await reader.model.stageHistory({ params: { workspace, name: "m" }, query: { version: "1" } });
    expect(one.items).toHaveLength(1);
    const { items: events } = await (await app.as("owner")).audit.list({ query: { type: "model.stage.set" } });
    expect(events[1]).toMatchObject({ data: { stage: "Archived", from: "Production" } });
  });

  it("stay while versions are in them, and have names that are free", async () => {
    const owner = await app.as("owner");
    const put = (stages: string[]) => owner.model.setPolicy({ params: { workspace }, body: { stages } });
    await expect(put(["Shadow"])).rejects.toMatchObject({ code: "conflict" });
    await expect(put(["Reviewed", "reviewed"])).rejects.toMatchObject({ code: "invalid" });
    await expect(put(["Reviewed", "staging"])).rejects.toMatchObject({ code: "invalid" });
    expect((await put(["QA", "Reviewed"])).stages).toEqual(["QA", "Reviewed"]);
  });
});
