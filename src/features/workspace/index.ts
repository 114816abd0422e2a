import type { workspaceContract } from "../../contract/workspace.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { createWorkspace, listWorkspaces } from "./service.ts";

export { workspaceSchema } from "./schema.ts";
export { createWorkspace, createWorkspaceCheck, listWorkspaces, requireWorkspace, type Workspace } from "./service.ts";

export const workspaceHandlers: Handlers<typeof workspaceContract> = {
  list: async (_, ctx, call) => ({ items: await listWorkspaces(ctx, call.principal) }),
  create: ({ body }, ctx) => createWorkspace(ctx, body),
};
