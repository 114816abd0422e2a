import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { roleNames, roles } from "../../contract/permissions.ts";
import { type ServingNode, startServingNode } from "../endpoint/serving-node.fixture.ts";
import { openShop, person, type Shop } from "./release.fixture.ts";

const workspace = (shop: Shop) => ({ workspace: shop.workspace });

describe.each(databases)("approvals of releases on %s", (database) => {
  let app: TestApp;
  let node: ServingNode;
  let ann: Client;
  let bob: Client;
  let eve: Client;

  beforeAll(async () => {
    app = await createTestApp({ database, loops: true });
    node = await startServingNode(await app.as("serving"));
    node.follow();
    [ann, bob, eve] = await Promise.all(
      ["ann", "bob", "eve"].map((name) => person(app, name, "approver")) as [
        Promise<Client>,
        Promise<Client>,
        Promise<Client>,
      ],
    );
  });
  afterAll(async () => {
    await node.stop();
    await app.stop();
  });

  it("lets every role decide that may, and no other", async () => {
    const shop = await openShop(app, { PRD: [{ type: "approval", minimum: 50 }] });
    const release = await shop.settled((await shop.ship()).number);
    expect(release.state).toBe("waiting");
    for (const role of roleNames.filter((name) => name !== "step")) {
      const decided = shop.approve(await app.as(role), release, "PRD").then(
        () => "taken",
        (problem) => problem.code,
      );
      const may = (roles[role] as readonly string[]).includes("release:approve");
      expect([role, await decided]).toEqual([role, may ? "taken" : "forbidden"]);
    }
    const names = (await shop.look(release.number)).stages[0]!.decisions.map((decision) => decision.by.name);
    expect(names.sort()).toEqual(["approver", "owner", "release-manager"]);
  });

  it("refuses the requester's own word, whatever their role", async () => {
    const shop = await openShop(app, { PRD: [{ type: "approval" }] });
    const { build } = await shop.build();
    const manager = await app.as("release-manager");
    const { number } = await manager.release.create({ params: workspace(shop), body: { build } });
    const release = await shop.settled(number);
    await expect(shop.approve(manager, release, "PRD")).rejects.toMatchObject({
      code: "forbidden",
      message: "You requested this release, so you may not decide on it.",
      hint: expect.stringContaining("somebody else"),
    });
    await expect(shop.reject(manager, release, "PRD", "no")).rejects.toMatchObject({ code: "forbidden" });
    await shop.approve(ann, release, "PRD");
    expect((await shop.ended(number)).state).toBe("succeeded");
  });

  it("takes the requester's word where the stage allows it", async () => {
    const shop = await openShop(app, { PRD: [{ type: "approval", requesterMayApprove: true }] });
    const { build } = await shop.build();
    const manager = await app.as("release-manager");
    const { number } = await manager.release.create({ params: workspace(shop), body: { build } });
    await shop.approve(manager, await shop.settled(number), "PRD");
    expect((await shop.ended(number)).state).toBe("succeeded");
  });

  it("counts each person once, until there are enough", async () => {
    const shop = await openShop(app, { PRD: [{ type: "approval", minimum: 2 }] });
    const release = await shop.settled((await shop.ship()).number);
    expect((await shop.approve(ann, release, "PRD")).state).toBe("waiting");
    await expect(shop.approve(ann, release, "PRD")).rejects.toMatchObject({
      code: "conflict",
      message: `You have decided on release ${release.number} for stage PRD already.`,
    });
    await shop.approve(bob, release, "PRD");
    const ended = await shop.ended(release.number);
    expect(ended).toMatchObject({
      state: "succeeded",
      stages: [{ decisions: [{ by: { name: "ann" } }, { by: { name: "bob" } }] }],
    });
    expect(ended.stages[0]!.checks).toContainEqual(
      expect.objectContaining({ type: "approval", verdict: "pass", detail: "2 of 2" }),
    );
    await expect(shop.approve(eve, release, "PRD")).rejects.toMatchObject({ code: "conflict" });
  });

  it("counts two words that come at the same moment", async () => {
    const shop = await openShop(app, { PRD: [{ type: "approval", minimum: 3 }] });
    const release = await shop.settled((await shop.ship()).number);
    await Promise.all([ann, bob, eve].map((client) => shop.approve(client, release, "PRD")));
    const ended = await shop.ended(release.number);
    expect(ended).toMatchObject({ state: "succeeded", stages: [{ decisions: [{}, {}, {}] }] });
  });

  it("does not take back a rejection that comes with an approval", async () => {
    const shop = await openShop(app, { PRD: [{ type: "approval" }] });
    const release = await shop.settled((await shop.ship()).number);
    const decided = await Promise.allSettled([
      shop.reject(ann, release, "PRD", "no"),
      shop.approve(bob, release, "PRD"),
    ]);
    expect(decided.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
    const ended = await shop.ended(release.number);
    expect(ended.stages[0]!.decisions).toHaveLength(1);
    expect(ended.state).toBe(ended.stages[0]!.decisions[0]!.decision === "reject" ? "rejected" : "succeeded");
  });

  it("takes a decision only on the manifest that was looked at", async () => {
    const shop = await openShop(app, { PRD: [{ type: "approval" }] });
    const release = await shop.settled((await shop.ship()).number);
    const other = shop.approve(ann, release, "PRD", { manifestDigest: "0".repeat(64) });
    await expect(other).rejects.toMatchObject({
      code: "conflict",
      message: `Release ${release.number} has another manifest than the one you decided on.`,
    });
    await expect(shop.approve(ann, release, "TEST")).rejects.toMatchObject({ code: "not_found" });
    expect((await shop.look(release.number)).stages[0]!.decisions).toEqual([]);
  });

  it("asks those whom the stage names", async () => {
    const shop = await openShop(app, { PRD: [{ type: "approval", approvers: ["bob"] }] });
    const release = await shop.settled((await shop.ship()).number);
    await expect(shop.approve(ann, release, "PRD")).rejects.toMatchObject({
      code: "forbidden",
      message: "Stage PRD is decided on by bob.",
    });
    await shop.approve(bob, release, "PRD");
    expect((await shop.ended(release.number)).state).toBe("succeeded");
  });

  it("ends with a rejection, and says whose and why", async () => {
    const shop = await openShop(app, { TEST: [{ type: "approval" }], PRD: [] });
    const release = await shop.settled((await shop.ship()).number);
    await shop.reject(ann, release, "TEST", "the rows are old");
    expect(await shop.ended(release.number)).toMatchObject({
      state: "rejected",
      stages: [
        { state: "rejected", error: "rejected by ann: the rows are old", deployment: null },
        { state: "skipped", deployment: null },
      ],
    });
    const { items } = await ann.audit.list({
      query: { workspace: shop.workspace, subject: `release/${release.number}` },
    });
    expect(items.map((event) => event.type)).toEqual([
      "release.ended-rejected",
      "release.rejected",
      "release.waiting",
      "release.created",
    ]);
    expect(items[1]).toMatchObject({ actor: { name: "ann" }, reason: "the rows are old" });
    const endpoints = (await ann.endpoint.list({ params: workspace(shop) })).items;
    expect(endpoints).toEqual([]);
  });

  it("ends when nobody decides in time", async () => {
    const shop = await openShop(app, { PRD: [{ type: "approval", timeoutHours: 1 / 3_600_000 }] });
    const release = await shop.ended((await shop.ship()).number);
    expect(release).toMatchObject({
      state: "rejected",
      stages: [{ state: "rejected", error: expect.stringContaining("nobody decided within") }],
    });
    await expect(shop.approve(ann, release, "PRD")).rejects.toMatchObject({ code: "conflict" });
  });
});
