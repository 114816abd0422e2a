import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mlflowRoutes } from "../../src/compat/mlflow/index.ts";
import { databases } from "../support/app.ts";
import { openTarget, type Target } from "./tracking.fixture.ts";

/** Every parameter of MLflow's API that is a text. */
const fields = [
  ...["name", "new_name", "key", "value", "path", "description", "source", "run_link", "alias", "stage", "version"],
  ...["artifact_location", "artifact_path", "artifact_directory_path", "experiment_name", "run_name", "user_id"],
  ...["model_type", "model_id", "metric_key", "filter", "order_by", "page_token", "request_id", "trace_id", "url"],
  ...["status", "view_type", "run_view_type", "secret", "serialized_scorer", "record", "tags", "digest", "run_uuid"],
];

describe.each(databases)("every text of MLflow's API on %s", (database) => {
  let server: Target;
  let before: string[];
  let visited = 0;
  const trap = createServer((_, response) => {
    visited++;
    response.end();
  });
  beforeAll(async () => {
    server = await openTarget(database);
    before = await server.homeFiles();
    if (!trap.listening) await new Promise<void>((done) => trap.listen(0, "127.0.0.1", done));
  });
  afterAll(async () => {
    await server.app.stop();
    trap.close();
  });

  const hostile = () => [
    "../../../../../../etc/passwd",
    "..\\..\\..\\etc\\passwd",
    "%252e%252e%252fetc%252fpasswd",
    "file:///etc/passwd",
    `http://127.0.0.1:${(trap.address() as AddressInfo).port}/a`,
    "a\0b\u2028\ud800",
  ];

  it("is only a text: no path, no address, no fault (CVE-2026-2614, CVE-2025-11201)", async () => {
    const token = await server.app.tokenOf("owner");
    for (const text of hostile()) {
      const all = Object.fromEntries(fields.map((field) => [field, text]));
      const known = { run_id: server.run, experiment_id: server.experiment, experiment_ids: [server.experiment] };
      for (const route of mlflowRoutes) {
        // The run and the experiment stay, for the other requests.
        if (/\/(experiments|runs)\/(delete|update)$/.test(route.path)) continue;
        const base = `/api/${route.versions?.[0] ?? "2.0"}/mlflow`;
        const path = base + route.path.replace(/\{\w+\}/g, encodeURIComponent(text.toWellFormed()));
        for (const json of [all, { ...all, ...known }, { ...all, ...known, tags: [{ key: text, value: text }] }]) {
          const flat = Object.entries(json).filter((pair): pair is [string, string] => typeof pair[1] === "string");
          const query = new URLSearchParams(flat.map(([key, value]): [string, string] => [key, value.toWellFormed()]));
          const isRead = route.method === "GET";
          const url = isRead ? `${path}?${query}` : path;
          const { status, body } = await server.raw(url, { method: route.method, token, ...(isRead ? {} : { json }) });
          expect([200, 400, 403, 404, 409], `${route.method} ${route.path}: ${body}`).toContain(status);
          expect(body, route.path).not.toMatch(/root:|daemon:/);
        }
      }
    }
    expect(visited).toBe(0);
    expect(await server.homeFiles()).toEqual(before);
  });
});
