import { execFile } from "node:child_process";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../support/app.ts";
import { hasPython, pythonWith } from "../../support/python.ts";

if (!hasPython) console.log("Skipped the tests of traces with the mlflow client: there is no python3 on the PATH.");

const script = fileURLToPath(new URL("traces.py", import.meta.url));
const packages = ["mlflow==3.11.1", "langchain==1.2.0", "langchain-core==1.7.2"].concat(
  "opentelemetry-exporter-otlp-proto-http==1.45.2",
);
const minutes = 60_000;

describe.skipIf(!hasPython).each(databases)("traces by the unmodified mlflow client on %s", (database) => {
  let app: TestApp;
  let python: string;
  beforeAll(async () => {
    app = await createTestApp({ database });
    await app.http.listen({ port: 0, host: "127.0.0.1" });
    python = await pythonWith("mlflow-traces", packages);
  }, 10 * minutes);
  afterAll(() => app.stop());

  it("are sent, searched, assessed, linked and deleted", { timeout: 5 * minutes }, async () => {
    const { port } = app.http.server.address() as AddressInfo;
    const { stdout } = await promisify(execFile)(python, [script], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        MLFLOW_TRACKING_URI: `http://127.0.0.1:${port}/w/default`,
        MLFLOW_TRACKING_TOKEN: await app.tokenOf("data-scientist"),
        MLFLOW_HTTP_REQUEST_MAX_RETRIES: "0",
        MLFLOW_DISABLE_TELEMETRY: "true",
        GIT_PYTHON_REFRESH: "quiet",
      },
      maxBuffer: 64 * 1024 * 1024,
    });
    expect(stdout).toMatch(/\d+ checks of traces with mlflow 3\.11\.1/);
  });
});
