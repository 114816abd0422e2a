import { stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../src/platform/digest.ts";
import { createLog } from "../../src/platform/log.ts";
import { databases } from "../support/app.ts";
import { api, files, openTarget, type Target } from "./tracking.fixture.ts";

const page = "<script>fetch('/api/v1/me')</script>";

describe.each(databases)("content that others wrote on %s", (database) => {
  let server: Target;
  beforeAll(async () => {
    server = await openTarget(database);
  });
  afterAll(() => server.app.stop());

  const place = (name: string) => `${files}/${server.experiment}/${server.run}/artifacts/${name}`;
  const upload = (name: string, body = page) =>
    server.send(place(name), { method: "PUT", body, headers: { "content-type": "text/html" } });

  it("is never shown by a browser (CVE-2024-27132)", async () => {
    for (const name of ["x.html", "x.svg", "x.js", "x.xhtml", "x.png", "x"])
      expect((await upload(name)).status).toBe(200);
    await server.call("POST", `${api}/registered-models/create`, { name: "m" });
    const blob = `/api/v1/workspaces/default/blobs/${sha256(page)}`;
    for (const name of ["x.html", "x.svg", "x.js", "x.xhtml", "x.png", "x"]) {
      const urls = [place(name), `/get-artifact?run_id=${server.run}&path=${name}`, blob];
      for (const url of urls) {
        const { status, headers, body } = await server.send(url, { headers: { accept: "text/html" } });
        expect([status, body]).toEqual([200, page]);
        expect(headers["content-type"], url).toBe("application/octet-stream");
        expect(headers["content-disposition"], url).toMatch(/^attachment/);
        expect(headers["x-content-type-options"], url).toBe("nosniff");
        expect(headers["content-security-policy"], url).toContain("default-src");
        expect(headers["content-security-policy"], url).toContain("frame-ancestors 'none'");
      }
    }
  });

  it("adds no header by its name, and no line to a log", async () => {
    for (const name of ['a"; filename="b.html', "a\u2028b", "ä.html", "a;b", "a'b"]) {
      expect((await upload(encodeURIComponent(name))).status, name).toBe(200);
      const { status, headers } = await server.send(place(encodeURIComponent(name)));
      expect(status, name).toBe(200);
      expect(headers["content-disposition"], name).toMatch(/^attachment; filename="[\w.-]+"$/);
    }
    for (const name of ["a%0d%0aset-cookie:x=1", "a%0ab", "a%1b[2J", "a%7f"]) {
      const answer = await upload(name);
      expect(answer.status, name).toBe(400);
      expect(answer.headers["set-cookie"], name).toBeUndefined();
    }
    const lines: string[] = [];
    const log = createLog("debug", (line) => lines.push(line));
    log.warn('a\n{"level":"error","message":"forged"}', { name: "b\r\nc\u001b[31m" });
    expect(lines).toHaveLength(1);
    expect(lines[0]!.trimEnd()).not.toMatch(/[^ -~]/);
  });

  it("is not sent back in errors as anything but JSON (CVE-2023-6568)", async () => {
    const type = "text/html;<script>alert(1)</script>";
    for (const path of [`${api}/runs/create`, "/api/v1/workspaces", `${api}/${page}`, `/api/v1/${page}`]) {
      const { status, headers, body } = await server.send(path, {
        method: "POST",
        body: page,
        headers: { "content-type": type },
      });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(headers["content-type"]).toMatch(/^application\/json/);
      expect(body).not.toContain("alert(1)");
    }
    const answer = await server.send(`${api}/runs/get?run_id=${encodeURIComponent(page)}`);
    expect(answer.headers["content-type"]).toMatch(/^application\/json/);
  });

  it("comes from nobody else's pages (CVE-2025-14279, CVE-2026-2611, CVE-2023-43472)", async () => {
    const bad: Record<string, string>[] = [
      { host: "evil.example" },
      { host: "127.0.0.1.evil.example" },
      { host: "localhost.evil.example:80" },
      { host: "169.254.169.254" },
      { host: "[::ffff:1.2.3.4]" },
      { origin: "http://evil.example" },
      { origin: "null" },
      { origin: "http://localhost:1" },
      { origin: "http://127.0.0.1.evil.example" },
    ];
    for (const headers of bad) {
      for (const path of [
        `${api}/experiments/search?max_results=1`,
        "/health",
        "/version",
        "/api/v1/workspaces",
        "/",
      ]) {
        const answer = await server.send(path, { headers });
        expect(answer.status, `${JSON.stringify(headers)} ${path}`).toBe(403);
        expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
      }
      const asked = { ...headers, "access-control-request-method": "DELETE" };
      expect((await server.send(`${api}/runs/delete`, { method: "OPTIONS", headers: asked })).status).toBe(403);
    }
  });

  it("stays in folders that only the server's user enters (CVE-2025-10279, CVE-2026-4137)", async () => {
    const { home } = server.app.ctx.config;
    expect((await stat(home)).mode & 0o077).toBe(0);
    const own = (await server.homeFiles()).filter((name) => /secret|credentials|tmp/.test(name));
    expect(own).toContain("secret.key");
    for (const name of own) expect((await stat(join(home, name))).mode & 0o077, name).toBe(0);
  });
});
