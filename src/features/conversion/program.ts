import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { TreeFile } from "../../contract/common.ts";
import type { Ctx } from "../../platform/context.ts";
import { createTree, putBlob } from "../blob/index.ts";

const folder = new URL("../../../python/convert_to_onnx/", import.meta.url);

/** Stores the converter's program as code of a step; gives its tree. */
export async function storeProgram(ctx: Ctx, workspace: string): Promise<string> {
  const names = (await readdir(fileURLToPath(folder))).filter((name) => name.endsWith(".py"));
  const files: TreeFile[] = [];
  for (const name of names) {
    const stored = await putBlob(ctx, workspace, await readFile(new URL(name, folder)));
    files.push({ path: `convert_to_onnx/${name}`, ...stored });
  }
  return createTree(ctx, workspace, { files });
}
