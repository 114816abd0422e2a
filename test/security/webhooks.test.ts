import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../support/app.ts";
import { api, openTarget, type Target } from "./tracking.fixture.ts";

const events = [{ entity: "REGISTERED_MODEL", action: "CREATED" }];

/** A server inside, which nobody outside should make us ask. */
async function openTrap(answer: (port: number) => { status: number; location?: string }) {
  const visited: string[] = [];
  const trap: Server = createServer((request, response) => {
    visited.push(request.url!);
    const { status, location } = answer((trap.address() as AddressInfo).port);
    response.writeHead(status, location ? { location } : {}).end("metadata");
  });
  await new Promise<void>((done) => trap.listen(0, "127.0.0.1", done));
  return { trap, visited, port: (trap.address() as AddressInfo).port };
}

describe.each(databases)("addresses of webhooks on %s", (database) => {
  let server: Target;
  let owner: string;
  beforeAll(async () => {
    server = await openTarget(database);
    owner = await server.app.tokenOf("owner");
  });
  afterAll(() => server.app.stop());
  const post = async (path: string, json: unknown, method = "POST") => {
    const { status, body } = await server.raw(`${api}/webhooks${path}`, { method, token: owner, json });
    return { status, json: JSON.parse(body) };
  };

  it("never lead inside, whatever they are called (CVE-2026-2393)", async () => {
    const { trap, visited, port } = await openTrap(() => ({ status: 200 }));
    const inside = [
      ...["127.0.0.1", "localhost", "LOCALHOST.", "127.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0177.0.0.1"],
      ...["[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "10.0.0.1", "192.168.0.1"],
      ...["172.16.0.1", "169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", "[fe80::1]"],
    ].map((host) => `http://${host}:${port}/latest/meta-data/`);
    const other = [
      "file:///etc/passwd",
      "gopher://127.0.0.1/",
      "ftp://127.0.0.1/",
      "javascript:alert(1)",
      "http://",
      "",
    ];
    const outside = `http://user:secret@127.0.0.1:${port}/`;
    for (const url of [...inside, ...other, outside]) {
      const made = await post("", { name: "inward", url, events });
      expect([400, 403], `${url}: ${JSON.stringify(made.json)}`).toContain(made.status);
    }
    const made = await post("", { name: "good", url: "https://example.com/", events });
    const id = made.json.webhook.webhook_id;
    for (const url of inside) expect([400, 403], url).toContain((await post(`/${id}`, { url }, "PATCH")).status);
    // Where a name leads may change after it was taken: the guard stands where the connection is made.
    for (const url of inside.slice(0, 4)) {
      await server.app.ctx.db.updateTable("webhook").set({ url }).where("id", "=", id).execute();
      const { json } = await post(`/${id}/test`, {});
      expect(json.result, url).toMatchObject({ success: false });
      expect(JSON.stringify(json), url).not.toContain("metadata");
    }
    expect(visited).toEqual([]);
    trap.close();
  });

  it("are not followed on (CVE-2023-6974)", async () => {
    const inner = await openTrap(() => ({ status: 200 }));
    const outer = await openTrap(() => ({ status: 302, location: `http://127.0.0.1:${inner.port}/` }));
    const open = await openTarget(database, { config: { allowPrivateWebhooks: true } });
    const token = await open.app.tokenOf("owner");
    const json = { name: "on", url: `http://127.0.0.1:${outer.port}/`, events };
    const made = await open.raw(`${api}/webhooks`, { method: "POST", token, json });
    const id = JSON.parse(made.body).webhook.webhook_id;
    const tested = await open.raw(`${api}/webhooks/${id}/test`, { method: "POST", token, json: {} });
    expect(JSON.parse(tested.body).result).toMatchObject({ success: false, response_status: 302 });
    expect([outer.visited.length, inner.visited.length]).toEqual([1, 0]);
    await open.app.stop();
    inner.trap.close();
    outer.trap.close();
  });
});
