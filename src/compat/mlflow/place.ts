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
import { fileOwner, requireTrace } from "../../features/trace/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { takeTraceFile, traceFile } from "./trace-file.ts";
import type { Place } from "./uri.ts";

/** The files of a place. Paths are relative to its owner. */
export async function filesOf(ctx: Ctx, workspace: string, place: Place): Promise<TreeFile[]> {
  if (place.kind !== "version") return listFiles(ctx, await ownerOf(ctx, workspace, place), "");
  const { digest } = await getVersion(ctx, workspace, place.name, place.version);
  return digest === null ? [] : readTree(ctx, workspace, digest);
}

export async function readFrom(ctx: Ctx, workspace: string, place: Place): Promise<{ bytes: Bytes; size: number }> {
  if (place.path === "") throw notFound("artifact", "", "Name a file; a folder can be listed.");
  if (place.kind !== "version") return readArtifact(ctx, workspace, await ownerOf(ctx, workspace, place), place.path);
  const file = (await filesOf(ctx, workspace, place)).find((candidate) => candidate.path === place.path);
  if (!file) throw notFound("artifact", place.path, `Look at the files of ${place.name} ${place.version}.`);
  return readBlob(ctx, workspace, file.digest);
}

export async function writeTo(ctx: Ctx, workspace: string, place: Place, bytes: Bytes): Promise<void> {
  const owner = await writableOwner(ctx, workspace, place);
  await writeArtifact(ctx, workspace, owner, place.path, bytes);
  if (place.kind === "trace" && place.path === traceFile) await takeTraceFile(ctx, workspace, place.id);
}

export async function deleteFrom(ctx: Ctx, workspace: string, place: Place): Promise<void> {
  await deleteArtifact(ctx, await writableOwner(ctx, workspace, place), place.path);
}

type Owned = Exclude<Place, { kind: "version" }>;

/** Who owns the files, after a look whether it is there. */
async function ownerOf(ctx: Ctx, workspace: string, place: Owned): Promise<string> {
  if (place.kind === "trace") {
    await requireTrace(ctx, workspace, place.id);
    return fileOwner(workspace, place.id);
  }
  if (place.kind === "run") await requireRun(ctx, workspace, place.id);
  else await requireLoggedModel(ctx, workspace, place.id);
  return place.id;
}

/** Who owns files that may be written: a run, logged model or trace of the workspace that is not deleted. */
export async function writableOwner(ctx: Ctx, workspace: string, place: Place): Promise<string> {
  if (place.kind === "version") {
    throw new Problem("forbidden", `The files of ${place.name} ${place.version} do not change.`, {
      hint: "Log to a run and register a new version.",
    });
  }
  if (place.kind === "run") await requireActiveRun(ctx, workspace, place.id);
  return ownerOf(ctx, workspace, place);
}
