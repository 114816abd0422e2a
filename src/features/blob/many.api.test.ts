import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { sha256 } from "../../platform/digest.ts";
import { longestPacked, pack, unpack } from "../../platform/transfer/pack.ts";
import { createWorkspace } from "../workspace/index.ts";

const params = { workspace: "default" };
const encode = (text: string) => new TextEncoder().encode(text);
const packed = async (texts: string[]) => Buffer.concat(await Array.fromAsync(pack(texts.map(encode))));
const digestsOf = (texts: string[]) => texts.map((text) => sha256(encode(text)));

describe.each(databases)("many blobs in one request, on %s", (database) => {
  let app: TestApp;
  let client: Client;
  beforeAll(async () => {
    app = await createTestApp({ database });
    client = await app.as("contributor");
    await createWorkspace(app.ctx, { name: "other", description: "" });
  });
  afterAll(() => app.stop());

  const store = async (texts: string[]) => client.blob.putMany({ params, body: await packed(texts) });

  async function read(digests: string[]): Promise<string[]> {
    const { body } = await client.blob.getMany({ params, body: { digests } });
    const found: string[] = [];
    for await (const content of unpack(body as unknown as AsyncIterable<Uint8Array>, longestPacked))
      found.push(Buffer.from(content).toString());
    return found;
  }

  it("stores and reads them in their order, also the same one twice", async () => {
    const texts = Array.from({ length: 200 }, (_, index) => `text ${index % 150}`);
    const { stored } = await store(texts);
    expect(stored).toEqual(texts.map((text) => ({ digest: sha256(encode(text)), size: text.length })));
    expect(await client.blob.missing({ params, body: { digests: digestsOf(texts) } })).toEqual({ missing: [] });
    expect(await read(digestsOf(texts))).toEqual(texts);
  });

  it("says what is wrong with a torn pack; what came whole is stored", async () => {
    const body = (await packed(["whole", "torn"])).subarray(0, -1);
    await expect(client.blob.putMany({ params, body })).rejects.toMatchObject({ code: "invalid" });
    const digests = digestsOf(["whole", "torn"]);
    // What waited for its group with the torn one may be stored or not; the torn one never is.
    expect((await client.blob.missing({ params, body: { digests } })).missing).toContain(digests[1]);
  });

  it("refuses what is too long for a pack, one way and the other", async () => {
    const long = "x".repeat(longestPacked + 1);
    await expect(store([long])).rejects.toMatchObject({ code: "invalid" });
    const { digest } = await client.blob.put({ params: { ...params, digest: sha256(long) }, body: encode(long) });
    await expect(read([digest])).rejects.toThrow(/read it by itself/);
  });

  it("gives nobody the blobs of another workspace", async () => {
    await store(["mine"]);
    const body = { digests: digestsOf(["mine"]) };
    await expect(client.blob.getMany({ params: { workspace: "other" }, body })).rejects.toMatchObject({
      code: "not_found",
    });
    const reader = await app.as("reader");
    await expect(reader.blob.putMany({ params, body: await packed(["x"]) })).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});
