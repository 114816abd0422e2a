import type { Client } from "../../contract/client.ts";
import { sha256 } from "../../platform/digest.ts";
import { onnxModel } from "../../platform/model-file/onnx.fixture.ts";

/** Stores files as a tree; gives its digest. */
export async function storeTree(client: Client, files: Record<string, string>, workspace = "default"): Promise<string> {
  const params = { workspace };
  const stored = await Promise.all(
    Object.entries(files).map(async ([path, content]) => {
      const digest = sha256(content);
      const body = new TextEncoder().encode(content);
      await client.blob.put({ params: { ...params, digest }, body });
      return { path, digest, size: body.length };
    }),
  );
  const { digest } = await client.blob.createTree({ params, body: { files: stored } });
  return digest;
}

/** Registers a version of a model whose files are these; without files, a model that no real runtime would load. */
export async function registerModel(
  client: Client,
  name: string,
  files?: Record<string, string>,
  workspace = "default",
) {
  const tree = await storeTree(client, files ?? { "model.onnx": onnxModel(`${name} ${Math.random()}`) }, workspace);
  return client.model.createVersion({ params: { workspace, name }, body: { tree } });
}
