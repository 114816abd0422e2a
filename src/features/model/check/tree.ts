import type { Ctx } from "../../../platform/context.ts";
import { checkModelFiles, type ModelReport } from "../../../platform/model-file/index.ts";
import { withFiles } from "../../../platform/table/index.ts";
import { readTree } from "../../blob/index.ts";

/** Judges the files of a tree in a process of its own; nothing in them is loaded. */
export async function checkTree(ctx: Ctx, workspace: string, tree: string, signal: AbortSignal): Promise<ModelReport> {
  const files = await readTree(ctx, workspace, tree);
  const groups = files.map((file) => [file.digest]);
  return withFiles(ctx, groups, signal, (places) =>
    checkModelFiles({ files: files.map(({ path }, index) => ({ path, place: places[index]! })) }, { signal }),
  );
}
