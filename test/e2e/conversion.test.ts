import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "../../src/contract/client.ts";
import { readCredentials } from "../../src/server/home.ts";
import { hasPython, pythonWith, uvFolder } from "../support/python.ts";
import { createServerProcess, type ServerProcess } from "../support/server-process.ts";

if (!hasPython) console.log("Skipped the conversion of real models: there is no python3 on the PATH.");

const script = fileURLToPath(new URL("conversion.py", import.meta.url));
const packages = ["mlflow==3.11.1", "scikit-learn==1.7.2", "xgboost==3.2.0", "lightgbm==4.7.0"];
const minutes = 60_000;
const workspace = "default";

interface Told {
  name: string;
  request: unknown;
  answers: Record<string, unknown[]>;
}

describe.skipIf(!hasPython)("models that mlflow logs, converted and served", () => {
  let server: ServerProcess;
  let client: Client;
  let told: Told[];

  beforeAll(async () => {
    const python = await pythonWith("conversion", packages);
    const home = await mkdtemp(join(tmpdir(), "trainyard-conversion-"));
    server = await createServerProcess(home);
    await server.start({ PATH: `${uvFolder}:${process.env.PATH}` });
    client = server.client();
    const { stdout } = await promisify(execFile)(python, [script], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        MLFLOW_TRACKING_URI: `${server.url}/w/${workspace}`,
        MLFLOW_TRACKING_TOKEN: readCredentials(home)!.token,
        MLFLOW_DISABLE_TELEMETRY: "true",
        MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT: "true",
        MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: "false",
      },
      maxBuffer: 64 * 1024 * 1024,
    });
    told = JSON.parse(stdout.trim().split("\n").at(-1)!) as Told[];
    await client.endpoint.create({ params: { workspace }, body: { name: "scores" } });
  }, 15 * minutes);
  afterAll(async () => {
    await server.stop();
    await rm(server.home, { recursive: true, force: true });
  });

  it.each(["churn-sklearn", "churn-xgboost", "amount-lightgbm"])(
    "serves the answers of %s",
    { timeout: 10 * minutes },
    async (name) => {
      const { request, answers } = told.find((model) => model.name === name)!;
      const params = { workspace, name, version: "1" };
      const deployed = { params: { workspace, name: "scores", deployment: name }, body: { model: `${name}:1` } };
      await expect(client.endpoint.deploy(deployed)).rejects.toMatchObject({
        hint: expect.stringContaining(`trainyard model convert ${name}:1 --to onnx`),
      });
      await client.model.convert({ params, body: {} });
      const newest = async () => (await client.model.conversions({ params })).items[0]!;
      await expect.poll(newest, { timeout: 9 * minutes, interval: 500 }).not.toMatchObject({ state: "running" });
      expect(await newest()).toMatchObject({ state: "passed", error: null, report: { passed: true } });
      await client.endpoint.deploy(deployed);
      const invoke = () =>
        client.endpoint.invoke({ params: { workspace, name: "scores" }, body: { request, deployment: name } });
      await expect.poll(async () => (await invoke()).status, { timeout: minutes, interval: 200 }).toBe(200);
      const { predictions } = (await invoke()).response as { predictions: Record<string, unknown>[] };
      for (const [output, expected] of Object.entries(answers)) {
        const given = predictions.map((row) => row[output]);
        if (output === "label") expect(given).toEqual(expected);
        else expect(differenceOf(given.flat(), expected.flat())).toBeLessThan(1e-3);
      }
    },
  );
});

/** The largest, relative to the larger of 1 and what is expected. */
function differenceOf(given: unknown[], expected: unknown[]): number {
  expect(given).toHaveLength(expected.length);
  return Math.max(
    ...expected.map((value, i) => Math.abs(Number(given[i]) - Number(value)) / Math.max(1, Math.abs(Number(value)))),
  );
}
