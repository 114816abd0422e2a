import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { createClient } from "./client.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

it("sends a stream without keeping it", async () => {
  const part = 2 ** 20;
  const parts = 64;
  let arrived = 0;
  let kept = 0;
  const server = createServer(async (request, response) => {
    for await (const bytes of request) arrived += (bytes as Buffer).length;
    response.setHeader("content-type", "application/json").end(JSON.stringify({ digest: "0".repeat(64), size: 0 }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  async function* body() {
    const before = process.memoryUsage().arrayBuffers;
    for (let at = 0; at < parts; at++) yield new Uint8Array(part).fill(at);
    collectGarbage();
    kept = process.memoryUsage().arrayBuffers - before;
  }
  const client = createClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  await client.blob.put({ params: { workspace: "default", digest: "0".repeat(64) }, body: body() });
  server.close();
  expect(arrived).toBe(part * parts);
  expect(kept).toBeLessThan((part * parts) / 2);
});
