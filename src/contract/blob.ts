import { z } from "zod";
import { digestSchema, inWorkspace, longestTreePath, treeSchema } from "./common.ts";
import { filePreviewSchema } from "./file-preview.ts";
import { operation } from "./operation.ts";

const blobParams = inWorkspace.extend({ digest: digestSchema });

/** Content-addressed bytes. The server names them by their sha256; a client never chooses a path. */
export const blobContract = {
  missing: operation({
    method: "POST",
    path: "/workspaces/{workspace}/blobs/missing",
    summary: "Which of these digests does the server not have yet",
    permission: "data:read",
    params: inWorkspace,
    body: z.strictObject({ digests: z.array(digestSchema).max(200_000) }),
    bodyLimit: 32 * 1024 * 1024,
    response: z.object({ missing: z.array(digestSchema) }),
  }),
  put: operation({
    method: "PUT",
    path: "/workspaces/{workspace}/blobs/{digest}",
    summary: "Store bytes; refused unless they hash to the digest",
    permission: "run:write",
    params: blobParams,
    body: "bytes",
    response: z.object({ digest: digestSchema, size: z.number().int() }),
  }),
  putMany: operation({
    method: "POST",
    path: "/workspaces/{workspace}/blobs",
    summary: "Store up to 1,000 small contents, each after its length (32 bits, big-endian)",
    permission: "run:write",
    params: inWorkspace,
    body: "bytes",
    bodyLimit: 64 * 1024 * 1024,
    response: z.object({ stored: z.array(z.object({ digest: digestSchema, size: z.number().int() })) }),
  }),
  getMany: operation({
    method: "POST",
    path: "/workspaces/{workspace}/blobs/read",
    summary: "Read up to 1,000 small blobs in the order of their digests, each after its length (32 bits, big-endian)",
    permission: "data:read",
    params: inWorkspace,
    body: z.strictObject({ digests: z.array(digestSchema).max(1000) }),
    response: "bytes",
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/blobs/{digest}",
    summary: "Read bytes by digest; verified while they stream",
    permission: "data:read",
    params: blobParams,
    response: "bytes",
  }),
  preview: operation({
    method: "GET",
    path: "/workspaces/{workspace}/blobs/{digest}/preview",
    summary: "The first rows of a Parquet file, or the signature in an MLmodel file",
    permission: "data:read",
    params: blobParams,
    /** Path of the file that the bytes are: its name tells what they are. */
    query: z.object({ path: z.string().min(1).max(longestTreePath) }),
    response: filePreviewSchema,
  }),
  createTree: operation({
    method: "POST",
    path: "/workspaces/{workspace}/trees",
    summary: "Record a folder as a manifest of stored blobs",
    permission: "run:write",
    params: inWorkspace,
    body: treeSchema,
    bodyLimit: 64 * 1024 * 1024,
    response: z.object({ digest: digestSchema }),
  }),
  getTree: operation({
    method: "GET",
    path: "/workspaces/{workspace}/trees/{digest}",
    summary: "The files of a folder",
    permission: "data:read",
    params: blobParams,
    response: treeSchema,
  }),
};
