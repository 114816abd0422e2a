import type { blobContract } from "../../contract/blob.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { putBlobs, readBlobs } from "./many.ts";
import { previewFile } from "./preview.ts";
import { createTree, missingBlobs, putBlob, readBlob, readTree } from "./service.ts";

export { blobSchema, blobTouchSchema } from "./schema.ts";
export {
  checkTree,
  createTree,
  graceMs,
  missingBlobs,
  noteBlob,
  putBlob,
  readBlob,
  readSmallBlob,
  readTree,
  sizeOf,
  treeStart,
} from "./service.ts";

export const blobHandlers: Handlers<typeof blobContract> = {
  missing: async ({ params, body }, ctx) => ({ missing: await missingBlobs(ctx, params.workspace, body.digests) }),
  put: ({ params, body }, ctx) => putBlob(ctx, params.workspace, body, params.digest),
  putMany: async ({ params, body }, ctx) => ({ stored: await putBlobs(ctx, params.workspace, body) }),
  getMany: ({ params, body }, ctx) => readBlobs(ctx, params.workspace, body.digests),
  get: ({ params }, ctx) => readBlob(ctx, params.workspace, params.digest),
  preview: ({ params, query }, ctx) => previewFile(ctx, params.workspace, { digest: params.digest, path: query.path }),
  createTree: async ({ params, body }, ctx) => ({ digest: await createTree(ctx, params.workspace, body) }),
  getTree: async ({ params }, ctx) => ({ files: await readTree(ctx, params.workspace, params.digest) }),
};
