import type { TreeFile } from "../../contract/common.ts";
import { notFound, Problem } from "../../contract/errors.ts";
import type { Bytes } from "../../contract/operation.ts";
import { readBlob, readTree } from "../../features/blob/index.ts";
import { getVersion } from "../../features/model/index.ts";
import {
  deleteArtifact,
  listFiles,
  readArtifact,
  requireActiveRun,
  requireLoggedModel,
  requireRun,
  writeArtifact,
} from "../../features/run/index.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Place } from "./uri.ts";

/** The files of a place. Paths are relative to its owner. */
export async function filesOf(ctx: Ctx, workspace: string, place: Place): Promise<TreeFile[]> {
  if (place.kind === "run") await requireRun(ctx, workspace, place.id);
  if (place.kind === "logged-model") await requireLoggedModel(ctx, workspace, place.id);
  if (place.kind !== "version") return listFiles(ctx, place.id, "");
  const { digest } = await getVersion(ctx, workspace, place.name, place.version);
  return digest === null ? [] : readTree(ctx, workspace, digest);
}

export async function readFrom(ctx: Ctx, workspace: string, place: Place): Promise<{ bytes: Bytes; size: number }> {
  if (place.path === "") throw notFound("artifact", "", "Name a file; a folder can be listed.");
  if (place.kind !== "version") {
    if (place.kind === "run") await requireRun(ctx, workspace, place.id);
    else await requireLoggedModel(ctx, workspace, place.id);
    return readArtifact(ctx, workspace, place.id, place.path);
  }
  const file = (await filesOf(ctx, workspace, place)).find((candidate) => candidate.path === place.path);
  if (!file) throw notFound("artifact", place.path, `Look at the files of ${place.name} ${place.version}.`);
  return readBlob(ctx, workspace, file.digest);
}

export async function writeTo(ctx: Ctx, workspace: string, place: Place, bytes: Bytes): Promise<void> {
  const { id, path } = await writable(ctx, workspace, place);
  await writeArtifact(ctx, workspace, id, path, bytes);
}

export async function deleteFrom(ctx: Ctx, workspace: string, place: Place): Promise<void> {
  const { id, path } = await writable(ctx, workspace, place);
  await deleteArtifact(ctx, id, path);
}

type Writable = Exclude<Place, { kind: "version" }>;

/** Where files may be written: a run or logged model of the workspace that is not deleted. */
export async function writable(ctx: Ctx, workspace: string, place: Place): Promise<Writable> {
  if (place.kind === "version") {
    throw new Problem("forbidden", `The files of ${place.name} ${place.version} do not change.`, {
      hint: "Log to a run and register a new version.",
    });
  }
  if (place.kind === "run") await requireActiveRun(ctx, workspace, place.id);
  else await requireLoggedModel(ctx, workspace, place.id);
  return place;
}
