import { z } from "zod";
import { nameSchema, timeSchema } from "./common.ts";
import { operation } from "./operation.ts";

export const workspaceSchema = z.object({ name: nameSchema, description: z.string(), createdAt: timeSchema });

export const workspaceContract = {
  list: operation({
    method: "GET",
    path: "/workspaces",
    summary: "List the workspaces you may see",
    permission: "signed-in",
    response: z.object({ items: z.array(workspaceSchema) }),
  }),
  create: operation({
    method: "POST",
    path: "/workspaces",
    summary: "Create a workspace",
    permission: "workspace:create",
    body: z.strictObject({ name: nameSchema, description: z.string().max(2000).default("") }),
    response: workspaceSchema,
  }),
};
