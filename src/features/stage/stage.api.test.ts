import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import type { stageContract } from "../../contract/stage.ts";

type Body = z.input<typeof stageContract.put.body>;
const workspace = "default";

describe.each(databases)("stages on %s", (database) => {
  let app: TestApp;
  let owner: Client;
  const put = (name: string, body: Body, client = owner) => client.stage.put({ params: { workspace, name }, body });

  beforeAll(async () => {
    app = await createTestApp({ database });
    owner = await app.as("owner");
  });
  afterAll(() => app.stop());

  it("lists stages in their order, and replaces one by name", async () => {
    await put("PRD", { order: 3, endpoint: "prd", alias: "champion", checks: [{ type: "approval" }] });
    await put("DEV", { order: 1, endpoint: "dev" });
    await put("DEV", { order: 2, endpoint: "dev", checks: [{ type: "smoke" }] });
    const { items } = await owner.stage.list({ params: { workspace } });
    expect(items).toMatchObject([
      { name: "DEV", order: 2, alias: null, checks: [{ type: "smoke", maxLatencyMs: 1000 }], release: null },
      { name: "PRD", order: 3, alias: "champion", checks: [{ type: "approval", minimum: 1, timeoutHours: 720 }] },
    ]);
    const events = await owner.audit.list({ query: { type: "stage.changed", subject: "stage/DEV" } });
    expect(events.items.map((event) => event.data)).toMatchObject([{ created: false }, { created: true }]);
  });

  const refused: [string, Body, RegExp][] = [
    ["an endpoint of another stage", { order: 9, endpoint: "prd" }, /Stage "PRD" deploys to endpoint "prd" already/],
    ["a metric without bounds", { order: 1, endpoint: "x", checks: [{ type: "metric", metric: "rmse" }] }, /"min" or/],
    [
      "a metric that nothing meets",
      { order: 1, endpoint: "x", checks: [{ type: "metric", metric: "r2", min: 1, max: 0 }] },
      /no r2 is at least 1 and at most 0/,
    ],
    ["two approvals", { order: 1, endpoint: "x", checks: [{ type: "approval" }, { type: "approval" }] }, /at most one/],
    [
      "more approvals than approvers",
      { order: 1, endpoint: "x", checks: [{ type: "approval", approvers: ["a", "a"], minimum: 2 }] },
      /2 approvals are wanted of 1 approvers/,
    ],
  ];
  it.each(refused)("refuses %s", async (_, body, message) => {
    await expect(put("TEST", body)).rejects.toThrow(message);
    expect((await owner.stage.list({ params: { workspace } })).items).toHaveLength(2);
  });

  it("lets only those who may change a stage do so", async () => {
    for (const role of ["reader", "approver", "data-scientist", "ml-engineer"] as const) {
      const change = put("DEV", { order: 1, endpoint: "dev" }, await app.as(role));
      await expect(change, role).rejects.toMatchObject({ code: "forbidden" });
    }
  });
});
