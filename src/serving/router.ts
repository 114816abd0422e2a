import type { IncomingMessage, ServerResponse } from "node:http";
import { notFound, Problem } from "../contract/errors.ts";
import type { Log } from "../platform/log.ts";
import { checkHost, checkKey } from "./access.ts";
import type { Collector } from "./collector.ts";
import type { Limits } from "./config.ts";
import type { Fleet, LiveEndpoint } from "./fleet.ts";
import { jsonReply, jsonText, type Reply, readBody, requestIdOf, send, textReply } from "./http.ts";
import { decodeScore } from "./protocol/azure.ts";
import type { Decoded, Target } from "./protocol/decoded.ts";
import { decodeInvocations, mlflowError } from "./protocol/mlflow.ts";
import { openapiOf } from "./protocol/openapi.ts";
import { decodeInfer, modelMetadata } from "./protocol/v2.ts";
import { choose, type Route, type Wish } from "./traffic.ts";

export interface RouterOptions {
  fleet: Fleet;
  collector: Collector;
  limits: Limits;
  allowedHosts: ReadonlySet<string>;
  log: Log;
  version: string;
  /** Answers paths of the node itself, such as `/metrics`; undefined for others. */
  nodePage: (path: string) => Reply | undefined;
}

/** A request on its way through the router. */
interface Call {
  request: IncomingMessage;
  endpoint: LiveEndpoint;
  requestId: string;
  wish: Wish;
  route?: Route;
}

const unauthenticatedPaths = new Set(["v2/health/live", "v2/health/ready", "health", "ping"]);

/** Answers callers of endpoints: `/<workspace>/<endpoint>/…` in the protocols that clients speak. */
export class Router {
  readonly #options: RouterOptions;
  /** Set when the node is about to end: answers ask callers not to keep the connection. */
  closing = false;

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  readonly handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const started = performance.now();
    const requestId = requestIdOf(request);
    const path = (request.url ?? "/").split("?", 1)[0]!;
    const call: Partial<Call> = { request, requestId };
    let reply: Reply;
    try {
      checkHost(request.headers, this.#options.allowedHosts);
      reply = this.#options.nodePage(path) ?? (await this.#endpointPage(path, call));
    } catch (error) {
      if (!(error instanceof Problem)) this.#options.log.error("a request failed", { requestId, error });
      reply = failure(path, error);
    }
    call.route?.instance.statistics.count(reply.status, performance.now() - started);
    reply.headers = { "x-request-id": requestId, ...reply.headers };
    if (call.route) reply.headers["azureml-model-deployment"] = call.route.deployment.name;
    send(request, response, reply, this.closing);
  };

  async #endpointPage(path: string, started: Partial<Call>): Promise<Reply> {
    const [workspace = "", name = "", ...rest] = segmentsOf(path);
    const { request } = started;
    const endpoint = this.#options.fleet.endpoint(workspace, name);
    if (!endpoint)
      throw notFound("endpoint", `${workspace}/${name}`, "Addresses are /<workspace>/<endpoint>/score and the like.");
    const page = rest.join("/");
    if (!unauthenticatedPaths.has(page)) checkKey(endpoint.desired, request!.headers);
    const pinned = request!.headers["azureml-model-deployment"];
    const wish = typeof pinned === "string" ? { deployment: pinned } : {};
    const call: Call = Object.assign(started as Call, { endpoint, wish });
    if (request!.method === "POST") return await this.#post(page, rest, call);
    if (request!.method === "GET" || request!.method === "HEAD") return this.#get(page, rest, call);
    throw noPage(call, page);
  }

  #get(page: string, rest: string[], call: Call): Reply {
    const { version } = this.#options;
    switch (page) {
      case "health":
      case "ping":
        return isReady(call.endpoint) ? textReply("\n") : { ...textReply("not ready\n"), status: 503 };
      case "version":
        return textReply(version);
      case "v2":
        return jsonReply({ name: "trainyard", version, extensions: [] });
      case "v2/health/live":
        return jsonReply({ live: true });
      case "v2/health/ready":
        return isReady(call.endpoint) ? jsonReply({ ready: true }) : jsonReply({ ready: false }, 503);
      case "openapi.json":
      case "swagger.json": {
        const { workspace, name } = call.endpoint.desired;
        return jsonReply(
          openapiOf(targetOf(pick(call)), name, `http://${call.request.headers.host}/${workspace}/${name}`),
        );
      }
    }
    const model = modelPath(rest);
    if (!model || (model.verb !== "" && model.verb !== "ready")) throw noPage(call, page);
    Object.assign(call.wish, { model: model.name, version: model.version });
    if (model.verb === "") return jsonReply(modelMetadata(targetOf(pick(call)), model.name));
    try {
      pick(call);
      return jsonReply({ name: model.name, ready: true });
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "unavailable") throw error;
      return jsonReply({ name: model.name, ready: false }, 503);
    }
  }

  async #post(page: string, rest: string[], call: Call): Promise<Reply> {
    const model = modelPath(rest);
    const isInfer = model?.verb === "infer";
    if (!isInfer && page !== "invocations" && page !== "score") throw noPage(call, page);
    const body = await readBody(call.request, this.#options.limits.bodyBytes);
    if (isInfer) Object.assign(call.wish, { model: model.name, version: model.version });
    // From the choice of the route to the queue of its model nothing waits: a change cannot come between.
    const route = pick(call);
    call.route = route;
    const target = targetOf(route);
    let decoded: Decoded;
    if (isInfer && call.request.headers["inference-header-content-length"] !== undefined)
      throw new Problem("unsupported", "Tensors in binary form are not taken; send their values as JSON.");
    if (isInfer) decoded = decodeInfer(body, target, model.name);
    else if (page === "score") decoded = decodeScore(body, target);
    else decoded = decodeInvocations(body, call.request.headers["content-type"] ?? "application/json", target);
    const outputs = await route.instance.submit(decoded.inputs);
    const reply = jsonText(decoded.encode(outputs));
    if (route.deployment.collect && call.request.headers["x-trainyard-smoke"] !== "1") {
      const { workspace, name } = call.endpoint.desired;
      this.#options.collector.add(workspace, name, {
        at: Date.now(),
        deployment: route.deployment.name,
        modelVersion: route.deployment.model.version,
        correlationId: call.requestId,
        signature: target.signature,
        inputs: decoded.inputs,
        outputs,
        columns: decoded.columns,
      });
    }
    return reply;
  }
}

const noPage = ({ request, endpoint }: Call, page: string): Problem =>
  new Problem("not_found", `Endpoint "${endpoint.desired.name}" does not answer ${request.method} ${page || "/"}.`, {
    hint: "See its `openapi.json` for what there is.",
  });

/** The route for a call. A deployment named by the caller answers as soon as it is ready, even before a swap. */
function pick({ endpoint, wish }: Call): Route {
  const { live, wanted, desired } = endpoint;
  const named = (routes: Route[]) => routes.filter((route) => route.deployment.name === wish.deployment);
  let routes = live;
  if (wish.deployment !== undefined) {
    const next = named(wanted);
    if (next.some((route) => route.instance.accepting) || named(live).length === 0) routes = next;
  }
  return choose(desired.name, routes, wish, Math.random());
}

const isReady = ({ live }: LiveEndpoint): boolean =>
  live.some((route) => route.deployment.traffic > 0 && route.instance.accepting);

const targetOf = ({ instance, deployment }: Route): Target => ({
  signature: instance.signature!,
  model: deployment.model,
});

/** `v2/models/{name}[/versions/{version}][/verb]` */
function modelPath(rest: string[]): { name: string; version?: string; verb: string } | undefined {
  const [v2, models, name, ...tail] = rest;
  if (v2 !== "v2" || models !== "models" || !name) return undefined;
  const version = tail[0] === "versions" ? tail.splice(0, 2)[1] : undefined;
  return tail.length > 1 ? undefined : { name, version, verb: tail[0] ?? "" };
}

function segmentsOf(path: string): string[] {
  const parts = path.split("/").slice(1);
  if (parts.at(-1) === "") parts.pop();
  if (!path.includes("%")) return parts;
  try {
    return parts.map(decodeURIComponent);
  } catch {
    throw new Problem("invalid", "The path is not well-formed.");
  }
}

/** An error in the words of the protocol that the path belongs to. */
function failure(path: string, error: unknown): Reply {
  const problem = error instanceof Problem ? error : new Problem("internal", "The request failed.", { cause: error });
  const [, , protocol] = path.split("/").slice(1);
  const message = problem.hint ? `${problem.message} ${problem.hint}` : problem.message;
  let body: unknown = { message };
  if (protocol === "v2") body = { error: message };
  if (protocol === "invocations") body = mlflowError(problem);
  const reply = jsonReply(body, problem.status);
  if (problem.code === "too_many" || problem.code === "unavailable") reply.headers = { "retry-after": "1" };
  if (problem.code === "unauthenticated") reply.headers = { "www-authenticate": "Bearer" };
  return reply;
}
