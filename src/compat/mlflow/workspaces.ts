import { nameSchema } from "../../contract/common.ts";
import { Problem } from "../../contract/errors.ts";
import { createWorkspace, listWorkspaces, type Workspace } from "../../features/workspace/index.ts";
import { requirePermission } from "../../platform/http/bind.ts";
import { invalidParameter } from "./error.ts";
import { checkLength } from "./limits.ts";
import type { Call, Route } from "./route.ts";

const versions = ["3.0"] as const;
const anywhere = true;

/** Workspaces can be seen and made; they are neither renamed nor deleted. */
export const workspaceRoutes: Route[] = [
  { method: "GET", path: "/workspaces", permission: "workspace:read", anywhere, versions, handler: list },
  { method: "POST", path: "/workspaces", permission: "workspace:create", anywhere, versions, handler: create },
  {
    method: "GET",
    path: "/workspaces/{workspace_name}",
    permission: "workspace:read",
    anywhere,
    versions,
    handler: get,
  },
];

const workspaceJson = ({ name, description }: Workspace) => ({ name, description: description || undefined });

/** Those that the caller may read. */
async function list({ ctx, principal }: Call) {
  return { workspaces: (await listWorkspaces(ctx, principal)).map(workspaceJson) };
}

async function get({ ctx, principal, params }: Call) {
  const name = params.workspace_name!;
  const found = (await listWorkspaces(ctx, principal)).find((workspace) => workspace.name === name);
  if (!found) throw new Problem("not_found", `Workspace '${name}' not found`);
  return { workspace: workspaceJson(found) };
}

async function create({ ctx, principal, input, reply }: Call) {
  // A new workspace belongs to none, whatever workspace the request is in.
  requirePermission(principal, "workspace:create", "*");
  const name = input.text("name");
  if (!nameSchema.safeParse(name).success) throw invalidParameter(`'${name}' cannot be the name of a workspace.`);
  if (input.plainText("default_artifact_root") !== "") {
    throw invalidParameter("A workspace has no artifact root of its own: this server decides where files are kept.");
  }
  const description = checkLength("description", input.plainText("description"), 2000);
  const workspace = await createWorkspace(ctx, { name, description });
  reply.code(201);
  return { workspace: workspaceJson(workspace) };
}
