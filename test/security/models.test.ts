import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createToken, createUser } from "../../src/features/access/index.ts";
import { zip } from "../../src/platform/model-file/archive.fixture.ts";
import { databases } from "../support/app.ts";
import { api, files, openTarget, type Target } from "./tracking.fixture.ts";

const pickle = "cos\nsystem\n(S'id'\ntR.";

describe.each(databases)("model files that do harm on %s", (database) => {
  let server: Target;
  beforeAll(async () => {
    server = await openTarget(database, { loops: true });
  });
  afterAll(() => server.app.stop());

  /** Registers files as an MLflow client does. */
  async function register(name: string, content: Record<string, string | Uint8Array>) {
    for (const [path, body] of Object.entries(content)) {
      const place = `${files}/${server.experiment}/${server.run}/artifacts/${name}/${path}`;
      expect((await server.send(place, { method: "PUT", body })).status).toBe(200);
    }
    await server.call("POST", `${api}/registered-models/create`, { name });
    const source = `mlflow-artifacts:/${server.experiment}/${server.run}/artifacts/${name}`;
    const made = await server.call("POST", `${api}/model-versions/create`, { name, source, run_id: server.run });
    expect(made).toMatchObject({ status: 200, model_version: { status: "READY" } });
  }
  const download = (name: string, path: string, token?: string) =>
    server.send(`${files}/models/${name}/1/${path}`, token === undefined ? {} : { token });
  const version = async (name: string) => {
    const { body } = await server.send(`${api}/model-versions/get?name=${name}&version=1`);
    return JSON.parse(body).model_version;
  };

  it("stay with those who decide about them (CVE-2024-37052 and its kin, CVE-2024-24590)", async () => {
    await register("sklearn", { "model.pkl": pickle });
    const answer = await download("sklearn", "model.pkl");
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body).message).toContain("in quarantine: model.pkl: It calls os.system.");
    expect(await version("sklearn")).toMatchObject({
      status: "READY",
      status_message: expect.stringContaining("quarantine"),
    });
    const manager = await createUser(server.app.ctx, {
      name: "manager",
      kind: "person",
      role: "release-manager",
      workspace: "default",
    });
    const { token } = await createToken(server.app.ctx, manager.id, { description: "", days: 1 });
    expect((await download("sklearn", "model.pkl", token)).body).toBe(pickle);
  });

  it("wait for their check and then go to everybody when they are harmless", async () => {
    await register("plain", { "notes.txt": "a model" });
    expect(await download("plain", "notes.txt")).toMatchObject({ status: 200, body: "a model" });
  });

  it.each<[string, Record<string, string | Uint8Array>]>([
    ["slip", { "model.zip": zip([{ path: "../../../x", content: "x" }]) }],
    ["bomb", { "model.zip": zip([{ path: "x", content: Buffer.alloc(100 << 20), isPacked: true }]) }],
    [
      "aliases",
      { MLmodel: `a: &a [x,x]\nb: &b [${Array(200).fill("*a")}]\nc: [${Array(200).fill("*b")}]\nflavors: {}\n` },
    ],
    ["object", { MLmodel: "flavors: !!python/object/apply:os.system [id]\n" }],
    ["disguised", { "weights.safetensors": pickle }],
    ["notes", { "notes.txt": Buffer.from("\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.", "latin1") }],
  ])("are refused where no honest tool writes them (%s)", async (name, content) => {
    await register(name, content);
    const [path] = Object.keys(content) as [string];
    const answer = await download(name, path);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body).message).toContain("was refused");
    expect(await version(name)).toMatchObject({ status: "FAILED_REGISTRATION" });
  });
});
