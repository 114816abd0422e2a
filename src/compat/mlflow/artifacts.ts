import { entriesOf, getLoggedModel, getRun } from "../../features/run/index.ts";
import { filesOf } from "./place.ts";
import type { Call, Route } from "./route.ts";
import { runIdOf } from "./runs.ts";
import { loggedModelUri, runUri, safePath } from "./uri.ts";

const read = { permission: "run:read" } as const;

/** Lists of artifacts, with paths relative to the run or logged model. */
export const artifactRoutes: Route[] = [
  { method: "GET", path: "/artifacts/list", ...read, handler: ofRun },
  { method: "GET", path: "/logged-models/{model_id}/artifacts/directories", ...read, handler: ofLoggedModel },
];

async function ofRun({ ctx, workspace, input }: Call) {
  const path = safePath(input.plainText("path"));
  const run = await getRun(ctx, workspace, runIdOf(input));
  const files = await filesOf(ctx, workspace, { kind: "run", id: run.id, path });
  return { root_uri: runUri(run.experimentId, run.id), files: entriesOf(files, path).map(entryJson) };
}

async function ofLoggedModel({ ctx, workspace, input, params }: Call) {
  const path = safePath(input.plainText("artifact_directory_path"));
  const model = await getLoggedModel(ctx, workspace, params.model_id!);
  const files = await filesOf(ctx, workspace, { kind: "logged-model", id: model.id, path });
  return { root_uri: loggedModelUri(model.experimentId, model.id), files: entriesOf(files, path).map(entryJson) };
}

export const entryJson = (entry: { path: string; isFolder: boolean; size: number }) => ({
  path: entry.path,
  is_dir: entry.isFolder,
  file_size: entry.isFolder ? undefined : entry.size,
});
