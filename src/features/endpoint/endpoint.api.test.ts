import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { sha256 } from "../../platform/digest.ts";
import { onnxModel } from "../../platform/model-file/onnx.fixture.ts";
import { registerModel } from "./model.fixture.ts";
import { type ServingNode, startServingNode } from "./serving-node.fixture.ts";

const workspace = "default";

describe.each(databases)("endpoints on %s", (database) => {
  let app: TestApp;
  let owner: Client;
  let serving: Client;
  let node: ServingNode;
  const at = (name: string) => ({ params: { workspace, name } });
  const deploy = (name: string, deployment: string, version: string) =>
    owner.endpoint.deploy({
      params: { workspace, name, deployment },
      body: { model: { name: "diabetes", version } },
    });
  const split = (name: string, traffic: Record<string, number>) =>
    owner.endpoint.setTraffic({ ...at(name), body: { traffic } });

  beforeAll(async () => {
    app = await createTestApp({ database, loops: true });
    owner = await app.as("owner");
    serving = await app.as("serving");
    node = await startServingNode(serving);
    await registerModel(owner, "diabetes");
    await registerModel(owner, "diabetes");
  });
  afterAll(async () => {
    await node.stop();
    await app.stop();
  });

  it("gives each endpoint a key of its own, whose hash nodes are told", async () => {
    await owner.endpoint.create({ params: { workspace }, body: { name: "keyed" } });
    await owner.endpoint.create({ params: { workspace }, body: { name: "open", authMode: "none" } });
    const { primary } = await owner.endpoint.keys(at("keyed"));
    expect(primary).toMatch(/^[\w-]{43}$/);
    expect((await owner.endpoint.keys(at("open"))).primary).not.toBe(primary);
    await node.sync();
    const told = node.desired.endpoints.find((endpoint) => endpoint.name === "keyed");
    expect(told).toMatchObject({ authMode: "key", keyHashes: [sha256(primary)], deployments: [] });
    await expect((await app.as("reader")).endpoint.keys(at("keyed"))).rejects.toMatchObject({ code: "forbidden" });
    const again = owner.endpoint.create({ params: { workspace }, body: { name: "keyed" } });
    await expect(again).rejects.toMatchObject({ code: "conflict" });
  });

  it("keeps the rules of traffic", async () => {
    const name = "ruled";
    await owner.endpoint.create({ params: { workspace }, body: { name } });
    expect(await deploy(name, "blue", "1")).toMatchObject({ state: "starting", traffic: 0, collect: true });
    await expect(split(name, { blue: 100 })).rejects.toMatchObject({
      code: "conflict",
      message: 'Deployment "blue" of endpoint "ruled" is starting, not ready.',
    });
    await node.sync();
    await expect(split(name, { blue: 60 })).rejects.toMatchObject({ code: "invalid" });
    await expect(split(name, { grey: 100 })).rejects.toMatchObject({ code: "not_found" });
    expect((await split(name, { blue: 100 })).deployments).toMatchObject([{ name: "blue", traffic: 100 }]);
    await expect(owner.endpoint.delete(at(name))).rejects.toMatchObject({ code: "conflict" });
    const blue = { params: { workspace, name, deployment: "blue" } };
    await expect(owner.endpoint.undeploy(blue)).rejects.toMatchObject({
      message: 'Deployment "blue" of endpoint "ruled" has 100 percent of the traffic.',
    });
    await expect(deploy(name, "blue", "2")).rejects.toMatchObject({ code: "conflict" });

    await deploy(name, "green", "2");
    await node.sync();
    await split(name, { blue: 90, green: 10 });
    expect((await split(name, { green: 100 })).deployments).toMatchObject([
      { name: "blue", traffic: 0, state: "ready" },
      { name: "green", traffic: 100, state: "ready" },
    ]);
    await owner.endpoint.undeploy(blue);
    await expect(owner.endpoint.undeploy(blue)).rejects.toMatchObject({ code: "not_found" });
    await split(name, {});
    await owner.endpoint.delete(at(name));
    await expect(owner.endpoint.get(at(name))).rejects.toMatchObject({ code: "not_found" });
  });

  it("gives no traffic to a deployment that failed, and says why", async () => {
    const name = "failing";
    await owner.endpoint.create({ params: { workspace }, body: { name } });
    const { model } = await deploy(name, "blue", "1");
    node.failing.add(model.digest);
    await node.sync();
    node.failing.clear();
    await expect(split(name, { blue: 100 })).rejects.toMatchObject({
      message: 'Deployment "blue" of endpoint "failing" is failed, not ready: the model does not load.',
    });
  });

  it("refuses to deploy what no node can serve", async () => {
    await registerModel(owner, "pickled", { "model.pkl": "…" });
    await owner.endpoint.create({ params: { workspace }, body: { name: "e1" } });
    const params = { workspace, name: "e1", deployment: "blue" };
    const pickled = owner.endpoint.deploy({ params, body: { model: { name: "pickled", version: "1" } } });
    await expect(pickled).rejects.toMatchObject({ code: "unprocessable", hint: expect.stringContaining("ONNX") });
    const unknown = owner.endpoint.deploy({ params, body: { model: { name: "diabetes", version: "99" } } });
    await expect(unknown).rejects.toMatchObject({ code: "not_found" });
    expect((await owner.endpoint.get(at("e1"))).deployments).toEqual([]);
  });

  it("describes an endpoint from what its node reports, and stops believing a silent node", async () => {
    const name = "described";
    await owner.endpoint.create({ params: { workspace }, body: { name } });
    await deploy(name, "blue", "1");
    await node.sync();
    expect(await owner.endpoint.get(at(name))).toMatchObject({
      url: `${node.url}/${workspace}/${name}`,
      ...{ requests: 7, errors: 1, p50: 2, p99: 9, collectedRows: 0 },
      inputs: [{ name: "age" }, { name: "bmi" }],
      example: { dataframe_split: { columns: ["age", "bmi"], data: [[1, 1]] } },
    });
    const { clock } = app.ctx;
    app.ctx.clock = { now: () => clock.now() + 31_000 };
    const silent = await owner.endpoint.get(at(name));
    app.ctx.clock = clock;
    expect(silent).toMatchObject({ url: null, deployments: [{ state: "stopped" }] });
  });

  it("sends a request in each protocol to the node, with the key", async () => {
    const name = "tried";
    await owner.endpoint.create({ params: { workspace }, body: { name } });
    await deploy(name, "blue", "1");
    await node.sync();
    const { primary } = await owner.endpoint.keys(at(name));
    const forms: [string, unknown][] = [
      ["v2/models/tried/infer", { inputs: [{ name: "age", shape: [1, 1], datatype: "FP32", data: [1] }] }],
      ["invocations", { dataframe_split: { columns: ["age"], data: [[1]] } }],
      ["invocations", { inputs: { age: [[1]] } }],
      ["score", { input_data: [[1]] }],
    ];
    for (const [path, request] of forms) {
      const answer = await owner.endpoint.invoke({ ...at(name), body: { request, deployment: "blue" } });
      expect(answer).toMatchObject({ status: 200, deployment: "blue", response: { predictions: [{}] } });
      const received = node.received.at(-1)!;
      expect(received).toMatchObject({ path: `/${workspace}/${name}/${path}`, body: request });
      expect(received.headers.authorization).toBe(`Bearer ${primary}`);
    }
    const neither = owner.endpoint.invoke({ ...at(name), body: { request: { rows: [] } } });
    await expect(neither).rejects.toMatchObject({ code: "invalid", hint: expect.stringContaining("dataframe_split") });
  });

  it("lets a node read the files of deployed models and no others", async () => {
    const name = "filed";
    await owner.endpoint.create({ params: { workspace }, body: { name } });
    const version = await registerModel(owner, "filed", { "model.onnx": onnxModel("filed"), "notes.txt": "" });
    const digest = version.digest!;
    await expect(serving.serving.modelFiles({ params: { digest } })).rejects.toMatchObject({ code: "not_found" });
    await expect(serving.serving.modelBlob({ params: { digest: sha256(onnxModel("filed")) } })).rejects.toThrow();
    const params = { workspace, name, deployment: "blue" };
    await owner.endpoint.deploy({ params, body: { model: { name: "filed", version: "1" } } });
    const { files } = await serving.serving.modelFiles({ params: { digest } });
    expect(files.map((file) => file.path)).toEqual(["model.onnx", "notes.txt"]);
    const bytes = await serving.serving.modelBlob({ params: { digest: files[0]!.digest } });
    expect(await bytes.text()).toBe(onnxModel("filed"));
    await owner.endpoint.undeploy({ params });
    await expect(serving.serving.modelBlob({ params: { digest: files[0]!.digest } })).rejects.toThrow();
  });

  it("wakes a waiting node with a change, and lets it wait otherwise", async () => {
    await node.sync();
    const { generation } = node.desired;
    const query = { node: "node-1", generation, waitMs: 20_000 };
    const started = Date.now();
    const waiting = serving.serving.desired({ query });
    await owner.endpoint.create({ params: { workspace }, body: { name: "woken" } });
    expect((await waiting).endpoints.map((endpoint) => endpoint.name)).toContain("woken");
    expect(Date.now() - started).toBeLessThan(5000);
    const same = await serving.serving.desired({ query: { ...query, generation: generation + 1, waitMs: 50 } });
    expect(same.generation).toBe(generation + 1);
  });

  it("does not count as a change what is refused or changes nothing", async () => {
    await deploy("woken", "green", "1");
    await node.sync();
    const { generation } = node.desired;
    await deploy("woken", "green", "1");
    await expect(split("woken", { blue: 100 })).rejects.toThrow();
    await node.sync();
    expect(node.desired.generation).toBe(generation);
  });
});
