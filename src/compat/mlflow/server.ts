import type { FastifyError, FastifyInstance, FastifyRequest } from "fastify";
import { Problem } from "../../contract/errors.ts";
import { problemOf } from "../../platform/http/server.ts";
import { aliasRoutes } from "./aliases.ts";
import { artifactRoutes } from "./artifacts.ts";
import { assessmentRoutes } from "./assessments.ts";
import { admit, callOf, type Serving } from "./call.ts";
import { datasetRoutes } from "./datasets.ts";
import { answerOf, invalidParameter } from "./error.ts";
import { experimentRoutes } from "./experiments.ts";
import { answerQuery } from "./graphql/index.ts";
import { parsedBody } from "./input.ts";
import { issueRoutes } from "./issues.ts";
import { loggedModelRoutes } from "./logged-models.ts";
import { loggingRoutes } from "./logging.ts";
import { metricRoutes } from "./metrics.ts";
import { modelRoutes } from "./models.ts";
import { mountProxy } from "./proxy.ts";
import { compact, type Route } from "./route.ts";
import { runRoutes } from "./runs.ts";
import { scorerRoutes } from "./scorers.ts";
import { traceMetricRoutes } from "./trace-metrics.ts";
import { traceRoutes } from "./traces.ts";
import { oldTraceRoutes } from "./traces-v2.ts";
import { versionRoutes } from "./versions.ts";
import { webhookRoutes } from "./webhooks.ts";
import { workspaceRoutes } from "./workspaces.ts";

const serverInfo: Route = {
  method: "GET",
  path: "/server-info",
  versions: ["3.0"],
  permission: "run:read",
  handler: async () => ({ store_type: "SqlStore", workspaces_enabled: true }),
};

/** Each field asks for the permission of its own endpoint. */
const graphql: Route = { method: "POST", path: "/graphql", permission: "run:read", handler: answerQuery };

/** Every endpoint of the MLflow REST API that is served here. */
export const mlflowRoutes: Route[] = [
  ...experimentRoutes,
  ...runRoutes,
  ...loggingRoutes,
  ...metricRoutes,
  ...artifactRoutes,
  ...loggedModelRoutes,
  ...modelRoutes,
  ...versionRoutes,
  ...aliasRoutes,
  ...webhookRoutes,
  ...workspaceRoutes,
  ...datasetRoutes,
  ...scorerRoutes,
  ...issueRoutes,
  ...traceRoutes,
  ...oldTraceRoutes,
  ...assessmentRoutes,
  ...traceMetricRoutes,
  serverInfo,
];

/** The version whose REST API this is; clients ask, and turn away from servers before 3.4. */
export const mlflowVersion = "3.11.1";

const largestBody = 32 * 1024 * 1024;

/** Serves the MLflow REST API, also below `/w/<workspace>`, which a tracking URI may end with. */
export async function serveMlflow(http: FastifyInstance, serving: Serving): Promise<void> {
  for (const prefix of ["", "/w/:workspace"]) {
    await http.register(async (scope) => {
      answerAsMlflow(scope, serving);
      mountJson(scope, prefix, serving);
    });
    await http.register(async (scope) => {
      answerAsMlflow(scope, serving);
      mountProxy(scope, prefix, serving);
    });
  }
}

function answerAsMlflow(scope: FastifyInstance, serving: Serving): void {
  scope.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error);
    if (problem.code === "internal") {
      const where = { requestId: request.id, method: request.method, url: request.url };
      serving.ctx.log.error("request failed", { ...where, error });
    }
    const { status, body } = answerOf(problem);
    return reply.code(status).send(body);
  });
}

function mountJson(scope: FastifyInstance, prefix: string, serving: Serving): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { parseAs: "string" }, async (request: FastifyRequest, body: string) => {
    if (body !== "" && !/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
      throw invalidParameter("Bad Request. Content-Type must be one of ['application/json'].");
    return parsedBody(body) ?? {};
  });
  scope.get(`${prefix}/health`, async (_, reply) => reply.type("text/plain").send("OK"));
  scope.get(`${prefix}/version`, async (_, reply) => reply.type("text/plain").send(mlflowVersion));
  mountRoute(scope, prefix, graphql, serving);
  for (const api of ["api", "ajax-api"]) {
    for (const route of mlflowRoutes)
      for (const version of route.versions ?? ["2.0"])
        mountRoute(scope, `${prefix}/${api}/${version}/mlflow`, route, serving);
    for (const version of ["2.0", "3.0"]) mountRest(scope, `${prefix}/${api}/${version}/mlflow/*`, serving);
  }
}

function mountRoute(scope: FastifyInstance, base: string, route: Route, serving: Serving): void {
  scope.route({
    method: route.method,
    url: base + route.path.replace(/\{(\w+)\}/g, ":$1"),
    bodyLimit: largestBody,
    onRequest: (request: FastifyRequest) => admit(serving, request, route.anywhere ? undefined : route.permission),
    handler: async (request, reply) => {
      const output = await route.handler(callOf(serving, request, reply));
      serving.ctx.failpoint("http.beforeReply");
      return compact(output ?? {});
    },
  });
}

/** A clean no to everything else, which a client does not try again. */
function mountRest(scope: FastifyInstance, url: string, serving: Serving): void {
  scope.route({
    method: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    url,
    onRequest: (request: FastifyRequest) => admit(serving, request, "run:read"),
    handler: async (request) => {
      throw new Problem(
        "unsupported",
        `${request.method} ${request.url.split("?")[0]} is not supported by this server.`,
        {
          hint: "Runs, metrics, artifacts, logged models, traces and the model registry are.",
        },
      );
    },
  });
}
