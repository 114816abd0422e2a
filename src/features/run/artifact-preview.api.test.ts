import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";

const mlmodel = `flavors:
  python_function: { loader_module: mlflow.sklearn }
  sklearn: { pickled_model: model.pkl }
signature:
  inputs: '[{"type": "double", "name": "age", "required": true}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 1]}}]'
`;

describe.each(databases)("previews of artifacts on %s", (database) => {
  let app: TestApp;
  let run: string;

  beforeAll(async () => {
    app = await createTestApp({ database });
    run = (await send("POST", "/api/2.0/mlflow/runs/create", JSON.stringify({ experiment_id: "0" }))).run.info.run_id;
  });
  afterAll(() => app.stop());

  async function send(method: string, path: string, body: string | Uint8Array) {
    const type = typeof body === "string" ? "application/json" : "application/octet-stream";
    const headers = { authorization: `Bearer ${await app.tokenOf("owner")}`, "content-type": type };
    const response = await app.fetch(`http://localhost${path}`, { method, headers, body: body as string });
    expect(response.status, path).toBe(200);
    // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
    return (await response.json()) as any;
  }
  const upload = (path: string, bytes: Uint8Array) =>
    send("PUT", `/api/2.0/mlflow-artifacts/artifacts/0/${run}/artifacts/${path}`, bytes);
  const preview = async (path: string) =>
    (await app.as("reader")).run.artifactPreview({ params: { workspace: "default", id: run }, query: { path } });

  it("shows the first rows of a Parquet file, as text that nothing is lost from", async () => {
    const folder = await mkdtemp(join(tmpdir(), "trainyard-preview-"));
    const file = join(folder, "rows.parquet");
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run(`copy (
      select 9007199254740993 + range as "a ""b""; drop", range / 4.0 as x, null as nothing, [range, 1] as list,
        repeat('long', 1000) as text
      from range(1000)) to '${file}' (format parquet)`);
    await upload("data/rows.parquet", await readFile(file));
    await rm(folder, { recursive: true });
    const found = await preview("data/rows.parquet");
    if (found.kind !== "table") throw new Error(found.kind);
    expect(found).toMatchObject({ totalRows: 1000, totalColumns: 5 });
    expect(found.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      ...['a "b"; drop BIGINT', "x DOUBLE", "nothing INTEGER", "list BIGINT[]", "text VARCHAR"],
    ]);
    expect(found.rows).toHaveLength(200);
    expect(found.rows[1]).toEqual(["9007199254740994", "0.25", null, "[1, 1]", "long".repeat(125)]);
  });

  it("shows the flavors and the signature of an MLmodel file", async () => {
    await upload("model/MLmodel", Buffer.from(mlmodel));
    expect(await preview("model/MLmodel")).toEqual({
      kind: "model",
      flavors: ["python_function", "sklearn"],
      signature: {
        inputs: [{ name: "age", type: "double", shape: null, required: true }],
        outputs: [{ name: "0", type: "float32", shape: [-1, 1], required: true }],
        params: [],
      },
    });
  });

  it("says what it cannot show, and why", async () => {
    await upload("broken.parquet", Buffer.from("PAR1 and then nothing"));
    await upload("broken/MLmodel", Buffer.from("flavors: [\n"));
    await upload("model.bin", Buffer.from("x"));
    await expect(preview("broken.parquet")).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringMatching(/^broken\.parquet: /),
    });
    await expect(preview("broken/MLmodel")).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringMatching(/^broken\/MLmodel is no MLmodel file: /),
    });
    await expect(preview("model.bin")).rejects.toMatchObject({ code: "unsupported" });
    await expect(preview("nowhere.parquet")).rejects.toMatchObject({ code: "not_found" });
  });
});
