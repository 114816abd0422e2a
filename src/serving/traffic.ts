import { Problem } from "../contract/errors.ts";
import type { DesiredServing } from "../contract/serving.ts";
import type { Instance } from "./instance.ts";

export type DesiredEndpoint = DesiredServing["endpoints"][number];
export type DesiredDeployment = DesiredEndpoint["deployments"][number];

/** A deployment and the model process that answers for it. */
export interface Route {
  deployment: DesiredDeployment;
  instance: Instance;
}

/** What the choice needs to know of a route. */
export interface Choosable {
  deployment: Pick<DesiredDeployment, "name" | "traffic" | "model">;
  instance: { accepting: boolean };
}

export interface Wish {
  /** Name of a deployment: it answers even without a share of the traffic. */
  deployment?: string;
  /** Name in a V2 path: of the endpoint, a model or a deployment. */
  model?: string;
  version?: string;
}

/**
 * Chooses who answers: at random, weighted by traffic, among those that are ready and fit the wish. `random` is in
 * [0, 1).
 */
export function choose<R extends Choosable>(endpoint: string, routes: R[], wish: Wish, random: number): R {
  const fitting = narrow(endpoint, routes, wish);
  const ready = fitting.routes.filter((route) => route.instance.accepting);
  const weighted = ready.filter((route) => route.deployment.traffic > 0);
  if (weighted.length === 0 && fitting.pinned && ready[0]) return ready[0];
  const total = weighted.reduce((sum, route) => sum + route.deployment.traffic, 0);
  let left = random * total;
  for (const route of weighted) {
    left -= route.deployment.traffic;
    if (left < 0) return route;
  }
  const last = weighted.at(-1);
  if (last) return last;
  throw new Problem("unavailable", `No deployment of endpoint "${endpoint}" is ready for this request.`, {
    hint: "See `trainyard online-endpoint show` for the state and traffic of its deployments.",
  });
}

const missing = (endpoint: string, what: string, name: string): Problem =>
  new Problem("not_found", `Endpoint "${endpoint}" has no ${what} "${name}".`);

/** The routes that a wish allows; a pinned one needs no traffic. */
function narrow<R extends Choosable>(endpoint: string, all: R[], wish: Wish): { routes: R[]; pinned: boolean } {
  let routes = all;
  let pinned = false;
  if (wish.deployment !== undefined) {
    routes = routes.filter((route) => route.deployment.name === wish.deployment);
    pinned = true;
    if (routes.length === 0) throw missing(endpoint, "deployment", wish.deployment);
  }
  if (wish.model !== undefined && wish.model !== endpoint) {
    const byModel = routes.filter((route) => route.deployment.model.name === wish.model);
    const byName = routes.filter((route) => route.deployment.name === wish.model);
    routes = byModel.length > 0 ? byModel : byName;
    pinned ||= byModel.length === 0;
    if (routes.length === 0) throw missing(endpoint, "model or deployment", wish.model);
  }
  if (wish.version !== undefined) {
    routes = routes.filter((route) => route.deployment.model.version === wish.version);
    pinned = true;
    if (routes.length === 0) throw missing(endpoint, "model version", wish.version);
  }
  return { routes, pinned };
}
