import type { TreeFile } from "../../contract/common.ts";
import type { Ctx } from "../../platform/context.ts";
import { listFiles } from "./artifact.ts";
import { searchLoggedModels } from "./logged-model-search.ts";
import { requireRun } from "./run.ts";

/** What a run keeps at a path, as `runs:/<run>/<path>` means it: artifacts, or a model of that name that it logged. */
export async function keptFiles(ctx: Ctx, workspace: string, runId: string, path: string): Promise<TreeFile[]> {
  const run = await requireRun(ctx, workspace, runId);
  const files = filesAt(await listFiles(ctx, runId, ""), path);
  if (files.length > 0 || path === "") return files;
  const { items } = await searchLoggedModels(ctx, {
    workspace,
    experimentIds: [run.experiment_id],
    where: [
      { on: "attribute", key: "source_run_id", operator: "=", value: runId },
      { on: "attribute", key: "name", operator: "=", value: path },
    ],
    datasets: [],
    orderBy: [],
    limit: 1,
  });
  return items[0] ? listFiles(ctx, items[0].id, "") : [];
}

/** The file at a path, or those below it, with paths from there. */
export function filesAt(files: TreeFile[], path: string): TreeFile[] {
  if (path === "") return files;
  const file = files.find((candidate) => candidate.path === path);
  if (file) return [{ ...file, path: path.slice(path.lastIndexOf("/") + 1) }];
  const inside = files.filter((candidate) => candidate.path.startsWith(`${path}/`));
  return inside.map((candidate) => ({ ...candidate, path: candidate.path.slice(path.length + 1) }));
}
