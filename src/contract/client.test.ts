import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
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
  const few = (part * parts) / 2;
  async function* body() {
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    for (let at = 0; at < parts; at++) yield new Uint8Array(part).fill(at);
    // What nobody has any more is freed by a thread of its own, some time after it was found to be garbage.
    for (let look = 0; look < 100 && (look === 0 || kept > few); look++) {
      collectGarbage();
      await sleep(20);
      kept = process.memoryUsage().arrayBuffers - before;
    }
  }
  const client = createClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  await client.blob.put({ params: { workspace: "default", digest: "0".repeat(64) }, body: body() });
  server.close();
  expect(arrived).toBe(part * parts);
  expect(kept).toBeLessThan(few);
});
