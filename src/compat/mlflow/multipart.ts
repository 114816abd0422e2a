import type { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Problem } from "../../contract/errors.ts";
import { abortUpload, completeUpload, putPart, startUpload } from "../../features/run/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { invalidParameter } from "./error.ts";
import { inputOfBody } from "./input.ts";
import { writableOwner } from "./place.ts";
import { type Call, compact } from "./route.ts";
import { placeOf, safePath } from "./uri.ts";

/**
 * Uploads in parts. MLflow's client sends the parts without its own credentials, to the addresses and with the headers
 * that it is told here: the secret of the upload takes their place.
 */
export async function create(call: Call, base: string) {
  const { destination, input } = await wanted(call);
  const count = input.integer("num_parts");
  const { id, secret } = await startUpload(call.ctx, destination, count);
  const origin = call.ctx.config.publicUrl?.replace(/\/+$/, "") ?? `${call.request.protocol}://${call.request.host}`;
  const workspace = encodeURIComponent(call.params.workspace ?? "");
  const parts = `${origin}${base.replace(":workspace", workspace)}/mpu/parts/${id}`;
  return {
    upload_id: id,
    credentials: Array.from({ length: count }, (_, index) => ({
      url: `${parts}/${index + 1}`,
      part_number: index + 1,
      headers: { authorization: `Bearer ${secret}` },
    })),
  };
}

export async function complete(call: Call) {
  const { destination, input } = await wanted(call);
  await completeUpload(call.ctx, destination, input.text("upload_id"));
  return compact({});
}

export async function abort(call: Call) {
  const { destination, input } = await wanted(call);
  await abortUpload(call.ctx, destination, input.text("upload_id"));
  return compact({});
}

/** Of the path that the client says, its own, only the name of the file counts. */
async function wanted(call: Call) {
  const input = inputOfBody(await bodyOf(call.request));
  const name = input.text("path").split(/[\\/]/).at(-1)!;
  const path = safePath(`${call.params["*"]}/${name}`);
  const place = placeOf(path);
  if (!place) throw invalidParameter(`There are no artifacts at '${path}'.`);
  const owner = await writableOwner(call.ctx, call.workspace, place);
  return { destination: { workspace: call.workspace, owner, path: place.path }, input };
}

const largestBody = 4 * 1024 * 1024;

/** The routes beside these stream their bodies; here it is JSON. */
async function bodyOf(request: FastifyRequest): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of (request.body as Readable | undefined) ?? []) {
    size += part.length;
    if (size > largestBody) throw new Problem("too_large", "The request body is larger than 4 MiB.");
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** Takes one part. Its own credential is the secret of the upload. */
export async function takePart(ctx: Ctx, request: FastifyRequest, reply: FastifyReply) {
  const { upload, number } = request.params as { upload: string; number: string };
  const secret = /^bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const digest = await putPart(ctx, upload, Number(number), secret, request.body as Readable);
  return reply.header("etag", `"${digest}"`).send();
}
