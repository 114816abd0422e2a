import { createHash } from "node:crypto";
import type { Client } from "../../contract/client.ts";

/** Stores files as a tree; what they hold, by path. */
export async function uploadText(client: Client, workspace: string, contents: Record<string, string>): Promise<string> {
  const params = { workspace };
  const files = [];
  for (const [path, text] of Object.entries(contents)) {
    const digest = createHash("sha256").update(text).digest("hex");
    await client.blob.put({ params: { ...params, digest }, body: Buffer.from(text) });
    files.push({ path, digest, size: Buffer.byteLength(text) });
  }
  return (await client.blob.createTree({ params, body: { files } })).digest;
}
