import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { notFound, Problem } from "../../contract/errors.ts";
import type { Permission } from "../../contract/permissions.ts";
import { awaitUsable, getVersion } from "../../features/model/index.ts";
import { entriesOf } from "../../features/run/index.ts";
import { requireTrace } from "../../features/trace/index.ts";
import { entryJson } from "./artifacts.ts";
import { admit, callOf, type Serving } from "./call.ts";
import { invalidParameter } from "./error.ts";
import { inputOfQuery } from "./input.ts";
import * as multipart from "./multipart.ts";
import { deleteFrom, filesOf, readFrom, writeTo } from "./place.ts";
import { type Call, compact } from "./route.ts";
import { traceFile, traceFileOf } from "./trace-file.ts";
import { type Place, placeOf, safePath } from "./uri.ts";

const largestUpload = 64 * 1024 ** 3;

/** Uploads and downloads: bodies are streamed, whatever their content type. */
export function mountProxy(scope: FastifyInstance, prefix: string, serving: Serving): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  const base = `${prefix}/api/2.0/mlflow-artifacts`;
  const on = (
    method: "GET" | "PUT" | "POST" | "DELETE",
    path: string,
    permission: Permission,
    handler: (call: Call) => Promise<unknown>,
  ) =>
    scope.route({
      method,
      url: path,
      bodyLimit: largestUpload,
      onRequest: (request: FastifyRequest) => admit(serving, request, permission),
      handler: (request: FastifyRequest, reply: FastifyReply) => handler(callOf(serving, request, reply)),
    });
  on("GET", `${base}/artifacts`, "run:read", list);
  on("GET", `${base}/artifacts/*`, "run:read", (call) => download(call, call.params["*"]!));
  on("PUT", `${base}/artifacts/*`, "run:write", upload);
  on("DELETE", `${base}/artifacts/*`, "run:write", remove);
  on("POST", `${base}/mpu/create/*`, "run:write", (call) => multipart.create(call, base));
  on("POST", `${base}/mpu/complete/*`, "run:write", multipart.complete);
  on("POST", `${base}/mpu/abort/*`, "run:write", multipart.abort);
  scope.put(`${base}/mpu/parts/:upload/:number`, { bodyLimit: largestUpload }, (request, reply) =>
    multipart.takePart(serving.ctx, request, reply),
  );
  on("GET", `${base}/presigned/*`, "run:read", noPresigned);
  on("POST", `${prefix}/ajax-api/2.0/mlflow/upload-artifact`, "run:write", uploadToRun);
  const files = `${prefix}/ajax-api/2.0/mlflow/logged-models/:model_id/artifacts/files`;
  on("GET", files, "run:read", downloadOfLoggedModel);
  for (const version of ["2.0", "3.0"])
    on("GET", `${prefix}/ajax-api/${version}/mlflow/get-trace-artifact`, "run:read", downloadOfTrace);
  on("GET", `${prefix}/get-artifact`, "run:read", downloadOfRun);
  on("GET", `${prefix}/model-versions/get-artifact`, "model:read", downloadOfVersion);
}

function placeAt(path: string): Place {
  const place = placeOf(path);
  if (place) return place;
  throw invalidParameter(
    `There are no artifacts at '${path}'. They belong to a run ('<experiment>/<run>/artifacts/…') or a logged model ('<experiment>/models/<model>/artifacts/…').`,
  );
}

/** A folder that is not there is empty; names are relative to the folder. */
async function list({ ctx, workspace, input }: Call) {
  const place = placeOf(input.plainText("path"));
  const files = place ? await filesOf(ctx, workspace, place) : [];
  const entries = place ? entriesOf(files, place.path) : [];
  return compact({ files: entries.map((entry) => ({ ...entryJson(entry), path: entry.path.split("/").at(-1) })) });
}

async function download(call: Call, path: string): Promise<FastifyReply> {
  const place = placeOf(path);
  if (!place) throw notFound("artifact", path);
  return send(call, place);
}

/** Files that are not accepted go to nobody but those who decide about them. Clients try again while a check runs. */
async function requireHandedOut({ ctx, workspace, principal }: Call, place: Place): Promise<void> {
  if (place.kind !== "version" || principal.may("model:release", workspace)) return;
  await awaitUsable(ctx, workspace, await getVersion(ctx, workspace, place.name, place.version), { waitMs: 30_000 });
}

async function send(call: Call, place: Place): Promise<FastifyReply> {
  const { ctx, workspace, reply } = call;
  await requireHandedOut(call, place);
  const { bytes, size } = await readFrom(ctx, workspace, place);
  const name = place.path
    .split("/")
    .at(-1)!
    .replace(/[^\w.-]/g, "_");
  return reply
    .header("content-type", "application/octet-stream")
    .header("content-length", size)
    .header("content-disposition", `attachment; filename="${name}"`)
    .send(Readable.from(bytes, { objectMode: false }));
}

async function upload({ ctx, workspace, params, request }: Call) {
  const place = placeAt(params["*"]!);
  await writeTo(ctx, workspace, place, (request.body as Readable | undefined) ?? Readable.from([]));
  return {};
}

async function remove({ ctx, workspace, params }: Call) {
  await deleteFrom(ctx, workspace, placeAt(params["*"]!));
  return {};
}

/** Clients fall back to a plain download. */
async function noPresigned(): Promise<never> {
  throw new Problem("unsupported", "Presigned downloads are not supported; download the artifact itself.");
}

async function downloadOfRun(call: Call): Promise<FastifyReply> {
  const path = safePath(call.input.text("path"));
  const id = call.input.has("run_id") ? call.input.text("run_id") : call.input.text("run_uuid");
  return send(call, { kind: "run", id, path });
}

async function downloadOfLoggedModel(call: Call): Promise<FastifyReply> {
  const path = safePath(call.input.text("artifact_file_path"));
  return send(call, { kind: "logged-model", id: call.params.model_id!, path });
}

async function uploadToRun({ ctx, workspace, request }: Call) {
  const input = inputOfQuery(request.query);
  const [id, path] = [input.plainText("run_uuid"), safePath(input.plainText("path"))];
  if (id === "") throw invalidParameter("Request must specify run_uuid.");
  if (path === "") throw invalidParameter("Request must specify path.");
  const { "content-length": length = "0", "transfer-encoding": encoding } = request.headers;
  if (length === "0" && encoding === undefined) throw invalidParameter("Request must specify data.");
  await writeTo(ctx, workspace, { kind: "run", id, path }, request.body as Readable);
  return {};
}

/** A file of a trace, or when none is named its spans. */
async function downloadOfTrace(call: Call): Promise<unknown> {
  const { ctx, workspace, input, reply } = call;
  const id = input.plainText("request_id");
  if (id === "") throw invalidParameter('Request must include the "request_id" query parameter.');
  const path = safePath(input.plainText("path"));
  if (path !== "") return send(call, { kind: "trace", id, path });
  const trace = await requireTrace(ctx, workspace, id);
  if (trace.spans_in === "file") return send(call, { kind: "trace", id, path: traceFile });
  return reply
    .header("content-type", "application/octet-stream")
    .header("content-disposition", `attachment; filename=${traceFile}`)
    .send(await traceFileOf(ctx, workspace, id));
}

async function downloadOfVersion(call: Call): Promise<FastifyReply> {
  const path = safePath(call.input.text("path"));
  return send(call, { kind: "version", name: call.input.text("name"), version: call.input.text("version"), path });
}
