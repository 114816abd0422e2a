import type { z } from "zod";
import type { TestApp } from "../../../test/support/app.ts";
import { type Client, createClient } from "../../contract/client.ts";
import type { ModelVersion } from "../../contract/model.ts";
import type { Role } from "../../contract/permissions.ts";
import type { Release } from "../../contract/release.ts";
import type { checkSchema } from "../../contract/stage.ts";
import { sleep } from "../../platform/clock.ts";
import { createToken, createUser } from "../access/index.ts";
import { createWorker } from "../agent/worker.fixture.ts";
import { registerModel, storeTree } from "../endpoint/model.fixture.ts";
import { createWorkspace } from "../workspace/index.ts";

type Checks = z.input<typeof checkSchema>[];

const pipeline = [
  "steps:",
  "- script: make test",
  "- task: PublishTestResults@2",
  "  inputs: { testResultsFormat: JUnit, testResultsFiles: r.xml }",
].join("\n");

/** A workspace with stages of its own, in which builds and releases are made through the API. */
export interface Shop {
  workspace: string;
  /** Who makes builds and releases. */
  requester: Client;
  /** A new version of the shop's model, built with this many passed and failed tests. */
  build(tests?: { passed: number; failed: number }): Promise<{ build: number; model: ModelVersion }>;
  release(build: number): Promise<Release>;
  /** Builds and releases. */
  ship(tests?: { passed: number; failed: number }): Promise<Release & { model: ModelVersion }>;
  look(number: number): Promise<Release>;
  /** The release once its state is none of those that pass by themselves. */
  settled(number: number): Promise<Release>;
  /** The release once it has ended. */
  ended(number: number): Promise<Release>;
  approve(client: Client, release: Release, stage: string, more?: { manifestDigest?: string }): Promise<Release>;
  reject(client: Client, release: Release, stage: string, comment: string): Promise<Release>;
}

let opened = 0;

export async function openShop(app: TestApp, stages: Record<string, Checks>): Promise<Shop> {
  const workspace = `shop-${++opened}`;
  const params = { workspace };
  await createWorkspace(app.ctx, { name: workspace, description: "" });
  const owner = await app.as("owner");
  const requester = await app.as("ml-engineer");
  const worker = createWorker(await app.as("agent"), owner);
  for (const [order, [name, checks]] of Object.entries(stages).entries()) {
    const body = { order, endpoint: name.toLowerCase(), alias: name === "PRD" ? "champion" : null, checks };
    await owner.stage.put({ params: { ...params, name }, body });
  }
  const until = async <T>(look: () => Promise<T>, done: (value: T) => boolean): Promise<T> => {
    for (const end = Date.now() + 30_000; ; await sleep(20)) {
      const value = await look();
      if (done(value)) return value;
      if (Date.now() > end) throw new Error(`it does not go on: ${JSON.stringify(value)}`);
    }
  };
  const look = (number: number) => requester.release.get({ params: { ...params, number } });
  const shop: Shop = {
    workspace,
    requester,
    look,
    async build(tests = { passed: 2, failed: 0 }) {
      const model = await registerModel(owner, "m", undefined, workspace);
      // Other code each time: results of another build are not reused.
      const tree = await storeTree(owner, { "azure-pipelines.yml": pipeline, salt: String(Math.random()) }, workspace);
      const models = [{ name: "m", version: model.version }];
      const body = { name: "b", tree, file: "azure-pipelines.yml", models };
      const { number } = await requester.build.create({ params, body });
      const passed = '<testcase name="good" classname="c"/>'.repeat(tests.passed);
      const failed = '<testcase name="bad" classname="c"><failure/></testcase>'.repeat(tests.failed);
      const results = {
        "outcome.json": '{"exitCode":0,"step":1}',
        "tests/1.xml": `<testsuite>${passed}${failed}</testsuite>`,
      };
      await worker.complete(await worker.claim(), { results });
      await until(
        () => requester.build.get({ params: { ...params, number } }),
        (build) => build.endedAt !== null,
      );
      return { build: number, model };
    },
    release: (build) => requester.release.create({ params, body: { build } }),
    async ship(tests) {
      const { build, model } = await shop.build(tests);
      return { ...(await shop.release(build)), model };
    },
    settled: (number) =>
      until(
        () => look(number),
        (release) => release.state !== "running",
      ),
    ended: (number) =>
      until(
        () => look(number),
        (release) => release.endedAt !== null,
      ),
    approve: (client, { number, manifestDigest }, stage, more) =>
      client.release.approve({ params: { ...params, number }, body: { stage, manifestDigest, ...more } }),
    reject: (client, { number, manifestDigest }, stage, comment) =>
      client.release.reject({ params: { ...params, number }, body: { stage, manifestDigest, comment } }),
  };
  return shop;
}

/** A person of their own, with a client. */
export async function person(app: TestApp, name: string, role: Role): Promise<Client> {
  const user = await createUser(app.ctx, { name, kind: "person", role, workspace: "*" });
  const { token } = await createToken(app.ctx, user.id, { description: "test", days: 1 });
  return createClient({ baseUrl: "http://localhost", fetch: app.fetch, token });
}
