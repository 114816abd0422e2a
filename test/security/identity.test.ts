import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mlflowRoutes } from "../../src/compat/mlflow/index.ts";
import { createToken, createUser } from "../../src/features/access/index.ts";
import { databases } from "../support/app.ts";
import { tokenOfStep } from "../support/task-token.ts";
import { api, files, openTarget, type Target } from "./tracking.fixture.ts";

const foreign: Record<string, string>[] = [
  { origin: "http://evil.example" },
  { origin: "null" },
  { host: "evil.example" },
];
const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString("base64")}` });

describe.each(databases)("who somebody is, on %s", (database) => {
  let server: Target;
  beforeAll(async () => {
    server = await openTarget(database);
  });
  afterAll(() => server.app.stop());

  it("is proved by no default, empty or short password (CVE-2025-1474, CVE-2025-11200)", async () => {
    for (const pair of ["admin:password1234", "admin:password", "admin:admin", "owner:", ":", ":a", "owner:a", "owner"])
      for (const path of [`${api}/experiments/search?max_results=1`, "/api/v1/workspaces", `${files}?path=1`])
        expect((await server.raw(path, { headers: basic(pair) })).status, `${pair} ${path}`).toBe(401);
    const owner = await server.app.tokenOf("owner");
    const json = { name: "weak", role: "owner", password: "" };
    expect((await server.raw("/api/v1/users", { method: "POST", token: owner, json })).status).toBe(400);
    for (const path of ["users/create", "users/update-password"])
      expect((await server.raw(`${api}/${path}`, { method: "POST", token: owner, json })).status).toBe(501);
  });

  it("is not what the request says (CVE-2024-0795, CVE-2024-25723, CVE-2025-61928)", async () => {
    const owner = await createUser(server.app.ctx, {
      ...{ name: "chief", role: "owner", workspace: "*" },
      kind: "person",
    });
    const claims = { id: owner.id, userId: owner.id, user: "chief", name: "eve", role: "owner", workspace: "*" };
    for (const path of ["/api/v1/users", `/api/v1/users/${owner.id}/tokens`]) {
      expect((await server.send(path, { method: "POST", json: claims })).status, path).toBe(403);
      expect((await server.raw(path, { method: "POST", json: claims })).status, path).toBe(401);
    }
    const activate = await server.raw("/api/v1/users/chief/activate", { method: "PUT", json: { password: "new" } });
    expect(activate.status).toBe(401);
    const forwarded = { "x-forwarded-user": "chief", "remote-user": "chief", "x-user-id": owner.id, "x-role": "owner" };
    expect((await server.raw("/api/v1/me", { headers: forwarded })).status).toBe(401);
    const me = JSON.parse((await server.send("/api/v1/me", { headers: forwarded })).body);
    expect(me.name).toBe("data-scientist");
    // The name in a run is the client's to choose, as in MLflow; who did it is not.
    const claimed = { ...claims, name: "claimed", user_id: "chief" };
    expect((await server.call("POST", `${api}/experiments/create`, claimed)).status).toBe(200);
    const { items } = await (await server.app.as("owner")).audit.list({ query: { type: "experiment.created" } });
    expect(new Set(items.map((event) => event.actor.name))).toEqual(new Set(["data-scientist"]));
  });

  it("may nothing without a role (GHSA-m8xg-8xg9-mxhm, CVE-2025-15381)", async () => {
    const guest = await createUser(server.app.ctx, {
      ...{ name: "guest", role: "reader", workspace: "other" },
      kind: "person",
    });
    await server.app.ctx.db.deleteFrom("role_assignment").where("user_id", "=", guest.id).execute();
    const { token } = await createToken(server.app.ctx, guest.id, { description: "", days: 1 });
    for (const route of mlflowRoutes) {
      const path = `/api/${route.versions?.[0] ?? "2.0"}/mlflow${route.path.replace(/\{\w+\}/g, "x")}`;
      const { status, body } = await server.raw(path, { method: route.method, token, json: {} });
      if (route.anywhere) expect(body, path).not.toContain("default");
      else expect(status, `${route.method} ${path}`).toBe(403);
    }
    for (const method of ["GET", "PUT", "DELETE"]) {
      const path = `${files}/${server.experiment}/${server.run}/artifacts/kept.txt`;
      expect((await server.raw(path, { method, token, body: "x" })).status, method).toBe(403);
    }
  });

  it("is nobody for a step: its token makes no sign-in link, and tells nothing of the installation", async () => {
    const token = await tokenOfStep(server.app.ctx, "default");
    const { status, body } = await server.raw("/api/v1/sign-in-links", { method: "POST", token });
    expect([status, body]).toEqual([403, expect.stringContaining("the token of a step")]);
    for (const path of ["me", "status", "workspaces"])
      expect((await server.raw(`/api/v1/${path}`, { token })).status, path).toBe(403);
    expect((await server.raw(`${api}/experiments/search?max_results=1`, { token })).status).toBe(200);
  });

  it("is asked at every door: whatever a path ends with, and however it opens (CVE-2026-3514, -7723, CVE-2024-28179)", async () => {
    const place = `${files}/${server.experiment}/${server.run}/artifacts`;
    for (const name of ["health", "version", "ready", "metrics", "login", "openapi.json"]) {
      expect((await server.send(`${place}/${name}`, { method: "PUT", body: "kept" })).status).toBe(200);
      const paths = [`${place}/${name}`, `/api/v1/workspaces/default/models/${name}`, `${api}/${name}`];
      for (const path of paths) expect((await server.raw(path)).status, path).toBe(401);
    }
    const upgrade = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
    const key = { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
    for (const path of ["/api/events/in", "/api/v1/events", `${api}/runs/search`, `${api}/runs/get`, "/v1/traces"]) {
      const { status } = await server.raw(path, { headers: { ...upgrade, ...key } });
      expect([400, 401, 403, 404, 405], path).toContain(status);
    }
  });

  it("is not lent to other people's pages, by any method (CVE-2026-27482, CVE-2025-1473, CVE-2025-62593)", async () => {
    const { url } = await (await server.app.as("owner")).access.createSignInLink();
    const json = { code: new URL(url).searchParams.get("code")! };
    const { headers } = await server.raw("/api/v1/sign-in", { method: "POST", json });
    const cookie = String(headers["set-cookie"]).split(";")[0]!;
    expect((await server.raw("/api/v1/me", { headers: { cookie } })).status).toBe(200);
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      for (const path of [
        `${api}/runs/delete`,
        "/api/v1/sign-in",
        "/api/v1/users",
        "/graphql",
        "/signup",
        "/v1/traces",
      ]) {
        for (const from of foreign) {
          for (const agent of ["Mozilla/5.0", "curl/8"]) {
            const type = { "content-type": "text/plain", "user-agent": agent };
            const more = { method, headers: { cookie, ...type, ...from }, body: '{"run_id":"x"}' };
            expect((await server.raw(path, more)).status, `${method} ${path}`).toBe(403);
          }
        }
      }
    }
    // A form of a page that sends no Origin: its content is not taken.
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
      const more = { method: "POST", headers: { cookie, "content-type": type }, body: `{"run_id":"${server.run}"}` };
      expect((await server.raw(`${api}/runs/delete`, more)).status, type).toBe(400);
    }
    expect((await server.send(`${api}/runs/get?run_id=${server.run}`)).body).toContain('"active"');
  });

  it("is not to be read from what is stored (CVE-2024-24595, CVE-2024-7340)", async () => {
    const secret = "kept-to-myself-4711";
    const owner = await server.app.as("owner");
    const body = { name: "hook", url: "https://example.com/", events: ["model.created"], secret };
    await owner.webhook.create({ params: { workspace: "default" }, body });
    const secrets = [await server.app.tokenOf("owner"), await server.app.tokenOf("data-scientist"), secret];
    const { db } = server.app.ctx;
    const tables = await db.introspection.getTables();
    expect(tables.length).toBeGreaterThan(20);
    for (const { name } of tables) {
      const rows = await db
        .selectFrom(name as "run")
        .selectAll()
        .execute();
      const text = JSON.stringify(rows, (_, value) =>
        value?.type === "Buffer" ? Buffer.from(value.data).toString("latin1") : value,
      );
      for (const value of secrets) expect(text.includes(value), name).toBe(false);
    }
    for (const path of ["/api/v1/users", "/api/v1/audit", "/api/v1/workspaces/default/webhooks", `${api}/webhooks`]) {
      const answer = await server.raw(path, { token: secrets[0]! });
      for (const value of secrets) expect(answer.body.includes(value), path).toBe(false);
    }
  });
});
