import { execFile } from "node:child_process";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../support/app.ts";
import { hasPython, pythonWith } from "../../support/python.ts";

if (!hasPython) console.log("Skipped the tests with the mlflow client: there is no python3 on the PATH.");

const script = fileURLToPath(new URL("client.py", import.meta.url));
const packages = ["mlflow==3.11.1", "scikit-learn==1.7.2", "matplotlib==3.10.7"];
const minutes = 60_000;

describe.skipIf(!hasPython).each(databases)("the unmodified mlflow client on %s", (database) => {
  let app: TestApp;
  let python: string;
  beforeAll(async () => {
    app = await createTestApp({ database });
    await app.http.listen({ port: 0, host: "127.0.0.1" });
    python = await pythonWith("mlflow", packages);
  }, 10 * minutes);
  afterAll(() => app.stop());

  it("tracks, searches, registers, loads, autologs and evaluates", { timeout: 5 * minutes }, async () => {
    const { port } = app.http.server.address() as AddressInfo;
    const { stdout } = await promisify(execFile)(python, [script], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        MLFLOW_TRACKING_URI: `http://127.0.0.1:${port}/w/default`,
        MLFLOW_TRACKING_TOKEN: await app.tokenOf("owner"),
        MLFLOW_HTTP_REQUEST_MAX_RETRIES: "0",
        MLFLOW_DISABLE_TELEMETRY: "true",
        MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: "false",
        GIT_PYTHON_REFRESH: "quiet",
      },
      maxBuffer: 64 * 1024 * 1024,
    });
    expect(stdout).toMatch(/\d+ checks with mlflow/);
    console.log(stdout.trim().split("\n").slice(-6).join("\n"));
  });
});
