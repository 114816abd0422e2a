import { z } from "zod";
import { digestSchema, inWorkspace, named, nameSchema, timeSchema } from "./common.ts";
import { modelVersionRefSchema } from "./model-reference.ts";
import { operation } from "./operation.ts";

export const deploymentSchema = z.object({
  name: nameSchema,
  model: z.object({ name: z.string(), version: z.string(), digest: digestSchema }),
  state: z.enum(["starting", "ready", "failed", "stopped"]),
  error: z.string().nullable(),
  /** Share of requests in percent. */
  traffic: z.number().int().min(0).max(100),
  /** Are inputs and outputs collected? */
  collect: z.boolean(),
  release: z.number().int().nullable(),
  createdAt: timeSchema,
});
export type Deployment = z.infer<typeof deploymentSchema>;

export const endpointSchema = z.object({
  name: nameSchema,
  /** Base address of the data plane for this endpoint; null while no serving node runs. */
  url: z.string().nullable(),
  authMode: z.enum(["key", "none"]),
  deployments: z.array(deploymentSchema),
  createdAt: timeSchema,
});
export type Endpoint = z.infer<typeof endpointSchema>;

export const endpointContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/endpoints",
    summary: "List online endpoints and their deployments",
    permission: "endpoint:read",
    params: inWorkspace,
    response: z.object({ items: z.array(endpointSchema) }),
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/endpoints/{name}",
    summary: "An endpoint, its deployments, traffic and figures",
    permission: "endpoint:read",
    params: named,
    response: endpointSchema.extend({
      requests: z.number().int(),
      errors: z.number().int(),
      /** Milliseconds over the last minutes; null before the first request. */
      p50: z.number().nullable(),
      p99: z.number().nullable(),
      /** Rows collected so far. */
      collectedRows: z.number().int(),
      /** What the served model takes and gives. */
      inputs: z.array(z.object({ name: z.string(), type: z.string(), shape: z.array(z.number()) })),
      outputs: z.array(z.object({ name: z.string(), type: z.string(), shape: z.array(z.number()) })),
      /** A request that the served model accepts. */
      example: z.unknown(),
    }),
  }),
  create: operation({
    method: "POST",
    path: "/workspaces/{workspace}/endpoints",
    summary: "Create an online endpoint",
    permission: "endpoint:write",
    params: inWorkspace,
    body: z.strictObject({ name: nameSchema, authMode: z.enum(["key", "none"]).default("key") }),
    response: endpointSchema,
  }),
  delete: operation({
    method: "DELETE",
    path: "/workspaces/{workspace}/endpoints/{name}",
    summary: "Delete an endpoint; refused while a deployment has traffic",
    permission: "endpoint:write",
    params: named,
  }),
  deploy: operation({
    method: "PUT",
    path: "/workspaces/{workspace}/endpoints/{name}/deployments/{deployment}",
    summary: "Create a deployment of a model version; it gets no traffic yet",
    permission: "endpoint:write",
    params: named.extend({ deployment: nameSchema }),
    body: z.strictObject({
      /** A reference such as `churn@champion`, or a name with a version. */
      model: modelVersionRefSchema,
      collect: z.boolean().default(true),
    }),
    response: deploymentSchema,
  }),
  undeploy: operation({
    method: "DELETE",
    path: "/workspaces/{workspace}/endpoints/{name}/deployments/{deployment}",
    summary: "Delete a deployment; refused while it has traffic",
    permission: "endpoint:write",
    params: named.extend({ deployment: nameSchema }),
  }),
  setTraffic: operation({
    method: "PUT",
    path: "/workspaces/{workspace}/endpoints/{name}/traffic",
    summary: "Split requests over deployments; the shares add up to 0 or 100",
    permission: "endpoint:write",
    params: named,
    body: z.strictObject({ traffic: z.record(nameSchema, z.number().int().min(0).max(100)) }),
    response: endpointSchema,
  }),
  keys: operation({
    method: "GET",
    path: "/workspaces/{workspace}/endpoints/{name}/keys",
    summary: "The key that callers of the endpoint send as a bearer token",
    permission: "endpoint:keys",
    params: named,
    response: z.object({ primary: z.string() }),
  }),
  invoke: operation({
    method: "POST",
    path: "/workspaces/{workspace}/endpoints/{name}/invoke",
    summary: "Send a request through the control plane, for trying out",
    permission: "endpoint:invoke",
    params: named,
    body: z.strictObject({
      /** A V2 inference request, an MLflow `/invocations` body, or an Azure `/score` body. */
      request: z.unknown(),
      deployment: nameSchema.optional(),
    }),
    response: z.object({
      status: z.number().int(),
      response: z.unknown(),
      deployment: z.string().nullable(),
      milliseconds: z.number(),
    }),
  }),
};
