import { execFile } from "node:child_process";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../support/app.ts";
import { hasPython } from "../../support/python.ts";
import { clientSettings, newest, pinned, pythonWithMlflow } from "./python.ts";

if (!hasPython) console.log("Skipped the tests with the mlflow client: there is no python3 on the PATH.");

const script = fileURLToPath(new URL("client.py", import.meta.url));
const minutes = 60_000;

/** The version that the server says it is, and the newest one; each on the database that the other is not on. */
const clients = [
  { version: pinned, database: databases[0]! },
  { version: newest, database: databases.at(-1)! },
];

describe.skipIf(!hasPython).each(clients)(
  "the unmodified mlflow client $version on $database",
  ({ version, database }) => {
    let app: TestApp;
    let python: string;
    beforeAll(async () => {
      app = await createTestApp({ database });
      await app.http.listen({ port: 0, host: "127.0.0.1" });
      python = await pythonWithMlflow(version);
    }, 10 * minutes);
    afterAll(() => app.stop());

    it("tracks, searches, registers, loads, autologs and evaluates", { timeout: 10 * minutes }, async () => {
      const { port } = app.http.server.address() as AddressInfo;
      const { stdout } = await promisify(execFile)(python, [script], {
        env: {
          ...clientSettings(`http://127.0.0.1:${port}/w/default`, await app.tokenOf("owner")),
          MLFLOW_HTTP_REQUEST_MAX_RETRIES: "0",
        },
        maxBuffer: 64 * 1024 * 1024,
      });
      expect(stdout).toContain(`checks with mlflow ${version}`);
      console.log(stdout.trim().split("\n").slice(-6).join("\n"));
    });
  },
);
