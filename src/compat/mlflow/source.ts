import type { TreeFile } from "../../contract/common.ts";
import { Problem } from "../../contract/errors.ts";
import { parseModelReference } from "../../contract/model-reference.ts";
import { createTree } from "../../features/blob/index.ts";
import { originOfRun } from "../../features/lineage/index.ts";
import { resolveModelReference } from "../../features/model/index.ts";
import { getLoggedModel, getRun, searchLoggedModels } from "../../features/run/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { invalidParameter } from "./error.ts";
import { filesOf } from "./place.ts";
import { decodedText, type Place, placeOf, safePath } from "./uri.ts";

/** Where a version comes from: what `createVersion` wants to know. */
export interface Origin {
  source: string;
  runId: string | null;
  loggedModelId: string | null;
  jobId: string | null;
  tree: string | null;
  trainingData: string[];
  parents: { name: string; version: string }[];
  metrics: Record<string, number>;
}

interface Said {
  source: string;
  runId: string | null;
  modelId: string | null;
  isPrompt: boolean;
}

/**
 * Finds the files that a source means, among those that this server keeps. Nothing else is ever opened: a source
 * elsewhere is remembered as it was said, and such a version cannot be deployed.
 */
export async function originOf(ctx: Ctx, workspace: string, said: Said): Promise<Origin> {
  checkSource(said);
  const place = await sourcePlace(ctx, workspace, said);
  const runId = said.runId ?? (await makerOf(ctx, workspace, place));
  const run = runId === null ? undefined : await unlessMissing(getRun(ctx, workspace, runId));
  const made = run && (await originOfRun(ctx, workspace, run.id));
  const found = place && (await unlessMissing(filesOf(ctx, workspace, place)));
  const files = found ?? [];
  const inside = place ? below(files, place.path) : [];
  return {
    source: said.source,
    runId,
    loggedModelId: said.modelId ?? (place?.kind === "logged-model" ? place.id : null),
    jobId: made?.jobId ?? null,
    tree: inside.length > 0 ? await createTree(ctx, workspace, { files: inside }) : null,
    trainingData: made?.trainingData ?? [],
    parents: [...(made?.parents ?? []), ...(found && place?.kind === "version" ? [place] : [])],
    metrics: Object.fromEntries(Object.entries(run?.metrics ?? {}).map(([key, value]) => [key, Number(value)])),
  };
}

/** The run that logged a model. Clients of MLflow 3 register `models:/m-…` and leave it to the server to know. */
async function makerOf(ctx: Ctx, workspace: string, place: Place | undefined): Promise<string | null> {
  if (place?.kind !== "logged-model") return null;
  const model = await unlessMissing(getLoggedModel(ctx, workspace, place.id));
  return model?.source_run_id ?? null;
}

/** Files in a folder; paths become relative to it. */
const below = (files: TreeFile[], folder: string): TreeFile[] =>
  folder === ""
    ? files
    : files
        .filter((file) => file.path.startsWith(`${folder}/`))
        .map((file) => ({ ...file, path: file.path.slice(folder.length + 1) }));

/** A source on a disk would be a disk of the server: there is nothing for a client there. */
function checkSource({ source, isPrompt }: Said): void {
  const isLocal = /^file:/i.test(source) || source.startsWith("/") || source.startsWith("\\");
  const isRelative = !/^[a-z][a-z0-9+.-]*:/i.test(source);
  if (isLocal || (isRelative && !isPrompt)) {
    throw invalidParameter(
      `Invalid model version source: '${source}'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.`,
    );
  }
  if (!isRelative && leavesItsFolder(source)) {
    throw invalidParameter(
      `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.`,
    );
  }
}

function leavesItsFolder(source: string): boolean {
  const decoded = decodedText(decodedText(source));
  return decoded.includes("\0") || decoded.split(/[/\\]/).includes("..");
}

async function sourcePlace(ctx: Ctx, workspace: string, { source, modelId }: Said): Promise<Place | undefined> {
  if (modelId) return { kind: "logged-model", id: modelId, path: "" };
  const [, scheme = "", rest = ""] = /^([a-z-]+):\/*(.*)$/i.exec(source) ?? [];
  if (scheme === "runs") return runPlace(ctx, workspace, rest);
  if (scheme === "models") return modelPlace(ctx, workspace, rest);
  if (scheme === "mlflow-artifacts") return knownPlace(source.replace(/^mlflow-artifacts:(\/\/[^/]*)?\/*/, ""));
  const proxied = /\/mlflow-artifacts\/artifacts\/(.*)$/.exec(source);
  return proxied ? knownPlace(proxied[1]!) : undefined;
}

/** What is no path here may be one elsewhere. */
function knownPlace(path: string): Place | undefined {
  try {
    return placeOf(path);
  } catch {
    return undefined;
  }
}

/** `runs:/<id>/model`: files that the run logged, or a model of that name that it logged. */
async function runPlace(ctx: Ctx, workspace: string, rest: string): Promise<Place | undefined> {
  const [id = "", ...parts] = rest.split("/");
  const path = safePath(parts.join("/"));
  const run = await unlessMissing(getRun(ctx, workspace, id));
  if (!run) return undefined;
  const place: Place = { kind: "run", id, path };
  if (below(await filesOf(ctx, workspace, place), path).length > 0) return place;
  const { items } = await searchLoggedModels(ctx, {
    workspace,
    experimentIds: [Number(run.experimentId)],
    where: [
      { on: "attribute", key: "source_run_id", operator: "=", value: id },
      { on: "attribute", key: "name", operator: "=", value: path },
    ],
    datasets: [],
    orderBy: [],
    limit: 1,
  });
  const [model] = items;
  return model && { kind: "logged-model", id: model.id, path: "" };
}

/** `models:/m-…`, `models:/name/3` or `models:/name@champion`. */
async function modelPlace(ctx: Ctx, workspace: string, rest: string): Promise<Place | undefined> {
  if (/^m-[0-9a-f]{32}$/.test(rest)) return { kind: "logged-model", id: rest, path: "" };
  if (parseModelReference(rest) === undefined) return undefined;
  const found = await unlessMissing(resolveModelReference(ctx, workspace, `models:/${rest}`));
  return found && { kind: "version", name: found.name, version: found.version, path: "" };
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof Problem && error.code === "not_found") return undefined;
    throw error;
  }
}
