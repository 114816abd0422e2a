import { z } from "zod";
import {
  actorSchema,
  digestSchema,
  inWorkspace,
  named,
  nameSchema,
  timeSchema,
  treePathSchema,
  versioned,
  versionSchema,
} from "./common.ts";
import { operation } from "./operation.ts";

export const componentTypes = ["command", "pipeline", "parallel", "spark"] as const;

/** A component that jobs name: `azureml:train:1`. Its definition is a file among the files that came with it. */
export const componentVersionSchema = z.object({
  name: nameSchema,
  version: z.string(),
  type: z.enum(componentTypes),
  displayName: z.string(),
  description: z.string(),
  /** Digest of the tree of its files, and which of them defines it. */
  tree: digestSchema,
  file: treePathSchema,
  createdAt: timeSchema,
  createdBy: actorSchema,
});
export type ComponentVersion = z.infer<typeof componentVersionSchema>;

export const componentContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/components",
    summary: "List components, each in its newest version",
    permission: "component:read",
    params: inWorkspace,
    response: z.object({ items: z.array(componentVersionSchema) }),
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/components/{name}",
    summary: "The versions of a component, newest first",
    permission: "component:read",
    params: named,
    response: z.object({ items: z.array(componentVersionSchema) }),
  }),
  getVersion: operation({
    method: "GET",
    path: "/workspaces/{workspace}/components/{name}/versions/{version}",
    summary: "One version of a component; `latest` is the newest",
    permission: "component:read",
    params: versioned,
    response: componentVersionSchema,
  }),
  create: operation({
    method: "POST",
    path: "/workspaces/{workspace}/components",
    summary: "Register a component: a YAML file in a stored tree. The same files again are the version that is there",
    permission: "component:write",
    params: inWorkspace,
    body: z.strictObject({
      tree: digestSchema,
      file: treePathSchema,
      /** Over those of the file. */
      name: nameSchema.optional(),
      version: versionSchema.optional(),
    }),
    response: componentVersionSchema,
  }),
};
