import type { endpointContract } from "../../contract/endpoint.ts";
import { notFound } from "../../contract/errors.ts";
import type { servingContract } from "../../contract/serving.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { closedSignal } from "../../platform/http/closed.ts";
import { collect } from "./collected.ts";
import { deploy, setTraffic, undeploy } from "./deployment.ts";
import { modelBlob, modelFiles, waitForDesired } from "./desired.ts";
import { invokeDeployment } from "./invoke.ts";
import { report } from "./reported.ts";
import * as service from "./service.ts";
import type { DeploymentKey } from "./store.ts";

export const endpointHandlers: Handlers<typeof endpointContract> = {
  list: async ({ params }, ctx) => ({ items: await service.listEndpoints(ctx, params.workspace) }),
  get: ({ params }, ctx) => service.describeEndpoint(ctx, params.workspace, params.name),
  create: ({ params, body }, ctx) => service.createEndpoint(ctx, { ...params, ...body }),
  delete: ({ params }, ctx) => service.deleteEndpoint(ctx, params.workspace, params.name),
  deploy: ({ params, body }, ctx) => deploy(ctx, { ...params, endpoint: params.name, ...body }),
  undeploy: ({ params }, ctx) =>
    undeployNamed(ctx, { workspace: params.workspace, endpoint: params.name, name: params.deployment }),
  setTraffic: ({ params, body }, ctx) => splitTraffic(ctx, params.workspace, params.name, body.traffic),
  keys: async ({ params }, ctx) => ({ primary: await service.keyOf(ctx, params.workspace, params.name) }),
  invoke: ({ params, body }, ctx) => invokeDeployment(ctx, params.workspace, params.name, body),
};

async function undeployNamed(ctx: Ctx, key: DeploymentKey): Promise<undefined> {
  if (!(await undeploy(ctx, key))) throw notFound(`deployment of endpoint "${key.endpoint}"`, key.name);
}

async function splitTraffic(ctx: Ctx, workspace: string, endpoint: string, traffic: Record<string, number>) {
  await setTraffic(ctx, { workspace, endpoint, traffic });
  return service.getEndpoint(ctx, workspace, endpoint);
}

export const servingHandlers: Handlers<typeof servingContract> = {
  desired: ({ query }, ctx, call) => waitForDesired(ctx, query, closedSignal(call.request)),
  report: ({ body }, ctx) => report(ctx, body),
  collect: ({ body }, ctx) => collect(ctx, body),
  modelFiles: ({ params }, ctx) => modelFiles(ctx, params.digest),
  modelBlob: ({ params }, ctx) => modelBlob(ctx, params.digest),
};
