import { z } from "zod";
import { digestSchema, inWorkspace, named, nameSchema, timeSchema } from "./common.ts";
import { operation } from "./operation.ts";

/** What a step runs in. The specification is a conda or pip file; the lock is what it resolved to on one platform. */
export const environmentVersionSchema = z.object({
  name: nameSchema,
  version: z.string(),
  description: z.string(),
  /** Text of the conda file. */
  condaFile: z.string().nullable(),
  image: z.string().nullable(),
  /** sha256 of the specification. */
  digest: digestSchema,
  locks: z.array(
    z.object({ platform: z.string(), digest: digestSchema, packages: z.array(z.string()), createdAt: timeSchema }),
  ),
  createdAt: timeSchema,
});

export const environmentContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/environments",
    summary: "List environments and their versions",
    permission: "environment:read",
    params: inWorkspace,
    response: z.object({ items: z.array(environmentVersionSchema) }),
  }),
  create: operation({
    method: "POST",
    path: "/workspaces/{workspace}/environments/{name}",
    summary: "Register an environment: the next version, or the one that has the same content",
    permission: "environment:write",
    params: named,
    body: z.strictObject({
      condaFile: z.string().max(1_000_000).nullable().default(null),
      image: z.string().min(1).max(1000).nullable().default(null),
    }),
    response: environmentVersionSchema,
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/environments/{name}",
    summary: "The versions of an environment, with their locks",
    permission: "environment:read",
    params: named,
    response: z.object({ items: z.array(environmentVersionSchema) }),
  }),
};
