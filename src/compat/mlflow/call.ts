import type { FastifyReply, FastifyRequest } from "fastify";
import { Problem } from "../../contract/errors.ts";
import type { Permission } from "../../contract/permissions.ts";
import type { Ctx } from "../../platform/context.ts";
import { type Authenticate, type Principal, requirePermission } from "../../platform/http/bind.ts";
import { inputOfBody, inputOfQuery } from "./input.ts";
import type { Call } from "./route.ts";

export interface Serving {
  ctx: Ctx;
  authenticate: Authenticate;
  /** Fails when there is no such workspace. */
  requireWorkspace(name: string): Promise<void>;
}

const callers = new WeakMap<FastifyRequest, { principal: Principal; workspace: string }>();

/**
 * Finds out who calls and whether they may, before any of the body is read. The workspace is that of the path prefix,
 * else of MLflow's header, else of the token, else `default`. Without a permission, any credential is enough.
 */
export async function admit(serving: Serving, request: FastifyRequest, permission?: Permission): Promise<void> {
  const principal = await serving.authenticate(request);
  if (!principal) throw new Problem("unauthenticated", "This needs a credential.", { hint: credentialHint });
  const header = request.headers["x-mlflow-workspace"];
  const named = (request.params as { workspace?: string }).workspace ?? (Array.isArray(header) ? header[0] : header);
  const workspace = named || principal.workspace || "default";
  if (permission) requirePermission(principal, permission, workspace);
  await serving.requireWorkspace(workspace);
  callers.set(request, { principal, workspace });
}

const credentialHint =
  "Set MLFLOW_TRACKING_TOKEN to a token (see credentials.json in the home folder, or `trainyard token create`).";

export function callOf(serving: Serving, request: FastifyRequest, reply: FastifyReply): Call {
  const { principal, workspace } = callers.get(request)!;
  const hasQuery = request.method === "GET";
  return {
    ctx: { ...serving.ctx, actor: principal.actor },
    principal,
    workspace,
    input: hasQuery ? inputOfQuery(request.query) : inputOfBody(request.body),
    params: request.params as Record<string, string>,
    request,
    reply,
  };
}
