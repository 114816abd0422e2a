import type { Ctx } from "../../platform/context.ts";
import { onnxModel } from "../../platform/model-file/onnx.fixture.ts";
import { createTree, putBlob } from "../blob/index.ts";
import { registerModelVersion } from "./register.ts";

export const workspace = "default";

export async function treeOf(ctx: Ctx, files: Record<string, string>): Promise<string> {
  const stored = await Promise.all(
    Object.entries(files).map(async ([path, text]) => ({ path, ...(await putBlob(ctx, workspace, text)) })),
  );
  return createTree(ctx, workspace, { files: stored });
}

/** A version with one file of this content. */
export async function registered(
  ctx: Ctx,
  name: string,
  content: string,
  more: Partial<Parameters<typeof registerModelVersion>[1]> = {},
): Promise<{ version: string; digest: string }> {
  const tree = await treeOf(ctx, { "model.onnx": onnxModel(content) });
  return registerModelVersion(ctx, { workspace, name, tree, runId: null, jobId: null, trainingData: [], ...more });
}
