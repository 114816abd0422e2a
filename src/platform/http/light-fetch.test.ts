import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { createLightFetch } from "./light-fetch.ts";

let server: Server;
afterEach(() => void server.close().closeAllConnections());

async function serve(answer: Parameters<typeof createServer>[1]): Promise<string> {
  server = createServer(answer as never).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("sends what it is given and reads the whole answer, over one connection", async () => {
  const ports = new Set<number>();
  const url = await serve(async (request, reply) => {
    ports.add(request.socket.remotePort!);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method, url, headers } = request;
    reply.statusCode = url === "/bad" ? 409 : 200;
    reply.end(JSON.stringify({ method, url, token: headers.authorization, body: Buffer.concat(parts).toString() }));
  });
  const fetch = createLightFetch();
  const init = { method: "POST", headers: { authorization: "Bearer t" }, body: "größer" };
  const good = await fetch(`${url}/good?a=1`, init);
  expect(good).toMatchObject({ ok: true, status: 200 });
  expect(await good.json()).toEqual({ method: "POST", url: "/good?a=1", token: "Bearer t", body: "größer" });
  const bad = await fetch(`${url}/bad`, init);
  expect(bad).toMatchObject({ ok: false, status: 409 });
  expect(JSON.parse(await bad.text()).url).toBe("/bad");
  expect(ports.size).toBe(1);
});

it("fails when it is aborted, and when the answer breaks off", async () => {
  const url = await serve((request, reply) => {
    if (request.url === "/never") return;
    reply.writeHead(200, { "content-length": 10 }).write("half");
    setTimeout(() => reply.destroy(), 20);
  });
  const fetch = createLightFetch();
  await expect(fetch(`${url}/never`, { signal: AbortSignal.timeout(20) })).rejects.toThrow();
  await expect(fetch(`${url}/half`, {})).rejects.toMatchObject({ code: "ECONNRESET" });
});
