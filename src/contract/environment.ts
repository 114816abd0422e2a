import { z } from "zod";
import { digestSchema, inWorkspace, named, nameSchema, tagsSchema, timeSchema, versionSchema } from "./common.ts";
import { jobEnvironmentSchema } from "./job-definition.ts";
import { operation } from "./operation.ts";

/** What a step runs in. The specification says what it is made of; the lock is what that resolved to on one platform. */
export const environmentVersionSchema = z.object({
  name: nameSchema,
  version: z.string(),
  description: z.string(),
  tags: tagsSchema,
  ...jobEnvironmentSchema.omit({ name: true }).shape,
  /** sha256 of the specification. */
  digest: digestSchema,
  locks: z.array(
    z.object({ platform: z.string(), digest: digestSchema, packages: z.array(z.string()), createdAt: timeSchema }),
  ),
  /** Lists leave it out. */
  archived: z.boolean(),
  createdAt: timeSchema,
});
export type EnvironmentVersion = z.infer<typeof environmentVersionSchema>;

const { condaFile, image, build, files, uvProject } = jobEnvironmentSchema.shape;
export const newEnvironmentSchema = z.strictObject({
  condaFile: condaFile.default(null),
  image: image.default(null),
  ...{ build, files, uvProject },
  /** Without one, the version that has the same content, or the next number. */
  version: versionSchema.optional(),
  description: z.string().max(10_000).optional(),
  tags: tagsSchema.optional(),
});
export type NewEnvironment = z.infer<typeof newEnvironmentSchema>;

/** All versions of the name, or one. */
const whichVersions = z.strictObject({ version: versionSchema.optional() });
const versions = z.object({ items: z.array(environmentVersionSchema) });

export const environmentContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/environments",
    summary: "List environments and their versions",
    permission: "environment:read",
    params: inWorkspace,
    query: z.object({
      /** Archived versions too, or only those; without it, the others. */
      archived: z.enum(["include", "only"]).optional(),
    }),
    response: versions,
  }),
  create: operation({
    method: "POST",
    path: "/workspaces/{workspace}/environments/{name}",
    summary: "Register an environment: the next version, or the one that has the same content",
    permission: "environment:write",
    params: named,
    body: newEnvironmentSchema,
    response: environmentVersionSchema,
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/environments/{name}",
    summary: "The versions of an environment, newest first, with their locks",
    permission: "environment:read",
    params: named,
    response: versions,
  }),
  archive: operation({
    method: "POST",
    path: "/workspaces/{workspace}/environments/{name}/archive",
    summary: "Leave an environment, or one version of it, out of lists",
    permission: "environment:write",
    params: named,
    body: whichVersions,
    response: versions,
  }),
  restore: operation({
    method: "POST",
    path: "/workspaces/{workspace}/environments/{name}/restore",
    summary: "Show an archived environment, or one version of it, in lists again",
    permission: "environment:write",
    params: named,
    body: whichVersions,
    response: versions,
  }),
};
