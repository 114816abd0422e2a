import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/app.ts";
import { api, files, openTarget, type Target } from "./tracking.fixture.ts";

describe.each(databases)("places that clients name on %s", (database) => {
  let server: Target;
  let visited: string[] = [];
  const trap = createServer((request, response) => {
    visited.push(request.url!);
    response.end("caught");
  });
  let trapUrl: string;
  let before: string[];
  beforeAll(async () => {
    server = await openTarget(database);
    visited = [];
    if (!trap.listening) await new Promise<void>((resolve) => trap.listen(0, "127.0.0.1", resolve));
    trapUrl = `127.0.0.1:${(trap.address() as AddressInfo).port}`;
    await server.call("POST", `${api}/registered-models/create`, { name: "m" });
    before = await server.homeFiles();
  });
  afterAll(async () => {
    await server.app.stop();
    trap.close();
  });

  const places = () => [
    "file:///etc/",
    "FILE:///etc",
    "file:/etc",
    "file:etc",
    "file://host/share",
    "file:///\\..\\..\\..\\etc",
    "file:\\..\\..\\etc",
    "http://host/a/../../../etc",
    "https://host/a/../../../etc",
    "http://host/a/..%2f..%2fetc#",
    "/#/../../../etc",
    "/etc",
    "//etc",
    "etc/../../x",
    "../../etc",
    "\\\\host\\share",
    "\\etc",
    "C:\\Windows",
    "http:///?/../../../../etc/",
    "http:///#/../../../etc/",
    "http://x/;..%2f..%2f/etc",
    "http://host/%252e%252e/etc",
    "ftp://host/a/../../etc",
    "mlflow-artifacts:../../etc",
    "mlflow-artifacts://host/../etc",
    "s3://bucket/../../etc",
    `http://${trapUrl}/a`,
    `http://${trapUrl}/api/2.0/mlflow-artifacts/artifacts/1/x`,
    `ftp://${trapUrl}/a`,
    `mlflow-artifacts://${trapUrl}/1/x`,
    `gs://${trapUrl}/a`,
    "http://169.254.169.254/latest/meta-data/",
    "$(touch /tmp/x)",
    "`id`://x",
    "models:/m/1",
    "models:/m@none",
    "runs:/../../etc/x",
    "dbfs:/etc",
    "javascript:alert(1)",
    "data:text/html,x",
    "",
  ];

  it("are never opened when they are the source of a version", async () => {
    for (const source of places()) {
      const made = await server.call("POST", `${api}/model-versions/create`, { name: "m", source });
      expect([200, 400, 404], `${source}: ${made.body}`).toContain(made.status);
      if (made.status !== 200) continue;
      const { version } = (made as unknown as { model_version: { version: string } }).model_version;
      for (const path of ["passwd", "a", "", "."]) {
        const query = `name=m&version=${version}&path=${encodeURIComponent(path)}`;
        const got = await server.send(`/model-versions/get-artifact?${query}`);
        expect([400, 404], `${source} ${path}: ${got.body}`).toContain(got.status);
      }
      const row = await server.app.ctx.db
        .selectFrom("model_version")
        .select(["digest", "source"])
        .where("version", "=", Number(version))
        .executeTakeFirstOrThrow();
      expect(row).toEqual({ digest: null, source });
    }
    expect(visited).toEqual([]);
  });

  it("are never opened through a chain of versions (CVE-2023-6018)", async () => {
    for (const name of ["first", "second", "third"])
      await server.call("POST", `${api}/registered-models/create`, { name });
    const chain = { first: `http://${trapUrl}${files}/`, second: "models:/first/1", third: "models:/second/1" };
    for (const [name, source] of Object.entries(chain)) {
      const made = await server.call("POST", `${api}/model-versions/create`, { name, source });
      expect([200, 400, 404], made.body).toContain(made.status);
      for (const path of ["/etc/passwd", "passwd", "..%2fx"]) {
        const got = await server.send(`/model-versions/get-artifact?name=${name}&version=1&path=${path}`);
        expect([400, 404], got.body).toContain(got.status);
        const place = `${files}/models/${name}/1/${path}`;
        expect([400, 404]).toContain((await server.send(place)).status);
      }
    }
    expect(visited).toEqual([]);
    expect(await server.homeFiles()).toEqual(before);
  });

  it("start no program (CVE-2026-0596, CVE-2023-6940)", async () => {
    const mark = join(server.app.ctx.config.home, "touched");
    const texts = [
      `$(touch ${mark})`,
      `\`touch ${mark}\``,
      `;touch ${mark};`,
      `|touch ${mark}`,
      `models:/m/$(touch ${mark})`,
    ];
    for (const text of texts) {
      await server.call("POST", `${api}/model-versions/create`, { name: "m", source: text, run_link: text });
      await server.call("POST", `${api}/registered-models/create`, { name: text, description: text });
      const tags = [{ key: "mlflow.source.name", value: text }];
      await server.call("POST", `${api}/runs/create`, { experiment_id: "0", run_name: text, tags });
    }
    expect(existsSync(mark)).toBe(false);
    expect(await server.homeFiles()).toEqual(before);
  });

  it("have no effect when they are where an experiment keeps its artifacts", async () => {
    for (const [index, location] of places().entries()) {
      const made = await server.call("POST", `${api}/experiments/create`, {
        name: `at ${index}`,
        artifact_location: location,
      });
      expect([200, 400], `${location}: ${made.body}`).toContain(made.status);
      if (made.status !== 200) continue;
      const { experiment_id } = made as unknown as { experiment_id: string };
      const { body } = await server.send(`${api}/runs/create`, { method: "POST", json: { experiment_id } });
      const { info } = JSON.parse(body).run;
      expect(info.artifact_uri).toBe(`mlflow-artifacts:/${experiment_id}/${info.run_id}/artifacts`);
      const got = await server.send(`/get-artifact?run_id=${info.run_id}&path=passwd`);
      expect(got.status).toBe(404);
    }
    expect(visited).toEqual([]);
  });

  it("give no files of another workspace, and none of a run that is not said", async () => {
    const owner = await server.app.tokenOf("owner");
    const elsewhere = (path: string, json: unknown) =>
      server.raw(`/w/other${path}`, { method: "POST", token: owner, json }).then(({ body }) => JSON.parse(body));
    const { experiment_id } = await elsewhere(`${api}/experiments/create`, { name: "hidden" });
    const { run } = await elsewhere(`${api}/runs/create`, { experiment_id });
    const place = `${experiment_id}/${run.info.run_id}/artifacts`;
    const put = await server.raw(`/w/other${files}/${place}/model.txt`, {
      method: "PUT",
      token: owner,
      body: "hidden",
    });
    expect(put.status).toBe(200);
    for (const source of [
      `mlflow-artifacts:/${place}`,
      `mlflow-artifacts:/${place}/model.txt`,
      `runs:/${run.info.run_id}/`,
      `runs:/${run.info.run_id}/model.txt`,
      `http://localhost/w/other${files}/${place}`,
    ]) {
      const scientist = await server.app.tokenOf("data-scientist");
      const made = await server.raw(`${api}/model-versions/create`, {
        method: "POST",
        token: scientist,
        json: { name: "m", source, run_id: run.info.run_id },
      });
      if (made.status !== 200) continue;
      const { version } = JSON.parse(made.body).model_version;
      const got = await server.send(`/model-versions/get-artifact?name=m&version=${version}&path=model.txt`);
      expect(got.status, source).toBe(404);
    }
  });
});
