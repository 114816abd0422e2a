import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { sha256 } from "../../platform/digest.ts";

const mlmodel = `flavors:
  python_function: { loader_module: mlflow.sklearn }
  sklearn: { pickled_model: model.pkl }
signature:
  inputs: '[{"type": "double", "name": "age", "required": true}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 1]}}]'
`;

const params = { workspace: "default" };

describe.each(databases)("previews of files on %s", (database) => {
  let app: TestApp;
  let client: Client;
  let reader: Client;

  beforeAll(async () => {
    app = await createTestApp({ database });
    client = await app.as("contributor");
    reader = await app.as("reader");
  });
  afterAll(() => app.stop());

  async function preview(path: string, bytes: Uint8Array) {
    const digest = sha256(bytes);
    await client.blob.put({ params: { ...params, digest }, body: bytes });
    return reader.blob.preview({ params: { ...params, digest }, query: { path } });
  }

  it("shows the first rows of a Parquet file, as text that nothing is lost from", async () => {
    const folder = await mkdtemp(join(tmpdir(), "trainyard-preview-"));
    const file = join(folder, "rows.parquet");
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run(`copy (
      select 9007199254740993 + range as "a ""b""; drop", range / 4.0 as x, null as nothing, [range, 1] as list,
        repeat('long', 1000) as text
      from range(1000)) to '${file}' (format parquet)`);
    const found = await preview("data/rows.parquet", await readFile(file));
    await rm(folder, { recursive: true });
    if (found.kind !== "table") throw new Error(found.kind);
    expect(found).toMatchObject({ totalRows: 1000, totalColumns: 5 });
    expect(found.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      ...['a "b"; drop BIGINT', "x DOUBLE", "nothing INTEGER", "list BIGINT[]", "text VARCHAR"],
    ]);
    expect(found.rows).toHaveLength(200);
    expect(found.rows[1]).toEqual(["9007199254740994", "0.25", null, "[1, 1]", "long".repeat(125)]);
  });

  it("shows the flavors and the signature of an MLmodel file", async () => {
    expect(await preview("model/MLmodel", Buffer.from(mlmodel))).toEqual({
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
    await expect(preview("broken.parquet", Buffer.from("PAR1 and then nothing"))).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringMatching(/^broken\.parquet: /),
    });
    await expect(preview("broken/MLmodel", Buffer.from("flavors: [\n"))).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringMatching(/^broken\/MLmodel is no MLmodel file: /),
    });
    await expect(preview("model.bin", Buffer.from("x"))).rejects.toMatchObject({ code: "unsupported" });
    const unknown = { ...params, digest: sha256(Buffer.from("never stored")) };
    await expect(reader.blob.preview({ params: unknown, query: { path: "a.parquet" } })).rejects.toMatchObject({
      code: "not_found",
    });
  });
});
