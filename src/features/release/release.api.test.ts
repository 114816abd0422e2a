import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { sleep } from "../../platform/clock.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { canonicalJson, sha256 } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import { type ServingNode, startServingNode } from "../endpoint/serving-node.fixture.ts";
import { openShop, person } from "./release.fixture.ts";

const good: ServingNode["answer"] = () => ({ status: 200, body: { predictions: [{ prediction: 151.5 }] } });

describe.each(databases)("releases on %s", (database) => {
  let app: TestApp;
  let node: ServingNode;
  let ann: Client;

  beforeAll(async () => {
    app = await createTestApp({ database, loops: true });
    node = await startServingNode(await app.as("serving"));
    node.follow();
    ann = await person(app, "ann", "approver");
  });
  beforeEach(() => {
    node.answer = good;
    node.failing.clear();
  });
  afterAll(async () => {
    expect(await (await app.as("owner")).audit.verify()).toMatchObject({ valid: true });
    await node.stop();
    await app.stop();
  });
  const deployments = async (workspace: string, name: string) =>
    (await ann.endpoint.get({ params: { workspace, name } })).deployments.map(({ name, traffic, release }) => ({
      name,
      traffic,
      release,
    }));

  it("goes through the stages in order, and moves traffic, alias and the stage's release together", async () => {
    const shop = await openShop(app, { DEV: [], PRD: [{ type: "tests", minTests: 2 }, { type: "smoke" }] });
    const { number, model } = await shop.ship();
    const release = await shop.ended(number);
    expect(release).toMatchObject({
      state: "succeeded",
      stages: [
        { stage: "DEV", state: "succeeded", deployment: `r${number}` },
        {
          stage: "PRD",
          state: "succeeded",
          checks: [
            { type: "tests", verdict: "pass", detail: "2 of 2 tests passed, at least 2 must" },
            { type: "smoke", verdict: "pass", detail: expect.stringMatching(/^3 requests answered/) },
          ],
        },
      ],
    });
    const [dev, prd] = release.stages;
    expect(prd!.startedAt).toBeGreaterThanOrEqual(dev!.endedAt!);
    const { workspace } = shop;
    expect(await deployments(workspace, "prd")).toEqual([{ name: `r${number}`, traffic: 100, release: number }]);
    const { items } = await ann.stage.list({ params: { workspace } });
    expect(items.map((stage) => stage.release)).toEqual([number, number]);
    const registered = await ann.model.get({ params: { workspace, name: "m" } });
    expect(registered.aliases).toMatchObject({ champion: model.version });
    const smoke = node.received.filter(
      ({ path, headers }) => path.startsWith(`/${workspace}/`) && headers["x-trainyard-smoke"],
    );
    expect(smoke.map(({ headers }) => headers["azureml-model-deployment"])).toEqual(Array(6).fill(`r${number}`));
  });

  it("is a manifest of digests, whose own digest is that of its canonical JSON", async () => {
    const shop = await openShop(app, { PRD: [{ type: "approval" }] });
    const { number, model, manifestDigest } = await shop.ship();
    const { manifest } = await ann.release.get({ params: { workspace: shop.workspace, number } });
    expect(sha256(canonicalJson(manifest))).toBe(manifestDigest);
    expect(manifest).toMatchObject({ models: [{ name: "m", version: model.version, digest: model.digest }] });
    expect(manifest.evidence.map(({ name }) => name)).toEqual(["tests", `model/m/${model.version}`]);
    const configuration = await ann.blob.get({
      params: { workspace: shop.workspace, digest: manifest.configuration! },
    });
    expect(JSON.parse(await configuration.text())).toMatchObject([{ name: "PRD", checks: [{ type: "approval" }] }]);
  });

  it("keeps the checks that the stage had when it was made", async () => {
    const shop = await openShop(app, { PRD: [{ type: "approval" }] });
    const release = await shop.settled((await shop.ship()).number);
    const body = { order: 0, endpoint: "prd", alias: "champion", checks: [] };
    await (await app.as("owner")).stage.put({ params: { workspace: shop.workspace, name: "PRD" }, body });
    expect((await shop.look(release.number)).state).toBe("waiting");
    await shop.approve(ann, release, "PRD");
    expect((await shop.ended(release.number)).stages[0]!.checks).toMatchObject([
      { type: "approval", verdict: "pass" },
      { type: "smoke", verdict: "pass" },
    ]);
  });

  it("stops at a gate that says no, and touches nothing behind it", async () => {
    const shop = await openShop(app, { TEST: [{ type: "tests", minTests: 9 }], PRD: [] });
    const { number } = await shop.ship();
    expect(await shop.ended(number)).toMatchObject({
      state: "failed",
      stages: [
        {
          state: "failed",
          error: "Gate tests: 2 of 2 tests passed, at least 9 must.",
          checks: [{ type: "tests", verdict: "fail" }],
          deployment: null,
        },
        { state: "skipped", startedAt: null },
      ],
    });
    expect((await ann.endpoint.list({ params: { workspace: shop.workspace } })).items).toEqual([]);
  });

  it("judges each of several checks of a kind", async () => {
    const checks = ["rmse", "r2"].map((metric) => ({ type: "metric" as const, metric, min: 0 }));
    const shop = await openShop(app, { TEST: checks });
    const { stages } = await shop.settled((await shop.ship()).number);
    expect(stages[0]!.checks).toMatchObject([
      { detail: "rmse of m 1 is not recorded" },
      { detail: "r2 of m 1 is not recorded" },
    ]);
  });

  it("asks a person about a gate that cannot be decided", async () => {
    const shop = await openShop(app, { TEST: [{ type: "metric", metric: "rmse", max: 60 }, { type: "data-quality" }] });
    const release = await shop.settled((await shop.ship()).number);
    expect(release).toMatchObject({
      state: "waiting",
      stages: [
        {
          state: "waiting",
          checks: [
            { type: "metric", verdict: "inconclusive", detail: "rmse of m 1 is not recorded" },
            { type: "data-quality", verdict: "inconclusive" },
          ],
        },
      ],
    });
    const { items } = await ann.audit.list({ query: { workspace: shop.workspace, type: "release.waiting" } });
    expect(items[0]!.data).toMatchObject({ inconclusive: ["rmse of m 1 is not recorded", expect.any(String)] });
    await shop.approve(ann, release, "TEST");
    expect((await shop.ended(release.number)).state).toBe("succeeded");
  });

  it("releases no build that failed, and none without a model", async () => {
    const shop = await openShop(app, { PRD: [] });
    const { build } = await shop.build({ passed: 1, failed: 1 });
    const failed = await ann.build.get({ params: { workspace: shop.workspace, number: build } });
    expect(failed).toMatchObject({ state: "failed", error: "1 of 2 tests failed: bad" });
    await expect(shop.release(build)).rejects.toMatchObject({
      code: "conflict",
      message: `Build ${build} failed; only a build that succeeded is released.`,
    });
    await expect(shop.release(99)).rejects.toMatchObject({ code: "not_found" });
    expect((await ann.release.list({ params: { workspace: shop.workspace } })).items).toEqual([]);
  });

  it.each<[string, ServingNode["answer"], RegExp]>([
    ["an error", () => ({ status: 500, body: { error: "boom" } }), /Smoke test: the model answered 500: .*boom/],
    ["no number", () => ({ status: 200, body: { predictions: [{ prediction: null }] } }), /not made of finite numbers/],
    ["infinity", () => ({ status: 200, body: { predictions: ["Infinity", 1] } }), /not made of finite numbers/],
    ["nothing", () => ({ status: 200, body: {} }), /not made of finite numbers/],
  ])("gives no traffic to a model that answers the smoke test with %s", async (_, answer, message) => {
    const shop = await openShop(app, { PRD: [{ type: "smoke" }] });
    const first = await shop.ended((await shop.ship()).number);
    expect(first.state).toBe("succeeded");
    node.answer = (received, deployment) =>
      deployment === "r2" ? answer(received, deployment) : good(received, deployment);
    const second = await shop.ended((await shop.ship()).number);
    expect(second).toMatchObject({
      state: "failed",
      stages: [{ state: "failed", error: expect.stringMatching(message) }],
    });
    expect(await deployments(shop.workspace, "prd")).toEqual([
      { name: "r1", traffic: 100, release: 1 },
      { name: "r2", traffic: 0, release: 2 },
    ]);
    const registered = await ann.model.get({ params: { workspace: shop.workspace, name: "m" } });
    expect(registered.aliases).toMatchObject({ champion: "1" });
  });

  it("fails when the model does not load, and says why", async () => {
    const shop = await openShop(app, { PRD: [{ type: "approval" }] });
    const { number, model } = await shop.ship();
    node.failing.add(model.digest!);
    await shop.approve(ann, await shop.settled(number), "PRD");
    expect(await shop.ended(number)).toMatchObject({
      state: "failed",
      stages: [{ error: `Deployment r${number} does not come up: the model does not load` }],
    });
  });

  it("waits for a node that cannot load the model at once", async () => {
    const shop = await openShop(app, { PRD: [] });
    const { build, model } = await shop.build();
    node.failing.add(model.digest!);
    const { number } = await shop.release(build);
    await expect.poll(async () => (await shop.look(number)).stages[0]!.state, { timeout: 10_000 }).toBe("deploying");
    await sleep(500);
    node.failing.clear();
    expect((await shop.ended(number)).state).toBe("succeeded");
  });

  it("ends with the newer of two releases that take a stage over at the same moment", async () => {
    const shop = await openShop(app, { PRD: [{ type: "approval" }] });
    const [older, newer] = [await shop.ship(), await shop.ship()];
    const waiting = [await shop.settled(older.number), await shop.settled(newer.number)];
    await Promise.all(waiting.map((release) => shop.approve(ann, release, "PRD")));
    expect((await shop.ended(newer.number)).state).toBe("succeeded");
    await shop.ended(older.number);
    const { items } = await ann.stage.list({ params: { workspace: shop.workspace } });
    expect(items).toMatchObject([{ release: newer.number }]);
    expect(await deployments(shop.workspace, "prd")).toContainEqual({ name: "r2", traffic: 100, release: 2 });
  });

  it("keeps what was served before without traffic, and drops what is older", async () => {
    const shop = await openShop(app, { PRD: [] });
    for (const traffic of [["r1"], ["r1", "r2"], ["r2", "r3"]]) {
      await shop.ended((await shop.ship()).number);
      const now = await deployments(shop.workspace, "prd");
      expect(now.map(({ name }) => name)).toEqual(traffic);
      expect(now.map(({ traffic }) => traffic)).toEqual(traffic.length === 1 ? [100] : [0, 100]);
    }
  });

  it("does not replace a newer release by an older one", async () => {
    const shop = await openShop(app, { PRD: [{ type: "approval" }] });
    const older = await shop.settled((await shop.ship()).number);
    const newer = await shop.settled((await shop.ship()).number);
    await shop.approve(ann, newer, "PRD");
    expect((await shop.ended(newer.number)).state).toBe("succeeded");
    await shop.approve(ann, older, "PRD");
    expect(await shop.ended(older.number)).toMatchObject({
      state: "failed",
      stages: [{ error: `Stage PRD serves the newer release ${newer.number}.` }],
    });
    expect(await deployments(shop.workspace, "prd")).toContainEqual({ name: "r2", traffic: 100, release: 2 });
    const registered = await ann.model.get({ params: { workspace: shop.workspace, name: "m" } });
    expect(registered.aliases).toMatchObject({ champion: "2" });
  });

  it("stops when it is cancelled, and leaves what it has deployed", async () => {
    const shop = await openShop(app, { DEV: [], PRD: [{ type: "approval" }] });
    const { number } = await shop.settled((await shop.ship()).number);
    const at = { params: { workspace: shop.workspace, number } };
    await expect(ann.release.cancel({ ...at, body: {} })).rejects.toMatchObject({ code: "forbidden" });
    await shop.requester.release.cancel({ ...at, body: { reason: "not today" } });
    const release = await shop.ended(number);
    expect(release).toMatchObject({
      state: "cancelled",
      stages: [{ state: "succeeded" }, { state: "cancelled", error: "not today", deployment: null }],
    });
    await expect(shop.approve(ann, release, "PRD")).rejects.toMatchObject({ code: "conflict" });
    expect(await deployments(shop.workspace, "dev")).toEqual([{ name: "r1", traffic: 100, release: 1 }]);
    await shop.requester.release.cancel({ ...at, body: {} });
    expect((await shop.look(number)).state).toBe("cancelled");
  });

  it("is cancelled while its model does not come up", async () => {
    const shop = await openShop(app, { PRD: [] });
    node.answer = () => ({ status: 503, body: {} });
    const { build } = await shop.build();
    await node.stop();
    const { number } = await shop.release(build);
    await expect.poll(async () => (await shop.look(number)).stages[0]!.state).toBe("deploying");
    await shop.requester.release.cancel({ params: { workspace: shop.workspace, number }, body: { reason: "enough" } });
    const release = await shop.ended(number);
    node = await startServingNode(await app.as("serving"));
    node.follow();
    expect(release).toMatchObject({ state: "cancelled", stages: [{ state: "cancelled", error: "enough" }] });
  });

  it("is made once per idempotency key", async () => {
    const shop = await openShop(app, { PRD: [{ type: "approval" }] });
    const { build } = await shop.build();
    const body = { build, idempotencyKey: "once" };
    const params = { workspace: shop.workspace };
    const made = await Promise.all(Array.from({ length: 4 }, () => shop.requester.release.create({ params, body })));
    expect(new Set(made.map(({ number }) => number))).toEqual(new Set([1]));
    expect((await ann.release.list({ params })).items).toHaveLength(1);
  });

  it("says what is wrong with a page that nobody gave out", async () => {
    const query = { after: "abc" };
    const params = { workspace: "default" };
    await expect(ann.release.list({ params, query })).rejects.toMatchObject({ code: "invalid" });
    await expect(ann.build.list({ params, query })).rejects.toMatchObject({ code: "invalid" });
    const far = { params: { ...params, number: 9_999_999_999_999 } };
    await expect(ann.release.get(far)).rejects.toMatchObject({ status: expect.toSatisfy((status) => status < 500) });
  });

  it("goes on delivering events when a retrained build cannot be released", async () => {
    const shop = await openShop(app, {});
    const { build } = await shop.build();
    const { workspace } = shop;
    const announce = () =>
      transaction(app.ctx, async (tx) =>
        record(tx, { workspace, type: "build.succeeded", subject: `build/${build}`, data: { trigger: "monitor/m/1" } }),
      );
    await announce();
    await expect
      .poll(async () => (await ann.audit.list({ query: { workspace, type: "release.refused" } })).items)
      .toMatchObject([{ subject: `build/${build}`, reason: "There is no stage to release to." }]);
  });
});
