import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import { contract } from "../../contract/index.ts";
import { tokenFor } from "../../server/first-start.ts";

describe.each(databases)("access on %s", (database) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ database });
  });
  afterAll(() => app.stop());

  it("refuses every operation without a credential, but the public ones", async () => {
    for (const operations of Object.values(contract)) {
      for (const operation of Object.values(operations)) {
        if (operation.permission === "public") continue;
        const path = operation.path.replace(/\{\w+\}/g, "x");
        const response = await app.fetch(`http://localhost/api/v1${path}`, { method: operation.method });
        expect([401], `${operation.method} ${path}`).toContain(response.status);
      }
    }
  });

  it("ends the token of a process of ours when the next one of its kind is made, and no other", async () => {
    await app.tokenOf("agent");
    const made: string[] = [];
    for (const description of ["agent a", "agent b", "agent a"])
      made.push(await tokenFor(app.ctx, "agent", description));
    const status = (token: string) =>
      app
        .fetch("http://localhost/api/v1/me", { headers: { authorization: `Bearer ${token}` } })
        .then((one) => one.status);
    expect(await Promise.all(made.map(status))).toEqual([401, 200, 200]);
  });

  it("answers an unknown path only to somebody signed in", async () => {
    expect((await app.fetch("http://localhost/api/v1/nothing")).status).toBe(401);
    const authorization = `Bearer ${await app.tokenOf("reader")}`;
    const response = await app.fetch("http://localhost/api/v1/nothing", { headers: { authorization } });
    expect(response.status).toBe(404);
  });

  it("gives a role what it may and nothing else", async () => {
    const reader = await app.as("reader");
    await expect(reader.access.createUser({ body: { name: "eve", role: "owner" } })).rejects.toMatchObject({
      code: "forbidden",
      hint: expect.stringContaining("access:manage"),
    });
    const me = await reader.access.me();
    expect(me.permissions).toContain("model:read");
    expect(me.permissions).not.toContain("release:approve");
  });

  it("signs in once with a code, and the session ends with sign-out", async () => {
    const owner = await app.as("owner");
    const { url } = await owner.access.createSignInLink();
    const code = new URL(url).searchParams.get("code")!;
    const signIn = (value: string) =>
      app.fetch("http://localhost/api/v1/sign-in", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ code: value }),
      });
    const first = await signIn(code);
    expect(first.status).toBe(200);
    const cookie = first.headers.get("set-cookie")!.split(";")[0]!;
    expect(first.headers.get("set-cookie")).toMatch(/HttpOnly; SameSite=Strict/);
    expect((await signIn(code)).status).toBe(401);
    const me = () => app.fetch("http://localhost/api/v1/me", { headers: { cookie } });
    expect((await me()).status).toBe(200);
    await app.fetch("http://localhost/api/v1/sign-out", { method: "POST", headers: { cookie } });
    expect((await me()).status).toBe(401);
  });

  it("answers only to known hosts and its own pages", async () => {
    const health = (headers: Record<string, string>) =>
      app.fetch("http://localhost/api/v1/health", { headers }).then((response) => response.status);
    expect(await health({ host: "127.0.0.1:8600" })).toBe(200);
    expect(await health({ host: "evil.example" })).toBe(403);
    expect(await health({ host: "localhost:1", origin: "http://localhost:1" })).toBe(200);
    expect(await health({ host: "localhost:1", origin: "http://localhost:2" })).toBe(403);
    expect(await health({ host: "localhost:1", origin: "null" })).toBe(403);
  });

  it("keeps an unbroken chain of what changed", async () => {
    const owner = await app.as("owner");
    await owner.access.createUser({ body: { name: "ada", role: "approver" } });
    const { items } = await owner.audit.list({ query: { type: "user.created" } });
    expect(items.map((event) => event.subject)).toContain("user/ada");
    expect(items[0]!.actor.name).toBe("owner");
    expect(await owner.audit.verify()).toMatchObject({ valid: true, firstBroken: null });
    const target = items.find((event) => event.subject === "user/ada")!;
    await app.ctx.db.updateTable("audit_event").set({ actor_name: "nobody" }).where("seq", "=", target.seq).execute();
    expect(await owner.audit.verify()).toMatchObject({ valid: false, firstBroken: target.seq });
    await app.ctx.db.updateTable("audit_event").set({ actor_name: "owner" }).where("seq", "=", target.seq).execute();
  });

  it("stores blobs by content and refuses other content", async () => {
    const owner = await app.as("owner");
    const digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    const params = { workspace: "default", digest };
    const body = new TextEncoder().encode("hello");
    expect(await owner.blob.put({ params, body })).toEqual({ digest, size: 5 });
    expect(await (await owner.blob.get({ params })).text()).toBe("hello");
    const other = new TextEncoder().encode("hullo");
    await expect(owner.blob.put({ params, body: other })).rejects.toMatchObject({ code: "unprocessable" });
    const files = [{ path: "../x", digest, size: 5 }];
    await expect(owner.blob.createTree({ params: { workspace: "default" }, body: { files } })).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("body.files[0].path"),
    });
  });
});
