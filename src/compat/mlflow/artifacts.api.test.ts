import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import { readTree } from "../../features/blob/index.ts";
import { resolveModel } from "../../features/model/index.ts";
import { createWorkspace } from "../../features/workspace/index.ts";

describe.each(databases)("artifacts and the registry over MLflow on %s", (database) => {
  let app: TestApp;
  let token: string;
  let run: string;
  const proxy = "/api/2.0/mlflow-artifacts/artifacts";

  async function call(method: string, path: string, body?: object | string) {
    const response = await app.fetch(`http://localhost${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(typeof body === "object" ? { "content-type": "application/json" } : {}),
      },
      body: typeof body === "object" ? JSON.stringify(body) : body,
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, json: isJson ? JSON.parse(text) : text };
  }
  const post = (path: string, body: object) => call("POST", `/api/2.0/mlflow${path}`, body);
  const get = (path: string) => call("GET", `/api/2.0/mlflow${path}`);

  beforeAll(async () => {
    app = await createTestApp({ database });
    await createWorkspace(app.ctx, { name: "other", description: "" });
    token = await app.tokenOf("owner");
    run = (await post("/runs/create", {})).json.run.info.run_id;
    await call("PUT", `${proxy}/0/${run}/artifacts/model/MLmodel`, "flavors: {}");
    await call("PUT", `${proxy}/0/${run}/artifacts/model/data/model.pkl`, "pickle");
    await call("PUT", `${proxy}/0/${run}/artifacts/note.txt`, "note");
    await post("/registered-models/create", { name: "m" });
  });
  afterAll(() => app.stop());

  it("stores, lists, reads, replaces and deletes", async () => {
    const root = `${proxy}?path=0/${run}/artifacts`;
    expect((await call("GET", root)).json.files).toEqual([
      { path: "model", is_dir: true },
      { path: "note.txt", is_dir: false, file_size: 4 },
    ]);
    expect((await call("GET", `${root}/model`)).json.files.map((file: { path: string }) => file.path)).toEqual([
      "MLmodel",
      "data",
    ]);
    expect((await call("GET", `${root}/note.txt`)).json).toEqual({});
    expect((await get(`/artifacts/list?run_id=${run}&path=model`)).json).toMatchObject({
      root_uri: `mlflow-artifacts:/0/${run}/artifacts`,
      files: [{ path: "model/MLmodel" }, { path: "model/data" }],
    });
    await call("PUT", `${proxy}/0/${run}/artifacts/note.txt`, "other note");
    expect((await call("GET", `${proxy}/0/${run}/artifacts/note.txt`)).json).toBe("other note");
    expect((await call("GET", `/get-artifact?run_id=${run}&path=note.txt`)).json).toBe("other note");
    await call("PUT", `${proxy}/0/${run}/artifacts/old/a/b.txt`, "b");
    expect((await call("DELETE", `${proxy}/0/${run}/artifacts/old`)).status).toBe(200);
    expect((await call("GET", `${proxy}/0/${run}/artifacts/old/a/b.txt`)).status).toBe(404);
  });

  it.each(["../x", "%2e%2e/x", "..%2fx", "%252e%252e/x", "a/%2e%2e/%2e%2e/x", "a%5c..%5cx", "a%00b"])(
    "does not write to %s",
    async (path) => {
      const { status, json } = await call("PUT", `${proxy}/0/${run}/artifacts/${path}`, "x");
      expect([400, 404], JSON.stringify(json)).toContain(status);
      expect((await call("GET", `/get-artifact?run_id=${run}&path=${path}`)).status).toBe(400);
    },
  );

  it("keeps what belongs to nobody, or to another workspace, out", async () => {
    expect((await call("PUT", `${proxy}/somewhere/else`, "x")).status).toBe(400);
    expect((await call("PUT", `${proxy}/0/${"0".repeat(32)}/artifacts/x`, "x")).status).toBe(404);
    expect((await call("GET", `/w/other${proxy}/0/${run}/artifacts/note.txt`)).status).toBe(404);
    expect((await call("GET", `/w/other${proxy}?path=0/${run}/artifacts`)).status).toBe(404);
    expect((await post("/runs/log-batch", { run_id: run })).status).toBe(200);
    expect((await call("POST", `/w/other/api/2.0/mlflow/runs/log-batch`, { run_id: run })).status).toBe(404);
  });

  it.each([
    ["runs", () => `runs:/${run}/model`],
    ["mlflow-artifacts", () => `mlflow-artifacts:/0/${run}/artifacts/model`],
    ["mlflow-artifacts with a host", () => `mlflow-artifacts://localhost:1/0/${run}/artifacts/model/`],
    ["a version", () => "models:/m/1"],
  ])("finds the files of a version made from %s", async (_, source) => {
    const made = await post("/model-versions/create", { name: "m", source: source(), run_id: run });
    const { version } = made.json.model_version;
    const found = await resolveModel(app.ctx, "default", "m", { version });
    expect(found).toMatchObject({ format: "mlflow", runId: run });
    const files = await readTree(app.ctx, "default", found.digest!);
    expect(files.map((file) => file.path)).toEqual(["MLmodel", "data/model.pkl"]);
    const { artifact_uri } = (await get(`/model-versions/get-download-uri?name=m&version=${version}`)).json;
    const path = artifact_uri.slice("mlflow-artifacts:/".length);
    expect((await call("GET", `${proxy}/${path}/data/model.pkl`)).json).toBe("pickle");
    expect((await call("PUT", `${proxy}/${path}/data/model.pkl`, "other")).status).toBe(403);
  });

  it("knows the run of a version that is made from a logged model", async () => {
    const logged = await post("/logged-models", { experiment_id: "0", name: "model", source_run_id: run });
    await post("/registered-models/create", { name: "of-logged" });
    const source = `models:/${logged.json.model.info.model_id}`;
    const made = await post("/model-versions/create", { name: "of-logged", source, model_id: source.slice(8) });
    expect(made.json.model_version).toMatchObject({ run_id: run });
  });

  it("keeps a version as it was registered", async () => {
    await call("PUT", `${proxy}/0/${run}/artifacts/model/data/model.pkl`, "changed later");
    expect((await call("GET", `${proxy}/models/m/1/data/model.pkl`)).json).toBe("pickle");
    await call("PUT", `${proxy}/0/${run}/artifacts/model/data/model.pkl`, "pickle");
  });

  it.each([
    "/etc/passwd",
    "file:///etc/passwd",
    "file://host/x",
    "../x",
    "some/path",
    "s3://bucket/../x",
    "http://h/%2e%2e/x",
    "dbfs:/a%00",
  ])("refuses the source %s", async (source) => {
    const { status, json } = await post("/model-versions/create", { name: "m", source, run_id: run });
    expect([status, json.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
  });

  it("remembers a source elsewhere without opening it", async () => {
    const made = await post("/model-versions/create", { name: "m", source: "s3://bucket/model" });
    const { version } = made.json.model_version;
    expect((await resolveModel(app.ctx, "default", "m", { version })).digest).toBeNull();
    const uri = await get(`/model-versions/get-download-uri?name=m&version=${version}`);
    expect(uri.json).toEqual({ artifact_uri: "s3://bucket/model" });
  });

  it("follows MLflow's rules for aliases, stages and versions", async () => {
    expect((await post("/registered-models/alias", { name: "m", alias: "champion", version: "1" })).status).toBe(200);
    expect((await get("/registered-models/alias?name=m&alias=champion")).json.model_version).toMatchObject({
      version: "1",
      status: "READY",
      aliases: ["champion"],
    });
    expect((await get("/registered-models/alias?name=m&alias=nobody")).json).toMatchObject({
      error_code: "INVALID_PARAMETER_VALUE",
      message: "Registered model alias nobody not found.",
    });
    expect(
      (await call("DELETE", "/api/2.0/mlflow/registered-models/alias", { name: "m", alias: "nobody" })).status,
    ).toBe(200);
    expect((await get("/model-versions/get?name=m&version=x")).json.message).toBe(
      "Parameter 'version' must be an integer, got 'x'.",
    );
    const move = (stage: string) =>
      post("/model-versions/transition-stage", { name: "m", version: "1", stage, archive_existing_versions: false });
    expect((await move("production")).json.model_version.current_stage).toBe("Production");
    expect((await move("nowhere")).status).toBe(400);
    const highest = Number((await resolveModel(app.ctx, "default", "m", {})).version);
    await call("DELETE", "/api/2.0/mlflow/model-versions/delete", { name: "m", version: String(highest) });
    const next = await post("/model-versions/create", { name: "m", source: `runs:/${run}/model` });
    expect(next.json.model_version.version).toBe(String(highest + 1));
  });
});
